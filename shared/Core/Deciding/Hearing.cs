namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Takes alerts into memory. Alertmanager gives no delivery id and no order: fingerprint + startsAt + status is the key, and a
/// resolve older than the present startsAt is stale.
/// </summary>
internal static class Hearing
{
    /// <summary>
    /// How far apart notifications that have overtaken each other may come: the second of a pair of Alertmanagers waits 15 s for the first
    /// (<c>--cluster.peer-timeout</c>). What is said to fire later than that, fires.
    /// </summary>
    internal static readonly TimeSpan Overtaken = TimeSpan.FromMinutes(1);

    public static void Take(Draft draft, AlertSignal alert)
    {
        if (alert.Origin == SignalOrigin.KedaEvent)
        {
            HearingEvents.Take(draft, alert);
            return;
        }

        var known = draft.Panel.Alerts.GetValueOrDefault(alert.Fingerprint);
        if (!draft.Policy.Enabled)
            Judge(draft, alert, false, Reason.BreakerDisabled, "the breaker is disabled in this environment (enabled: false)");
        else if (known is not null && alert.StartsAt < known.Alert.StartsAt && (!alert.Firing || MayBeOvertaken(alert, known)))
            Judge(draft, alert, false, Reason.AlertStale, $"it is older than what is known: it started {Words.Clock(alert.StartsAt, draft.Now)}, the present one {Words.Clock(known.Alert.StartsAt, draft.Now)}");
        else if (alert.Firing)
            Firing(draft, alert, known);
        else
            Resolved(draft, alert, known);
    }

    private static void Firing(Draft draft, AlertSignal alert, AlertMemory? known)
    {
        // Alertmanager pairs send firing → resolved → firing of one and the same alert (alertmanager #4108, #2447). And one Alertmanager that
        // did not hear of Prometheus in time resolves by endsAt what comes back with the same startsAt (prometheus #5277, alertmanager #952).
        if (known is { Alert.Firing: false } && alert.StartsAt <= known.Alert.StartsAt && MayBeOvertaken(alert, known))
        {
            Judge(draft, alert, false, Reason.AlertDuplicate, $"this very alert has just resolved; it counts again when it is repeated more than {Words.Span(Overtaken)} after that");
            return;
        }

        var target = Target(draft, alert, out var refusal);
        if (refusal is { } why)
        {
            Judge(draft, alert, false, why.Reason, why.Because);
            return;
        }

        // A startsAt moves back when Alertmanager merges what two Prometheis say.
        var again = known is { Alert.Firing: true } && alert.StartsAt <= known.Alert.StartsAt;
        var memory = again
            ? known! with { Alert = alert.StartsAt == known.Alert.StartsAt ? known.Alert : alert, LastSeen = draft.Now, Expired = false, Target = target ?? known.Target }
            : new AlertMemory { Alert = alert, LastSeen = draft.Now, Target = target };
        Remember(draft, memory);
        if (again)
            Judge(draft, alert, true, Reason.AlertDuplicate, $"{alert.AlertName} is known and still firing", Incident(draft, alert));
        else
            Accept(draft, alert, target);
    }

    /// <summary>By our receipt, whatever clocks the senders have. Either way round: instances and a clock that was set may differ.</summary>
    private static bool MayBeOvertaken(AlertSignal alert, AlertMemory known) =>
        (alert.ReceivedAt - (known.ResolvedAt ?? known.LastSeen)).Duration() <= Overtaken;

    private static void Accept(Draft draft, AlertSignal alert, TargetId? target)
    {
        var what = Words.With($"{alert.AlertName} is firing{(target is { } t ? $" for {t}" : "")}", alert.Summary);
        var holder = target is { } id ? Holder(draft, alert, id) : null;
        if (Causes.PageOnly(alert.Cause))
            Judge(draft, alert, true, Reason.AlertPageOnly, $"{what}; people are told, nothing moves");
        else if (alert.Cause == Cause.FallbackActive)
            Judge(draft, alert, true, Reason.AlertNoted, $"{what}; our own metric is noted and never trips anything", holder?.Id);
        else if (holder is not null)
            Judge(draft, alert, true, Reason.AlertNoted, $"{what}; it is on its fallback already, for {Causes.Slug(holder.Cause)}", holder.Id);
        else if (Maintaining.Over(draft, alert.Cause, target) is { } window)
            Judge(draft, alert, true, Reason.Maintenance, $"{what}; {window.Words}: noted, nothing trips");
        else
            Judge(draft, alert, true, Reason.AlertAccepted, what);
    }

    /// <summary>The incident that an alert about this target belongs to without starting anything.</summary>
    private static Incident? Holder(Draft draft, AlertSignal alert, TargetId target) => alert.Cause == Cause.FallbackActive
        ? draft.Panel.Incidents.Values.FirstOrDefault(i => i.Members.GetValueOrDefault(target) is { State: not MemberState.LeftAlone })
        : EvidenceFromAlerts.CoveredBy(draft, alert.Cause, target);

    private static void Resolved(Draft draft, AlertSignal alert, AlertMemory? known)
    {
        // The same resolve again, from the other one of a pair, is no later resolve: a repeat is not put off by it.
        var ended = known is { Alert.Firing: false } && known.Alert.StartsAt == alert.StartsAt ? known.ResolvedAt : alert.ReceivedAt;
        if (known is null)
        {
            // Kept, because it may have overtaken its own beginning.
            Remember(draft, new AlertMemory { Alert = alert, LastSeen = draft.Now, ResolvedAt = ended });
            Judge(draft, alert, false, Reason.AlertStale, "it resolves an alert that was never heard firing");
            return;
        }

        Remember(draft, known with { Alert = alert, LastSeen = draft.Now, ResolvedAt = ended });
        Judge(draft, alert, true, Reason.AlertResolved, $"{alert.AlertName} resolved", Incident(draft, alert));
    }

    /// <summary>The ScaledObject that a target-scope alert means: by its own label, else by the workload that it scales, else by KEDA's HPA.</summary>
    public static TargetId? Target(Draft draft, AlertSignal alert, out (Reason Reason, string Because)? refusal)
    {
        refusal = null;
        if (Causes.ScopeOf(alert.Cause) == Scope.Cluster || draft.Seen is not { } seen)
            return null;
        if (alert.ScaledObject is { } name)
        {
            var id = new TargetId(alert.Namespace!, name);
            if (seen.Targets.ContainsKey(id))
                return id;
            if (seen.IsUnknown(id))
                return null; // it is there: found when it can be read
            refusal = (Reason.AlertTargetUnknown, seen.ScaledJobs.Contains(id)
                ? $"there is no ScaledObject {id}, but a ScaledJob: ScaledJobs are never changed"
                : $"there is no ScaledObject {id}");
            return null;
        }

        foreach (var view in seen.Targets.Values)
            if (view.Id.Namespace == alert.Namespace && Scales(view, alert))
                return view.Id;
        if (seen.Doubted.Any(list => EmptyLists.Holds(list, new TargetId(alert.Namespace!, ""))) || seen.Unknown.Keys.Any(id => id.Namespace == alert.Namespace))
            return null; // one of those that can't be read may
        refusal = (Reason.AlertTargetUnknown, alert switch
        {
            { Deployment: { } deployment } => $"no ScaledObject scales Deployment {alert.Namespace}/{deployment}",
            { StatefulSet: { } set } => $"no ScaledObject scales StatefulSet {alert.Namespace}/{set}",
            _ => $"HPA {alert.Namespace}/{alert.Hpa} is that of no ScaledObject",
        });
        return null;
    }

    private static bool Scales(TargetView view, AlertSignal alert) => alert switch
    {
        { Deployment: { } deployment } => view.Workload.Kind == "Deployment" && view.Workload.Name == deployment,
        { StatefulSet: { } set } => view.Workload.Kind == "StatefulSet" && view.Workload.Name == set,
        _ => view.KedaHpaName == alert.Hpa,
    };

    /// <summary>An alert that was heard while the cluster could not be seen finds its target later.</summary>
    public static void FindTargets(Draft draft)
    {
        foreach (var memory in draft.Panel.Alerts.Values)
            if (memory.Counts && memory.Target is null && Target(draft, memory.Alert, out _) is { } target)
                Remember(draft, memory with { Target = target });
    }

    /// <summary>Which incident an alert opened or joined is known only when its evidence is written down.</summary>
    public static void NameIncidents(Draft draft, IEnumerable<AlertSignal> alerts)
    {
        foreach (var alert in alerts)
            if (alert.Cause != Cause.Manual && Having(draft, alert) is { } incident)
                draft.NameIncident(alert.Key, incident.Id);
    }

    public static string? Incident(Draft draft, AlertSignal alert) => (Having(draft, alert) ?? draft.Panel.OpenIncident(alert.Cause))?.Id;

    /// <summary>The incident that has it for evidence.</summary>
    private static Incident? Having(Draft draft, AlertSignal alert) =>
        draft.Panel.Incidents.Values.FirstOrDefault(i => i.Cause == alert.Cause && !i.Left && i.Evidence.ContainsKey(EvidenceFromAlerts.Key(alert)));

    public static void Remember(Draft draft, AlertMemory memory) =>
        draft.Panel = draft.Panel with { Alerts = draft.Panel.Alerts.SetItem(memory.Alert.Fingerprint, memory) };

    public static void Judge(Draft draft, AlertSignal alert, bool accepted, Reason reason, string because, string? incident = null) =>
        draft.Judge(
            new Verdict { Key = alert.Key, Accepted = accepted, Reason = reason, Because = accepted ? because : $"ignored, because {because}", IncidentId = incident },
            SignalOrigins.Name(alert.Origin));
}
