using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Remembers trips after their incidents closed, for <see cref="Policy.RepeatWindow"/>. A target that trips again waits longer before it is
/// tested again, as Envoy ejects a repeating outlier for longer: first_wait times the number of repeats, capped.
/// </summary>
internal static class Repeats
{
    /// <summary>Of one target and cause; more add nothing to a wait that is capped.</summary>
    private const int KeptOfOne = 16;

    /// <summary>In all; the oldest are forgotten first.</summary>
    private const int Kept = 500;

    private const int LongestSeen = 200;

    /// <summary>Writes down the trips of this run, and forgets what is older than the window.</summary>
    public static void Note(Draft draft)
    {
        Forget(draft);
        foreach (var incident in draft.Panel.Incidents.Values.Where(i => i.Cause != Cause.Manual && !i.Left))
        {
            foreach (var target in Tripped(incident))
            {
                var key = Key(incident, target);
                var known = draft.Panel.PastTrips.GetValueOrDefault(key) ?? new PastTrips();
                if (known.Trips.Any(t => t.IncidentId == incident.Id && !(t.At < incident.ReopenedAt)))
                    continue;
                var trips = known.Trips.Add(new PastTrip(draft.Now, incident.Id, Words.Cut(Seen(draft, incident, target), LongestSeen)));
                var kept = known with { Trips = trips.Length > KeptOfOne ? trips.RemoveAt(0) : trips };
                draft.Panel = draft.Panel with { PastTrips = draft.Panel.PastTrips.SetItem(key, kept) };
            }
        }

        if (draft.Panel.PastTrips.Count > Kept)
        {
            var oldest = draft.Panel.PastTrips.OrderBy(p => p.Value.Trips[^1].At).Take(draft.Panel.PastTrips.Count - Kept).Select(p => p.Key);
            draft.Panel = draft.Panel with { PastTrips = draft.Panel.PastTrips.RemoveRange(oldest) };
        }
    }

    /// <summary>Trips of this target for this cause within the window, the present one among them.</summary>
    public static ImmutableArray<PastTrip> Of(Draft draft, Incident incident, TargetId target) =>
        draft.Panel.PastTrips.GetValueOrDefault(Key(incident, target))?.Trips ?? [];

    /// <summary>What an incident's recovery waits more than a first one does; zero for a first one.</summary>
    public static TimeSpan MoreWait(Draft draft, Incident incident)
    {
        var repeats = Tripped(incident).Select(id => Of(draft, incident, id).Length - 1).DefaultIfEmpty().Max();
        return repeats > 0 ? Backoff.OfRepeats(draft.Policy, incident.Id, repeats) : TimeSpan.Zero;
    }

    /// <summary>Trouble of the whole cluster repeats as such: one of its targets stands for all.</summary>
    internal static IEnumerable<TargetId> Tripped(Incident incident)
    {
        // In a reopened one only those that came back tripped again.
        var tripped = incident.Members.Where(m => m.Value.State != MemberState.LeftAlone && !(m.Value.Since < incident.ReopenedAt)).Select(m => m.Key);
        return Causes.ScopeOf(incident.Cause) == Scope.Cluster ? tripped.Take(1) : tripped;
    }

    private static string Key(Incident incident, TargetId target) => Causes.ScopeOf(incident.Cause) != Scope.Cluster ? $"{Causes.Slug(incident.Cause)}/{target}"
        : incident.Operator is { } name ? $"{Causes.Slug(incident.Cause)}/{name}" : Causes.Slug(incident.Cause);

    private static void Forget(Draft draft)
    {
        foreach (var (key, past) in draft.Panel.PastTrips)
        {
            var left = past.Trips.RemoveAll(t => draft.Now - t.At > draft.Policy.RepeatWindow);
            if (left.Length == past.Trips.Length)
                continue;
            draft.Panel = draft.Panel with
            {
                PastTrips = left.IsEmpty ? draft.Panel.PastTrips.Remove(key) : draft.Panel.PastTrips.SetItem(key, past with { Trips = left }),
            };
        }
    }

    private static string Seen(Draft draft, Incident incident, TargetId target)
    {
        var window = draft.Panel.Windows.GetValueOrDefault(target);
        if (incident.Cause == Cause.Oscillation && window is not null && Oscillating.Numbers(window.Rescales) is { } numbers)
            return numbers;
        if (incident.Cause == Cause.ScalerErrors && window is { FailingBecause.Length: > 0 })
            return window.FailingBecause;
        return incident.Evidence.Values.Where(e => e.Covers(target)).Select(e => e.What).FirstOrDefault(incident.Why);
    }
}
