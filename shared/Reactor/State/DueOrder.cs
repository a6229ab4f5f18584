using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.State;

/// <summary>What has to be known of a waiting page to find its turn, without reading the page.</summary>
internal sealed record WaitingPage(long Sequence, string Channel, string DedupKey, DateTimeOffset DueAt, int Urgency);

/// <summary>
/// In which order pages leave, the same in every store: by urgency, then by age. Of one incident or notice on one channel only the first that
/// waits has a turn (PagerDuty drops a resolve without its trigger), and it has the urgency of the most urgent one behind it.
/// </summary>
internal static class DueOrder
{
    /// <summary>Of one that this version can't read, should it become readable: below what calls somebody, above notices.</summary>
    public const int Unknown = 2 * (int)Severity.Error;

    /// <summary>Above every update and every notice.</summary>
    private const int Calls = 100;

    /// <summary>
    /// What calls somebody comes before all news: the trigger of an incident, and of a notice that is an error at least; among them by severity.
    /// The rest goes by severity, a trigger before an update. That it is over, or that somebody took it over, is never severe by itself and ends a
    /// call all the same: of an incident it goes as an error, else as a warning, so that no flood of notices holds it up.
    /// </summary>
    public static int UrgencyOf(PageKind kind, Severity severity, bool ofIncident)
    {
        if (kind == PageKind.Trigger && (ofIncident || severity >= Severity.Error))
            return Calls + (int)severity;
        var least = kind is PageKind.Trigger or PageKind.Update ? Severity.Info : ofIncident ? Severity.Error : Severity.Warning;
        return (2 * (int)(severity > least ? severity : least)) + (kind == PageKind.Update ? 0 : 1);
    }

    public static int UrgencyOf(Page page) => UrgencyOf(page.Kind, page.Severity, page.IncidentId is not null);

    /// <param name="waiting">All that wait, by sequence.</param>
    /// <param name="now">What is due later has no turn yet, and neither has what stands behind it.</param>
    /// <returns>Those that have a turn, and whether another one of the same waits behind.</returns>
    public static IEnumerable<(WaitingPage Page, bool Overtaken)> Of(IReadOnlyCollection<WaitingPage> waiting, DateTimeOffset now)
    {
        var turns = new Dictionary<(string, string), (WaitingPage First, int Urgency, bool Overtaken)>();
        foreach (var page in waiting)
        {
            var key = (page.Channel, page.DedupKey);
            turns[key] = turns.TryGetValue(key, out var turn) ? (turn.First, Math.Max(turn.Urgency, page.Urgency), true) : (page, page.Urgency, false);
        }

        return turns.Values
            .Where(turn => turn.First.DueAt <= now)
            .OrderByDescending(turn => turn.Urgency)
            .ThenBy(turn => turn.First.Sequence)
            .Select(turn => (turn.First, turn.Overtaken));
    }
}
