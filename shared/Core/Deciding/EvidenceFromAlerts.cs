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
        var agrees = new Dictionary<Cause, string?>();
        foreach (var memory in draft.Panel.Alerts.Values)
        {
            if (Causes.PageOnly(memory.Alert.Cause) || memory.Alert.Cause == Cause.FallbackActive)
                continue; // people are told, nothing moves; and our own metric must never feed back into a trip
            if (Causes.ScopeOf(memory.Alert.Cause) == Scope.Cluster)
                found.AddRange(OfCluster(draft, memory, agrees));
            else if (OfTarget(draft, memory) is { } evidence)
                found.Add(evidence);
        }

        AlertNotices.Update(draft, agrees);
        return found;
    }

    private static Found? OfTarget(Draft draft, AlertMemory memory)
    {
        if (!memory.Counts || memory.Target is not { } target)
            return null;
        var stands = Stands(draft, memory);

        // What never worked as it is written is told as that, and an alert says nothing new of it.
        if (!stands && memory.Alert.Cause == Cause.ScalerErrors && draft.Seen?.Targets.GetValueOrDefault(target) is { } view && Judging.NeverWorked(draft.Panel, view) is not null)
            return null;
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

    /// <summary>A cluster-scope alert trips only when the probe agrees; else it is paged as contradicted, with both sides (<see cref="AlertNotices"/>).</summary>
    private static IEnumerable<Found> OfCluster(Draft draft, AlertMemory memory, Dictionary<Cause, string?> agrees)
    {
        if (!memory.Counts)
            return [];
        var cause = memory.Alert.Cause;
        var found = new Found(cause, Key(memory.Alert), EvidenceSource.Alert, Cluster, memory.Alert.StartsAt, Text(draft, memory));
        if (cause == Cause.OperatorUnhealthy)
            return Accusation.Of(draft, memory, found, agrees);
        if (Stands(draft, memory))
            return [found];
        if (draft.Seen is not { } seen)
            return [];
        if (!agrees.TryGetValue(cause, out var sign))
            agrees[cause] = sign = Sign(draft, seen, cause);
        return sign is null ? [] : [Agreed(draft, memory, found, sign)];
    }

    internal static Found Agreed(Draft draft, AlertMemory memory, Found found, string sign) => found with { What = $"{Text(draft, memory)}; the probe agrees: {sign}" };

    /// <summary>What the probe sees of the same, or null.</summary>
    private static string? Sign(Draft draft, Observation seen, Cause cause) =>
        (cause == Cause.MetricsServerUnavailable ? KedaHealth.MetricsServerSign(draft.Panel.Signs, draft.Now) : KedaHealth.OperatorSign(draft.Panel.Signs, draft.Now))
        ?? (KedaHealth.ManyHpasFail(draft.Panel, seen, draft.Policy) ? "too many of KEDA's HPAs can't get their external metrics" : null);

    /// <summary>True while an open incident stands on it.</summary>
    public static bool Stands(Draft draft, AlertMemory memory) => draft.Panel.Stands(memory.Alert.Cause, Key(memory.Alert));

    public static string Key(AlertSignal alert) => "alert/" + alert.Fingerprint;

    public static string Text(Draft draft, AlertMemory memory) =>
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
