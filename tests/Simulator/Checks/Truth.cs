using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Simulator.Checks;

/// <summary>
/// What was really so, written down by whoever made it so: which targets there was reason to move, which others had their hands on, and when
/// nobody could have acted. The reactor is never asked.
/// </summary>
internal sealed class Truth(World world)
{
    private readonly List<Note> _reasons = [];
    private readonly List<Note> _hands = [];
    private readonly List<Note> _storms = [];
    private DateTimeOffset _reset;

    /// <summary>A reason to move a target; null: all of them.</summary>
    public void Reason(TargetId? target, DateTimeOffset until) => _reasons.Add(new Note(target, world.Time.Now, until));

    /// <summary>Somebody else changes the target, its workload or its HPAs.</summary>
    public void Hands(TargetId target, DateTimeOffset until) => _hands.Add(new Note(target, world.Time.Now, until));

    /// <summary>The API server, the store, the controllers or the reactors are not as they should be.</summary>
    public void Storm(DateTimeOffset until) => _storms.Add(new Note(null, world.Time.Now, until));

    /// <summary>Somebody overruled what was known until then.</summary>
    public void Reset() => _reset = world.Time.Now;

    public bool WasReset(DateTimeOffset since) => _reset >= since - TimeSpan.FromMinutes(5);

    public bool EverReason(TargetId target) => _reasons.Exists(one => one.Target is null || one.Target == target);

    /// <summary>Whether somebody else had his hands on it between these times, or shortly before.</summary>
    public bool HandsIn(TargetId target, DateTimeOffset from, DateTimeOffset to) =>
        _hands.Exists(one => one.Target == target && one.From <= to && one.Until + TimeSpan.FromMinutes(5) >= from);

    /// <summary>How much of this time nothing kept anybody from acting. What follows a storm is not calm at once.</summary>
    public TimeSpan Calm(DateTimeOffset from, DateTimeOffset to)
    {
        var calm = TimeSpan.Zero;
        var at = from;
        foreach (var storm in _storms.OrderBy(one => one.From))
        {
            if (storm.From > to)
                break;
            if (storm.From > at)
                calm += storm.From - at;
            var end = storm.Until + TimeSpan.FromSeconds(45);
            if (end > at)
                at = end;
        }

        return at < to ? calm + (to - at) : calm;
    }

    public bool IsCalmSince(DateTimeOffset from) => Calm(from, world.Time.Now) >= world.Time.Now - from;

    private sealed record Note(TargetId? Target, DateTimeOffset From, DateTimeOffset Until);
}
