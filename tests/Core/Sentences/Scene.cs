using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core.Tests.Properties;
using Sophia.Keda.Reactor.Core.Tests.Table;

namespace Sophia.Keda.Reactor.Core.Tests.Sentences;

/// <summary>A world that was played, and where in it what is told of begins.</summary>
/// <param name="State">The state of the decision table, or the situation.</param>
/// <param name="World">What happened.</param>
/// <param name="Decisions">The first decision that counts, of those that were made.</param>
/// <param name="Told">The same, of those and of the records of writes.</param>
internal sealed record Scene(string State, World World, int Decisions, int Told)
{
    private static readonly Lazy<ImmutableArray<Scene>> Played = new(() =>
    [
        .. States.All.AsParallel().AsOrdered().SelectMany(InState),
        .. Situations.All.AsParallel().AsOrdered().Select(s => Whole(s.Key, s.Value())),
        .. Enumerable.Range(1, 12).AsParallel().AsOrdered().Select(seed => Whole("a long story", HealingTests.Played(seed))),
    ]);

    /// <summary>Every sign in every state of the decision table, then the situations that none of them leads to, then long stories.</summary>
    public static ImmutableArray<Scene> All => Played.Value;

    private static IEnumerable<Scene> InState(State state)
    {
        var world = state.Make();
        yield return Whole(state.Name, world);
        foreach (var sign in Signs.Time.Concat(Signs.All.Where(s => (state.Heard || !s.Heard) && s.Applies(world))))
        {
            var trial = Trial.Of(state, sign);
            yield return new Scene(state.Name, trial.World, trial.Decisions, trial.Told);
        }
    }

    private static Scene Whole(string state, World world) => new(state, world, 0, 0);
}
