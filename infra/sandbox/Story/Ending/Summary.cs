using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Story.Invariants;
using Spectre.Console;

namespace Sophia.Keda.Reactor.Sandbox.Story.Ending;

/// <summary>What was measured, each duration with the clock it was measured by.</summary>
public static class Summary
{
    private static readonly (int Number, string Text)[] Promises =
    [
        (1, "at rest every target has exactly one live autoscaler"),
        (2, "two HPAs never stand on one workload longer than a hand-over takes"),
        (3, "nothing that others own was changed"),
        (4, "no workload fell below the replicas it had at the trip"),
        (5, "every signal was decided once"),
        (6, "every incident paged every channel and resolved it at the end, with one dedup key"),
        (7, "no wave exceeded its share, no cause touched another target"),
        (9, "the audit has no gap and knows every write that the API server accepted"),
        (13, "no count that somebody set after the trip was undone, and the reactor only raised"),
    ];

    public static void Show(IAnsiConsole console, StoryRun story, ReactorFacts facts, List<Violation> violations, TimeSpan real, TimeSpan simulated, TimeSpan flown)
    {
        console.WriteLine();
        console.Write(new Rule("What was measured") { Justification = Justify.Left });
        Timeline(console, story);
        HandOvers(console, story, facts);
        Lengths(console, facts);
        Pages(console, story);
        console.Write(new Rule("What must always hold") { Justification = Justify.Left });
        foreach (var (number, text) in Promises)
        {
            var broken = violations.Where(v => v.Invariant == number).ToList();
            console.MarkupLine(broken.Count == 0 ? $"[green]held[/]    {number}  {text}" : $"[red]BROKEN[/]  {number}  {text}");
            foreach (var violation in broken.Take(5))
                console.MarkupLineInterpolated($"            {violation.What}");
        }

        foreach (var shown in story.Shown)
            console.MarkupLineInterpolated($"[green]held[/]    -  {shown}");
        console.WriteLine("        8  (a crash at any point ends in the same state) is held by tests/Simulation");
        console.WriteLine();
        console.MarkupLineInterpolated($"{Words.Count(facts.Closed.Count, "incident")} opened and closed; the story took {real.TotalSeconds:0} s of real time for {Words.Span(simulated)} of simulated time: {Words.Span(simulated - flown)} at speed 1, the rest fast-forwarded.");
    }

    /// <summary>What was asked while the live table had no room for it.</summary>
    public static void Explanations(IAnsiConsole console, StoryRun story)
    {
        foreach (var text in story.Explained)
        {
            console.WriteLine();
            console.Write(new Rule("Why it was so") { Justification = Justify.Left });
            console.WriteLine(text.TrimEnd());
        }
    }

    private static void Timeline(IAnsiConsole console, StoryRun story)
    {
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumns("Scenario", "What", "At (simulated clock)", "After the fault (simulated clock)");
        foreach (var scenario in story.Milestones.GroupBy(m => m.Scenario))
        {
            foreach (var milestone in scenario)
                table.AddRow(scenario.Key, Markup.Escape(milestone.What), Words.Clock(milestone.At, story.Now), Words.Span(milestone.At - scenario.First().At));
        }

        console.Write(table);
    }

    private static void HandOvers(IAnsiConsole console, StoryRun story, ReactorFacts facts)
    {
        var (two, none) = story.Rig.Kubernetes.Look(cluster =>
        {
            var targets = cluster.Snapshot().Targets.Where(t => !story.Rig.Untouchable.Contains($"{t.Namespace}/{t.Name}")).ToList();
            return (Longest(m => m.Hpas.Length > 1), Longest(m => m.Hpas.IsEmpty && !m.HeldAtCount));

            (TimeSpan Time, string Who) Longest(Func<Cluster.WorkloadMoment, bool> holds) => targets
                .SelectMany(t => Spans.Of(cluster.History.Of(t.Workload), cluster.Now, holds).Select(s => (s.Length, $"{t.Namespace}/{t.Name}")))
                .DefaultIfEmpty((TimeSpan.Zero, "nobody"))
                .MaxBy(s => s.Item1);
        });
        console.MarkupLineInterpolated($"Longest time with two HPAs on one workload:  {two.Time.TotalMilliseconds:0} ms at speed 1 ({two.Who})");
        console.MarkupLineInterpolated($"Longest time with no HPA on a workload:      {none.Time.TotalMilliseconds:0} ms at speed 1 ({none.Who})");

        // While writes are stopped nothing is under way, and time flies: then it is no duration of an action.
        var stopped = facts.Audit.Any(a => a.Record.Reason == Reason.WritesStopped);
        foreach (var incident in facts.Closed.Reverse().Where(_ => !stopped))
        {
            var inPlace = facts.Audit.Select(a => a.Record).Where(r => r.IncidentId == incident.Id && r.Reason == Reason.FallbackInPlace).DistinctBy(r => r.Target).ToList();
            if (inPlace.Count > 0)
                console.MarkupLineInterpolated($"From the decision to the last of {inPlace.Count} fallbacks: {(inPlace.Max(r => r.At) - incident.OpenedAt).TotalMilliseconds:0} ms at speed 1 ({incident.Id})");
        }

        foreach (var incident in facts.Closed.Reverse().Where(_ => !stopped))
        {
            var there = facts.Audit.Select(a => a.Record)
                .Where(r => r.IncidentId == incident.Id && (r.Reason == Reason.ReplicasInPlace || (r.Reason == Reason.FallbackInPlace && r.Facts.GetValueOrDefault("replicasThere") == "true")))
                .DistinctBy(r => r.Target).ToList();
            if (there.Count > 0)
                console.MarkupLineInterpolated($"From the decision to the replicas of {there.Count} fallbacks, ready: {(there.Max(r => r.At) - incident.OpenedAt).TotalSeconds:0.0} s ({incident.Id})");
        }

        var took = facts.Audit.Select(a => a.Record).Where(r => r.Kind == AuditKind.Write)
            .Select(r => int.Parse(r.Facts["took"].Split(' ')[0])).Order().ToList();
        if (took.Count > 0)
            console.MarkupLineInterpolated($"Writes to the cluster: {took.Count}; median {took[took.Count / 2]} ms, longest {took[^1]} ms at speed 1");
    }

    /// <summary>The time to recover, and the part of it that the outage itself lasted: no breaker makes that shorter.</summary>
    private static void Lengths(IAnsiConsole console, ReactorFacts facts)
    {
        foreach (var closed in facts.Audit.Select(a => a.Record).Where(r => r.Reason == Reason.IncidentClosed))
            console.MarkupLineInterpolated($"{closed.Text}, of {Words.Count(int.Parse(closed.Facts["targets"], System.Globalization.CultureInfo.InvariantCulture), "target")} ({closed.IncidentId})");
    }

    private static void Pages(IAnsiConsole console, StoryRun story)
    {
        foreach (var channel in story.Rig.Receivers.Log.All().GroupBy(m => m.Channel).OrderBy(g => g.Key, StringComparer.Ordinal))
            console.MarkupLineInterpolated($"Pages that arrived on {channel.Key}: {channel.Count()}");
    }
}
