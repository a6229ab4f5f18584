using System.Globalization;
using System.Text;

namespace Sophia.Keda.Reactor.Core.Tests.Told;

/// <summary>All that a world was told and did, word for word, as an operator would read it afterwards: records, pages, answers, writes.</summary>
internal static class Transcript
{
    /// <summary>Of the decisions from one on, and what explains each target at the end.</summary>
    /// <param name="world">What happened.</param>
    /// <param name="from">The first decision that is told.</param>
    /// <param name="only">The one target that is explained; all when not given.</param>
    public static IReadOnlyList<string> Of(World world, int from, string? only = null)
    {
        var lines = new List<string>();
        foreach (var (at, decision) in world.Told.Skip(from))
            lines.AddRange(Of(decision).Select(line => $"{Clock(at)} {line}"));
        return [.. Short.Likewise(lines), .. Why(world, only)];
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

        // A page that is queued stands below as the page itself, and the words of a verdict above.
        foreach (var record in decision.Audit.Where(r => !decision.Pages.Any(p => r is { Reason: Reason.PageQueued } && r.Text == $"{p.Kind}: {p.Title}" && r.Facts.GetValueOrDefault("page") == p.Id)))
        {
            var text = decision.Verdicts.Any(v => v.Because == record.Text) ? "(the same)" : record.Text;
            var facts = string.Concat(record.Facts.Where(fact => fact is not { Value: "" } and not { Key: "status", Value: "200" } and not { Key: "took", Value: "0 ms" }).Select(fact => $" {fact.Key}={fact.Value}"));
            yield return $"{record.Kind.ToString().ToLowerInvariant()} {record.Reason} by {record.Actor} {record.IncidentId} {record.Target?.Name}: {text}{(facts.Length > 0 ? " |" + facts : "")}";
        }

        foreach (var page in decision.Pages)
        {
            yield return $"page {page.Kind} {page.Severity} {(page.Id.StartsWith(page.DedupKey, StringComparison.Ordinal) ? page.Id[page.DedupKey.Length..] + " of " + page.DedupKey : page.Id)}: {page.Title}";
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

    private static IEnumerable<string> Why(World world, string? only)
    {
        if (world.Decisions.Select(d => d.Input.Observation).LastOrDefault(o => o is not null) is not { } seen)
            yield break;
        var told = new List<string>();
        foreach (var id in world.Targets.Keys.Where(id => only is null || id.Name == only))
        {
            if (Explain.Of(world.Panel, seen, world.Policy, id, world.Now) is not { } why)
                continue;
            var text = ExplanationText.Write(why, []).TrimEnd();
            // What is the same for the second target as for the first stands there once.
            if (Short.Likewise([.. told, text]).Count == told.Count)
                continue;
            told.Add(text);
            yield return $"why {id.Name}";
            foreach (var line in text.Split('\n'))
                yield return "  " + line;
        }
    }

    private static string Clock(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
}
