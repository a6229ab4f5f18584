namespace Sophia.Keda.Reactor.Core;

/// <summary>What the alerts that are firing now amount to.</summary>
internal static class EvidenceFromAlerts
{
    private static readonly Selection Cluster = new(Scope.Cluster, null, null);

    public static IReadOnlyList<Found> Now(Draft draft)
    {
        if (!draft.Policy.Enabled)
            return [];
        var found = new List<Found>();
        foreach (var memory in draft.Panel.Alerts.Values)
        {
            var evidence = memory.Alert.Cause switch
            {
                Cause.ScalingLatencyHigh => Told(draft, memory),
                Cause.FallbackActive => null, // our own metric: it must never feed back into a trip
                var cause when Causes.ScopeOf(cause) == Scope.Cluster => OfCluster(draft, memory),
                _ => OfTarget(draft, memory),
            };
            if (evidence is not null)
                found.Add(evidence);
        }

        return found;
    }

    private static Found? OfTarget(Draft draft, AlertMemory memory)
    {
        if (!memory.Counts || memory.Target is not { } target)
            return null;
        var stands = draft.Panel.OpenIncident(memory.Alert.Cause)?.Evidence.GetValueOrDefault(Key(memory.Alert)) is { Standing: true };
        var counts = memory.Alert.Origin == SignalOrigin.KedaEvent && !stands ? FailedEvents.Counts(draft, memory, target) : (Reason.AlertAccepted, Words: "");
        if (counts is not { } why)
            return null;

        // A target under test belongs to the gate: news about it fails the gate instead of opening a second incident.
        var testing = draft.Panel.Incidents.Values.FirstOrDefault(i => i.Recovery.Batch.Contains(target));
        if (testing is not null && (testing.Left || testing.Cause != memory.Alert.Cause))
        {
            FailedHandback.Note(draft, testing.Id, [new(target, Reason.GateNewEvidence, Words.With($"{memory.Alert.AlertName} is firing for it", memory.Alert.Summary))]);
            return null;
        }

        // On its fallback for KEDA's sake already, or left there: noted, and judged again when that is over.
        if (!stands && CoveredBy(draft, memory.Alert.Cause, target) is not null)
            return null;
        var text = why.Words.Length == 0 ? Text(draft, memory) : $"{Text(draft, memory)}; {why.Words}";
        return new Found(memory.Alert.Cause, Key(memory.Alert), EvidenceSource.Alert, EvidenceFromProbe.One(target), memory.Alert.StartsAt, text) { Counts = why.Reason };
    }

    /// <summary>The cluster-scope incident of another cause that has this target on its fallback already, or the one that left it there.</summary>
    public static Incident? CoveredBy(Draft draft, Cause cause, TargetId target) => draft.Panel.Incidents.Values.FirstOrDefault(i =>
        (i.Left || (i.Cause != cause && Causes.ScopeOf(i.Cause) == Scope.Cluster))
        && i.Members.GetValueOrDefault(target)?.State == MemberState.Protected);

    /// <summary>A cluster-scope alert trips only when the probe agrees; else it is paged as contradicted, with both sides.</summary>
    private static Found? OfCluster(Draft draft, AlertMemory memory)
    {
        var notice = "contradicted/" + memory.Alert.Fingerprint;
        if (!memory.Counts)
        {
            Notices.Resolve(draft, notice, $"{memory.Alert.AlertName} is no longer firing.");
            return null;
        }

        var known = draft.Panel.OpenIncident(memory.Alert.Cause)?.Evidence.GetValueOrDefault(Key(memory.Alert));
        var found = new Found(memory.Alert.Cause, Key(memory.Alert), EvidenceSource.Alert, Cluster, memory.Alert.StartsAt, Text(draft, memory));
        if (known is { Standing: true })
            return found;
        if (draft.Seen is not { } seen)
            return null;
        var sign = memory.Alert.Cause == Cause.MetricsServerUnavailable
            ? KedaHealth.MetricsServerSign(draft.Panel.Signs, draft.Now)
            : KedaHealth.OperatorSign(draft.Panel.Signs, draft.Now);
        if (sign is null && KedaHealth.ManyHpasFail(draft.Panel, seen, draft.Policy))
            sign = "too many of KEDA's HPAs can't get their external metrics";
        if (sign is not null)
        {
            Notices.Resolve(draft, notice, $"The probe agrees now: {sign}.");
            return found with { What = $"{Text(draft, memory)}; the probe agrees: {sign}" };
        }

        // Whoever upgrades KEDA knows; should the alert outlive the window, it is told then.
        if (Maintaining.Over(draft, memory.Alert.Cause, target: null) is null)
            Contradict(draft, memory, notice, seen);
        return null;
    }

    private static void Contradict(Draft draft, AlertMemory memory, string notice, Observation seen)
    {
        if (draft.Panel.Notices.ContainsKey(notice))
            return;
        var mine = (seen.Operator.AvailableReplicas is { } replicas
                ? $"operator Deployment {seen.Operator.Namespace}/{seen.Operator.Deployment} has {replicas} available replica(s), "
                : "no operator Deployment was found, ")
            + (seen.Operator.LeaseRenewTime is { } renewed ? $"its lease was renewed {Words.Clock(renewed, draft.Now)}, " : "no lease of it counts, ")
            + $"external metrics API: {(seen.MetricsServer.Available ? "Available" : seen.MetricsServer.Reason)}";
        draft.Audit(AuditKind.Decision, Reason.AlertContradicted, $"{memory.Alert.AlertName} is contradicted by what is seen: {mine}");
        Notices.Open(draft, notice, Severity.Warning, memory.Alert.Cause, $"{memory.Alert.AlertName} is contradicted by what the reactor sees", new NoticeWords
        {
            Happened = $"{(memory.Alert.Origin == SignalOrigin.AzureMonitor ? "Azure Monitor" : "Alertmanager")} says: {Text(draft, memory)}. The reactor sees: {mine}.",
            Did = "Nothing was changed: a late, wrong or forged alert must not move workloads.",
            Next = $"It looks again every {Words.Span(draft.Policy.HealthCheckInterval)} and trips at once when it sees the same.",
            YouMay = "If the alert is right, trip by hand: POST /api/breakers/trip with scope cluster.",
        });
    }

    /// <summary>Page only: people are told, nothing moves.</summary>
    private static Found? Told(Draft draft, AlertMemory memory)
    {
        var key = "latency/" + memory.Alert.Fingerprint;
        if (!memory.Counts)
        {
            Notices.Resolve(draft, key, $"{memory.Alert.AlertName} is no longer firing.");
            return null;
        }

        var where = memory.Target is { } target ? $" for {target}" : "";
        Notices.Open(draft, key, Severity.Warning, memory.Alert.Cause, $"Scaling is slow{where}", new NoticeWords
        {
            Happened = $"{Text(draft, memory)}{where}.",
            Did = "Nothing was changed: slow scaling alone is no reason to leave KEDA.",
            Next = "Nothing, until the alert resolves or another cause appears.",
            YouMay = "Look at KEDA's scaler latency and the HPA's events; trip by hand if waiting is worse: POST /api/breakers/trip.",
        });
        return null;
    }

    public static string Key(AlertSignal alert) => "alert/" + alert.Fingerprint;

    private static string Text(Draft draft, AlertMemory memory) =>
        Words.With($"{memory.Alert.AlertName} since {Words.Clock(memory.Alert.StartsAt, draft.Now)}", memory.Alert.Summary);
}

/// <summary>Alerts that nobody repeats or resolves come to an end; over and stale ones are forgotten.</summary>
internal static class AlertMemories
{
    /// <summary>Longer than Alertmanager waits to repeat what fires (<c>repeat_interval</c>, 4 h when not set): what was overruled stays so.</summary>
    private static readonly TimeSpan Forget = TimeSpan.FromHours(6);

    // An event that old is refused for its age (HearingEvents), so its end needs no longer memory; twice, for clocks that differ. The end of
    // an alert is needed for a minute only (Hearing.Overtaken).

    public static void Age(Draft draft)
    {
        foreach (var (fingerprint, memory) in draft.Panel.Alerts)
        {
            var quiet = draft.Now - memory.LastSeen;
            if (memory.Counts && quiet >= draft.Policy.EvidenceExpires && draft.IsProbe && ProbeIsClean(draft, memory))
            {
                draft.Panel = draft.Panel with { Alerts = draft.Panel.Alerts.SetItem(fingerprint, memory with { Expired = true }) };
                draft.Audit(
                    AuditKind.Decision,
                    Reason.EvidenceExpired,
                    $"{memory.Alert.AlertName} was neither repeated nor resolved for {Words.Span(quiet)}, and the probe is clean: it no longer counts",
                    target: memory.Target);
            }
            else if (!memory.Counts && quiet >= (memory is { LatestAt: null, Alert.Firing: true } ? Forget : draft.Policy.EvidenceExpires * 2))
            {
                draft.Panel = draft.Panel with { Alerts = draft.Panel.Alerts.Remove(fingerprint) };
            }
        }
    }

    private static bool ProbeIsClean(Draft draft, AlertMemory memory) => Causes.ScopeOf(memory.Alert.Cause) == Scope.Cluster
        ? draft.Seen is { } seen && KedaHealth.Trouble(draft.Panel.Signs, seen, draft.Now) is null
        : memory.Target is not { } id || (draft.Seen?.IsUnknown(id) != true && draft.Panel.Windows.GetValueOrDefault(id) is not { Failures: > 0 });
}
