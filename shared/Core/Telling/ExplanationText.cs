using System.Text;

namespace Sophia.Keda.Reactor.Core;

/// <summary>An explanation as text for a terminal.</summary>
public static class ExplanationText
{
    /// <param name="explanation">What to tell.</param>
    /// <param name="audit">The last records of the target, oldest first.</param>
    /// <param name="now">What is longer ago than a day is said with its date.</param>
    public static string Write(Explanation explanation, IEnumerable<AuditRecord> audit, DateTimeOffset now)
    {
        var text = new StringBuilder();
        var breaker = explanation.Breaker;
        text.Append($"{breaker.Namespace}/{breaker.Name}\n");
        if (explanation.Stale is { } stale)
            Line("Seen at", $"{Words.Clock(explanation.ObservedAt, now)}, not since: {stale}");
        Line("State", explanation.State + (breaker.Since is { } since ? $" (since {Words.Clock(since, now)})" : ""));
        Line("Scaled by", $"{breaker.Autoscaler}, {breaker.Replicas?.ToString() ?? "unknown"} replicas of {breaker.Min} to {breaker.Max}");
        List("Seen", explanation.Evidence.Select(e => $"{Causes.Slug(e.Cause)} since {Words.Clock(e.Since, now)}{(e.EndedAt is { } end ? $", over {Words.Clock(end, now)}" : e.Standing ? ", stands" : "")}: {e.What}"));
        List("Decided", explanation.Decisions.Select(d => $"{Words.Clock(d.Since, now)} {d.Words} ({d.Reason}, {d.Incident})"));
        List("Applies", explanation.Applies);
        Line("Next", explanation.Next + (explanation.NextAt is { } at ? $" (not before {Words.Clock(at, now)})" : ""));
        List("Would change it", explanation.WouldChange);
        Line("Trips at", explanation.Limits);
        Line("Last probe", explanation.LastProbe);
        List("Lately", audit.Select(a => $"{a.At.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z {a.Actor}: {a.Text}"));
        return text.ToString();

        void Line(string head, string words) => text.Append($"{head + ":",-17}{words}\n");

        void List(string head, IEnumerable<string> lines)
        {
            var first = true;
            foreach (var line in lines)
            {
                text.Append($"{(first ? head + ":" : ""),-17}{line}\n");
                first = false;
            }
        }
    }
}
