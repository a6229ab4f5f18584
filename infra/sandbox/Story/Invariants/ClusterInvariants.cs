using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Sandbox.Story.Invariants;

/// <summary>A broken promise of the design, by its number there.</summary>
public sealed record Violation(int Invariant, string What)
{
    public override string ToString() => $"invariant {Invariant}: {What}";
}

/// <summary>What the checks have to know beyond the cluster itself.</summary>
public sealed record InvariantSettings
{
    /// <summary>Two HPAs may stand on one workload, or none, for at most one lease and two HPA syncs.</summary>
    public TimeSpan HandoverBound { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan FloorPeriod { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// When each ScaledObject's trips were decided, from where the floor's period runs. Of one that is not here the pause tells, which comes
    /// seconds after the decision for the last of a thousand, and a lease later when the process died in between.
    /// </summary>
    public ILookup<string, DateTimeOffset> Trips { get; init; } = Array.Empty<StoredAudit>().ToLookup(_ => "", a => a.Record.At);

    public static readonly TimeSpan DecisionBeforePause = TimeSpan.FromSeconds(10);

    /// <summary>The trips that the audit trail tells of.</summary>
    public static ILookup<string, DateTimeOffset> TripsIn(IEnumerable<StoredAudit> audit) => audit
        .Where(a => a.Record is { Reason: Core.Reason.TargetTripped, Target: not null })
        .ToLookup(a => a.Record.Target!.Value.ToString(), a => a.Record.At);

    /// <summary>ScaledObjects that others paused or that opted out: nothing about them may change.</summary>
    public IReadOnlySet<string> Untouchable { get; init; } = new HashSet<string>();
}

/// <summary>
/// Invariants 1 to 4 and 13, from the complete history of the cluster: every change of every workload's HPAs, replicas and pause is in it,
/// so that nothing between two looks escapes.
/// </summary>
public static class ClusterInvariants
{
    private const string FallbackEnd = "-fallback";

    public static IEnumerable<Violation> DuringTheStory(SandboxCluster cluster, InvariantSettings settings)
    {
        foreach (var target in cluster.Snapshot().Targets)
        {
            var moments = cluster.History.Of(target.Workload);
            var name = $"{target.Namespace}/{target.Name}";
            foreach (var span in Spans.Of(moments, cluster.Now, m => m.Hpas.Length > 1).Where(s => s.Length > settings.HandoverBound))
                yield return new Violation(2, $"{name} had two HPAs for {span.Length.TotalSeconds:0.0} s from {span.From:HH:mm:ss}");
            if (settings.Untouchable.Contains(name))
            {
                if (moments.Any(m => m.Hpas.Any(h => h.EndsWith(FallbackEnd))) || moments.Select(m => m.Paused).Distinct().Count() > 1)
                    yield return new Violation(3, $"{name} belongs to others and was changed");
                continue;
            }

            foreach (var span in Spans.Of(moments, cluster.Now, m => m.Hpas.IsEmpty && !m.HeldAtCount).Where(s => s.Length > settings.HandoverBound))
                yield return new Violation(1, $"{name} had no autoscaler for {span.Length.TotalSeconds:0.0} s from {span.From:HH:mm:ss}");
            foreach (var violation in Floors(name, target.Max, moments, settings).Concat(Counts(name, moments)))
                yield return violation;
        }
    }

    /// <summary>Once everything has come to rest: exactly one live autoscaler a target, and none of our marks left.</summary>
    public static IEnumerable<Violation> AtTheEnd(SandboxCluster cluster, InvariantSettings settings)
    {
        foreach (var target in cluster.Snapshot().Targets)
        {
            var name = $"{target.Namespace}/{target.Name}";
            if (settings.Untouchable.Contains(name))
                continue;
            if (target.Hpas.Length != 1)
                yield return new Violation(1, $"{name} ends with {target.Hpas.Length} HPAs: {string.Join(", ", target.Hpas.Select(h => h.Name))}");
            else if (target.Hpas[0] is { ScalingActive: false, Reason: not "ScalingDisabled" } dead)
                yield return new Violation(1, $"{name} ends with {dead.Name}, which does not scale: {dead.Reason}");
            else if (!target.Hpas[0].HasKedaLabel)
                yield return new Violation(1, $"{name} ends on {target.Hpas[0].Name} and not with KEDA");
            if (target.Annotations.Keys.Any(k => k.StartsWith("reactor.sophia-intel.ai/") && !k.EndsWith("/opt-out")) || target.Annotations.ContainsKey(PauseAnnotations.PausedKey))
                yield return new Violation(1, $"{name} ends with marks of the reactor");
        }
    }

    /// <summary>What somebody set after the trip is theirs, 0 too; and beside a fallback HPA the reactor only raises.</summary>
    private static IEnumerable<Violation> Counts(string name, IReadOnlyList<WorkloadMoment> moments)
    {
        var theirs = false;
        for (var i = 1; i < moments.Count; i++)
        {
            var (before, now) = (moments[i - 1], moments[i]);
            if (now.Replicas != before.Replicas && now.SetBy == Core.Annotations.Manager)
            {
                if (theirs)
                    yield return new Violation(13, $"{name} was set from {before.Replicas} to {now.Replicas} by the reactor at {now.At:HH:mm:ss}, after {before.SetBy} had set it during the trip");
                if (now.Replicas < before.Replicas && now.Hpas.Any(h => h.EndsWith(FallbackEnd)))
                    yield return new Violation(13, $"{name} was lowered from {before.Replicas} to {now.Replicas} by the reactor at {now.At:HH:mm:ss}");
            }

            if (now.Replicas != before.Replicas)
                theirs = now.Paused == "true" && IsSomebodys(now);
        }
    }

    /// <summary>Set by neither KEDA, nor an HPA, nor the reactor.</summary>
    private static bool IsSomebodys(WorkloadMoment moment) => moment.SetBy is not (null or "keda" or "kube-controller-manager" or Core.Annotations.Manager);

    private static IEnumerable<Violation> Floors(string name, int max, IReadOnlyList<WorkloadMoment> moments, InvariantSettings settings)
    {
        var resumed = DateTimeOffset.MinValue;
        for (var i = 1; i < moments.Count; i++)
        {
            if (moments[i].Paused != "true" && moments[i - 1].Paused == "true")
                resumed = moments[i].At;

            // A count that somebody sets between our look and our pause is theirs: the floor is what was there before.
            if (moments[i].Paused != "true" || moments[i - 1].Paused == "true" || IsSomebodys(moments[i - 1]))
                continue;
            var floor = Math.Min(moments[i - 1].Replicas, max);
            var paused = moments[i].At;
            var decided = settings.Trips[name].Where(at => at >= resumed && at <= paused).DefaultIfEmpty(paused - InvariantSettings.DecisionBeforePause).Max();
            var below = moments.Skip(i)
                .TakeWhile(m => m.Paused == "true" && m.At < decided + settings.FloorPeriod)
                .FirstOrDefault(m => m.Replicas < floor && !m.HeldAtCount && !IsSomebodys(m));
            if (below is not null)
                yield return new Violation(4, $"{name} fell to {below.Replicas} replicas at {below.At:HH:mm:ss}, below its {floor} at the trip");
        }
    }
}

/// <summary>A time for which something held without a break.</summary>
public sealed record Span(DateTimeOffset From, DateTimeOffset To)
{
    public TimeSpan Length => To - From;
}

public static class Spans
{
    public static IEnumerable<Span> Of(IReadOnlyList<WorkloadMoment> moments, DateTimeOffset now, Func<WorkloadMoment, bool> holds)
    {
        DateTimeOffset? from = null;
        foreach (var moment in moments)
        {
            if (holds(moment))
            {
                from ??= moment.At;
            }
            else if (from is { } start)
            {
                yield return new Span(start, moment.At);
                from = null;
            }
        }

        if (from is { } open)
            yield return new Span(open, now);
    }
}
