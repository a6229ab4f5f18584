using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests;

/// <summary>KEDA's HPA rescaling over time, told as the API tells it: equal messages aggregated into one Event object with a count.</summary>
internal static class Rescaling
{
    /// <summary>Rescales now, <paramref name="ago"/> before the clock's present time.</summary>
    public static void Rescale(this World world, string name, int size, TimeSpan ago = default)
    {
        var at = world.Now - ago;
        world.Change(name, v =>
        {
            var known = v.Rescales.FirstOrDefault(e => e.Size == size && !e.EventName.StartsWith("old", StringComparison.Ordinal));
            var rest = known is null ? v.Rescales : v.Rescales.Remove(known);
            var now = known is null
                ? new RescaleEvent { EventName = $"{name}.{size}", Size = size, Count = 1, First = at, Last = at }
                : known with { Count = known.Count + 1, Last = at };
            return v with { Rescales = rest.Add(now), Replicas = v.Replicas! with { Desired = size, Available = size } };
        });
    }

    /// <summary>One rescale at each given second of the next stretch, with a probe every 30 s.</summary>
    public static void Play(this World world, string name, params IReadOnlyList<(int Second, int Size)> rescales)
    {
        var begin = world.Now;
        var end = rescales.Count == 0 ? 0 : rescales[^1].Second;
        for (var probe = 30; probe < end + 30; probe += 30)
        {
            world.Skip(TimeSpan.FromSeconds(30));
            foreach (var (second, size) in rescales.Where(r => r.Second > probe - 30 && r.Second <= probe))
                world.Rescale(name, size, world.Now - begin - TimeSpan.FromSeconds(second));
            world.Run();
        }
    }

    /// <summary>1 → 5 → 1 → 5, one rescale at each HPA sync.</summary>
    public static void GoBackAndForth(this World world, string name, int times) =>
        world.Play(name, [.. Enumerable.Range(1, times).Select(i => (i * 15, i % 2 == 0 ? 1 : 5))]);

    /// <summary>Replaces the events by what a recording shows.</summary>
    public static void Shows(this World world, string name, params RescaleEvent[] events) =>
        world.Change(name, v => v with { Rescales = [.. events] });
}
