using System.Collections.Concurrent;

namespace Sophia.Keda.Reactor.Core.Tests.Table;

/// <summary>A sign that was played in a state. Worlds cost the most of these tests: each is played once, for whoever reads it.</summary>
/// <param name="World">What happened.</param>
/// <param name="Decisions">How many decisions there were before the sign.</param>
/// <param name="Told">The same, with the records of writes.</param>
/// <param name="Came">What came of it.</param>
internal sealed record Trial(World World, int Decisions, int Told, Played Came)
{
    private static readonly ConcurrentDictionary<(string State, string Sign), Lazy<Trial>> All = new();

    public static Trial Of(State state, Sign sign) => All.GetOrAdd((state.Name, sign.Name), _ => new Lazy<Trial>(() => Play(state, sign))).Value;

    private static Trial Play(State state, Sign sign)
    {
        var world = state.Make();
        var (decisions, told) = (world.Decisions.Count, world.Told.Count);
        var came = Played.Of(world, sign);
        return new Trial(world, decisions, told, came);
    }
}
