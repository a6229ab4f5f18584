using System.Globalization;
using System.Text;

namespace Sophia.Keda.Reactor.Core.Tests.Told;

/// <summary>All that a world was told and did, word for word, as an operator would read it afterwards: records, pages, answers, writes.</summary>
internal static class Transcript
{
    /// <summary>Of the decisions from one on, and what explains each target at the end.</summary>
    public static IReadOnlyList<string> Of(World world, int from)
    {
        var lines = new List<string>();
        foreach (var (at, decision) in world.Told.Skip(from))
            lines.AddRange(Of(decision).Select(line => $"{Clock(at)} {line}"));
        lines.AddRange(Why(world));
        return lines;
    }

    private static IEnumerable<string> Of(Decision decision)
    {
        foreach (var verdict in decision.Verdicts)
        {
            yield return $"verdict {(verdict.Accepted ? "accepted" : "refused")} {verdict.Reason} {verdict.IncidentId}: {verdict.Because}";
            if (verdict.Answer is { } answer)
            {
                yield return $"  answer {answer.Reason} {answer.IncidentId} {answer.Maintenance}: {answer.Detail}; next: {answer.Next}";
                foreach (var target in answer.Targets)
                    yield return $"  {target.Name} {target.State}: {target.WillDo}";
            }
        }

        foreach (var record in decision.Audit)
        {
            var facts = string.Concat(record.Facts.Select(fact => $" {fact.Key}={fact.Value}"));
            yield return $"{record.Kind.ToString().ToLowerInvariant()} {record.Reason} by {record.Actor} {record.IncidentId} {record.Target?.Name}: {record.Text}{(facts.Length > 0 ? " |" + facts : "")}";
        }

        foreach (var page in decision.Pages)
        {
            yield return $"page {page.Kind} {page.Severity} {page.Id} ({page.DedupKey}): {page.Title}";
            yield return $"  happened: {page.Happened}";
            yield return $"  did: {page.Did}";
            yield return $"  next: {page.Next}{(page.NextAt is { } at ? $" at {Clock(at)}" : "")}";
            yield return $"  you may: {page.YouMay}";
            foreach (var target in page.Targets)
                yield return $"  target {target}";
        }

        foreach (var incident in decision.Closed)
            yield return $"closed {incident.Id}";
    }

    private static IEnumerable<string> Why(World world)
    {
        if (world.Decisions.Select(d => d.Input.Observation).LastOrDefault(o => o is not null) is not { } seen)
            yield break;
        foreach (var id in world.Targets.Keys)
        {
            if (Explain.Of(world.Panel, seen, world.Policy, id, world.Now) is not { } why)
                continue;
            yield return $"why {id.Name}";
            foreach (var line in ExplanationText.Write(why, []).TrimEnd().Split('\n'))
                yield return "  " + line;
        }
    }

    private static string Clock(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
}
