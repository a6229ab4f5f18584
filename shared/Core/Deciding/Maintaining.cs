using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Keeps evidence from tripping what is in maintenance (<see cref="Maintenances"/> says what that means), and reminds people of it once.</summary>
internal static class Maintaining
{
    private const int Listed = 10;

    public static ImmutableArray<MaintenanceWindow> Active(Draft draft) => Maintenances.Active(draft.Panel, draft.Policy, draft.Now);

    /// <summary>What may be acted on. The rest is noted. Evidence that stood before the window goes on standing.</summary>
    public static List<Found> Let(Draft draft, IEnumerable<Found> found)
    {
        var active = Active(draft);
        if (active.IsEmpty)
            return [.. found];
        var let = new List<Found>();
        foreach (var evidence in found)
        {
            if (!draft.Panel.Stands(evidence.Cause, evidence.Key) && Maintenances.Over(active, evidence.Reach) is { } window)
                Suppress(draft, evidence.Key, evidence.Cause, evidence.Reach, $"Evidence of {Causes.Slug(evidence.Cause)} for {evidence.Where}: {evidence.What}", window);
            else
                let.Add(evidence);
        }

        return let;
    }

    /// <summary>Those that evidence of a wider reach would trip and that are not in maintenance. For an order by hand all of them.</summary>
    public static List<TargetView> Spare(Draft draft, Incident incident, IEnumerable<TargetView> covered)
    {
        var active = incident.Cause == Cause.Manual ? [] : Active(draft);
        if (active.IsEmpty)
            return [.. covered];
        var parted = covered.ToLookup(view => incident.Members.ContainsKey(view.Id) ? null : Maintenances.Over(active, view.Id));
        foreach (var spared in parted.Where(part => part.Key is not null))
            Suppress(draft, $"spared/{incident.Id}/{spared.Key!.Id}", incident.Cause, spared.Key.Selection, $"{Words.Count(spared.Count(), "target")} would trip for {Causes.Slug(incident.Cause)}: {string.Join(", ", spared.Take(Listed).Select(v => v.Id))}", spared.Key);
        return [.. parted[null]];
    }

    /// <summary>Why an accepted alert moves nothing now, or null.</summary>
    public static MaintenanceWindow? Over(Draft draft, Cause cause, TargetId? target)
    {
        var active = Active(draft);
        if (active.IsEmpty || !Causes.Trips(cause))
            return null;
        return target is { } id ? Maintenances.Over(active, id) : Maintenances.Over(active, new Selection(Scope.Cluster, null, null));
    }

    /// <summary>A reminder shortly before the end while something stands, and at the end what was suppressed.</summary>
    public static void Tell(Draft draft)
    {
        var active = Active(draft);
        foreach (var window in draft.Panel.Suppressed.ToLookup(s => s.Value.Window))
        {
            if (active.FirstOrDefault(a => a.Id == window.Key) is { } open)
                Remind(draft, open, [.. window.Select(s => s.Value)]);
            else
                Ended(draft, window.Key, [.. window]);
        }

        foreach (var over in draft.Panel.Maintenance.Values.Where(m => draft.Now >= m.Until))
        {
            draft.Panel = draft.Panel with { Maintenance = draft.Panel.Maintenance.Remove(over.Id) };
            draft.Audit(AuditKind.Decision, Reason.MaintenanceEnded, $"The maintenance {over.Id} of {over.Selection} is over", facts: ("maintenance", over.Id));
        }
    }

    private static void Suppress(Draft draft, string key, Cause cause, Selection reach, string what, MaintenanceWindow window)
    {
        var known = draft.Panel.Suppressed.GetValueOrDefault(key);
        if (known?.Window != window.Id)
        {
            known = new SuppressedEvidence { Window = window.Id, Cause = cause, Reach = reach, What = what, FirstSeen = draft.Now, LastSeen = draft.Now };
            draft.Audit(AuditKind.Decision, Reason.Maintenance, $"{what}; {window.Words}: noted, nothing moves", facts: [("evidence", key), ("maintenance", window.Id)]);
        }

        var seen = known with { What = what, LastSeen = draft.Now, Times = known.Times + (draft.IsProbe ? 1 : 0) };
        draft.Panel = draft.Panel with { Suppressed = draft.Panel.Suppressed.SetItem(key, seen) };
    }

    private static void Remind(Draft draft, MaintenanceWindow window, ImmutableArray<SuppressedEvidence> suppressed)
    {
        var standing = suppressed.Where(s => draft.Now - s.LastSeen <= draft.Policy.LongestGap).ToList();
        if (standing.Count == 0 || window.Until is not { } until || until - draft.Now > draft.Policy.MaintenanceReminder)
            return;
        Notices.Open(draft, Key(window.Id), Severity.Info, cause: null, $"Maintenance {window.Id} ends soon, and it is not well", new NoticeWords
        {
            Happened = $"The {window.Words}. It suppresses: {List(standing, draft.Now)}.",
            Did = "Nothing was changed: nothing trips by itself in maintenance.",
            Next = $"What still stands at {Words.Clock(until, draft.Now)} trips then.",
            YouMay = $"Mend it, or order a longer one: POST /api/maintenance. End it now: POST /api/maintenance/{window.Id}/end. Trip by hand: POST /api/breakers/trip.",
        });
    }

    private static void Ended(Draft draft, string window, ImmutableArray<KeyValuePair<string, SuppressedEvidence>> suppressed)
    {
        draft.Panel = draft.Panel with { Suppressed = draft.Panel.Suppressed.RemoveRange(suppressed.Select(s => s.Key)) };
        var words = List([.. suppressed.Select(s => s.Value)], draft.Now);
        draft.Audit(AuditKind.Decision, Reason.MaintenanceEnded, $"The maintenance {window} is over; it had suppressed: {words}", facts: [("maintenance", window), ("suppressed", $"{suppressed.Length}")]);
        Notices.Open(draft, Key(window), Severity.Info, cause: null, $"Maintenance {window} is over", new NoticeWords
        {
            Happened = $"During the maintenance {window} this was seen and not acted on: {words}.",
            Did = "Nothing was changed for it.",
            Next = "What still stands trips now in the normal way.",
            YouMay = "Read what was seen: GET /api/audit?latest=true.",
        });
        Notices.Resolve(draft, Key(window), $"The maintenance {window} is over. It had suppressed: {words}. What still stands trips now in the normal way.");
    }

    private static string Key(string window) => "maintenance/" + window;

    private static string List(List<SuppressedEvidence> suppressed, DateTimeOffset now)
    {
        var listed = string.Join("; ", suppressed.OrderBy(s => s.FirstSeen).Take(Listed).Select(s => $"{s.What} ({s.Times} probes, {Words.Clock(s.FirstSeen, now)} to {Words.Clock(s.LastSeen, now)})"));
        return suppressed.Count > Listed ? $"{listed}; and {suppressed.Count - Listed} more" : listed;
    }
}
