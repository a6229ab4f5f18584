using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>A reason to trip that is there now.</summary>
internal sealed record Found(Cause Cause, string Key, EvidenceSource Source, Selection Reach, DateTimeOffset Since, string What)
{
    /// <summary>Why it counts, where that is more than who saw it.</summary>
    public Reason? Counts { get; init; }

    /// <summary>The operator that it is about, where each has a share; null: KEDA as a whole.</summary>
    public string? Operator { get; init; }

    /// <summary>The targets that it is about, where they are not all of <see cref="Reach"/>.</summary>
    public System.Collections.Immutable.ImmutableSortedSet<TargetId>? Only { get; init; }

    public bool Reaches(TargetId target) => Only?.Contains(target) ?? Reach.Covers(target);

    /// <summary>For audit and pages: "the whole cluster", "default/app", "what keda/keda-operator-a serves".</summary>
    public string Where => Only is null ? $"{Reach}" : Operator is { } name ? $"what {name} serves" : "what no other operator serves";
}

/// <summary>Writes evidence down: opens an incident for what has none, keeps standing evidence standing, ends what is gone.</summary>
internal static class EvidenceBook
{
    public static void Update(Draft draft)
    {
        Reopening.Forget(draft);
        Hearing.FindTargets(draft);
        FailedEvents.StartAnew(draft);
        AlertMemories.Age(draft);
        List<Found> found = [.. EvidenceFromProbe.Now(draft), .. EvidenceFromAlerts.Now(draft)];
        foreach (var evidence in Maintaining.Let(draft, found.Where(f => WithoutStore.Counts(draft, f.Cause))))
            Write(draft, evidence);
        if (draft.StoreDownSince is not null)
            return; // nothing ends: what it would lead to waits for the store
        foreach (var incident in draft.Panel.Incidents.Values)
            End(draft, incident, found);
    }

    /// <summary>An order by hand is an incident of its own: its targets, its end and its page are nobody else's.</summary>
    public static Incident Open(Draft draft, TripOrder order, string what)
    {
        var found = new Found(Cause.Manual, order.Key, EvidenceSource.Human, order.Selection, draft.Now, what);
        var incident = Open(draft, found);
        var evidence = New(draft, found) with
        {
            Action = order.Action,
            Replicas = order.Replicas,
            Raised = order.Least is { } least ? new Raised(least, order.By, draft.Now) : null,
            Until = draft.Now + order.Duration,
        };
        incident = incident with
        {
            Evidence = incident.Evidence.SetItem(evidence.Key, evidence),
            Hold = order.Hold ? new Hold(Reason.HeldByHuman, order.By, order.Reason, draft.Now) : incident.Hold,
        };
        draft.Put(incident);
        Written(draft, incident.Id, found, Reason.TripOrdered);
        return incident;
    }

    private static void Write(Draft draft, Found found)
    {
        var incident = draft.Panel.OpenIncident(found.Cause, found.Operator) ?? Reopening.Of(draft, found) ?? Open(draft, found);
        var known = incident.Evidence.GetValueOrDefault(found.Key);
        var evidence = known is { Standing: true }
            ? known with { LastSeen = draft.Now, What = found.What, Only = found.Only }
            : New(draft, found);
        draft.Put(incident with { Evidence = incident.Evidence.SetItem(found.Key, evidence) });
        if (known is { Standing: true })
            return;
        Written(draft, incident.Id, found, known is null ? found.Counts ?? SeenBy(found.Source) : Reason.EvidenceReturned);
        PuttingBack.EvidenceReturned(draft, incident.Id, evidence);
    }

    private static Evidence New(Draft draft, Found found) => new()
    {
        Key = found.Key,
        Source = found.Source,
        Reach = found.Only is null ? found.Reach : Selection.Listed,
        Only = found.Only,
        Since = found.Since,
        LastSeen = draft.Now,
        What = found.What,
    };

    private static void Written(Draft draft, string incidentId, Found found, Reason reason) => draft.Audit(
        AuditKind.Decision,
        reason,
        $"Evidence of {Causes.Slug(found.Cause)} for {found.Where}: {found.What}",
        incidentId,
        facts: [("evidence", found.Key), ("source", found.Source.ToString())]);

    private static Reason SeenBy(EvidenceSource source) => source switch
    {
        EvidenceSource.Probe => Reason.EvidenceSeenByProbe,
        EvidenceSource.Alert => Reason.AlertAccepted,
        _ => throw new System.Diagnostics.UnreachableException($"source {source}"),
    };

    private static Incident Open(Draft draft, Found found)
    {
        var incident = new Incident
        {
            Id = WithoutStore.IdOf(draft, found.Cause, found.Operator),
            Cluster = draft.Policy.Cluster,
            Cause = found.Cause,
            Operator = found.Operator,
            OpenedAt = draft.Now,
            Why = found.What,
            ObserveOnly = draft.Policy.ObserveOnly,
            Hold = ManualRecovery.FromStart(draft, found.Cause),
            Recovery = new Recovery { Stage = Stage.Tripped, Since = draft.Now },
        };
        draft.Put(incident);
        draft.Audit(AuditKind.Decision, Reason.IncidentOpened, $"Incident opened for {Causes.Slug(found.Cause)}: {found.What}", incident.Id,
            facts: [("cause", Causes.Slug(found.Cause)), ("source", $"{found.Source}"), ("since", $"{found.Since:O}"), ("observeOnly", draft.Policy.ObserveOnly ? "true" : "false")]);
        if (incident.Hold is { } hold)
            draft.Audit(AuditKind.Decision, Reason.HeldByPolicy, $"Recovery is held: {hold.Words}", incident.Id, actor: hold.By);
        return incident;
    }

    private static void End(Draft draft, Incident incident, List<Found> found)
    {
        foreach (var evidence in incident.Evidence.Values.Where(e => e.Standing))
        {
            if (found.Any(f => f.Cause == incident.Cause && f.Operator == incident.Operator && f.Key == evidence.Key))
                continue;
            if (evidence is { Source: EvidenceSource.Probe, Reach: { Namespace: { } ns, Name: { } name } } && draft.Seen?.IsUnknown(new TargetId(ns, name)) == true)
                continue; // no longer to be seen is not over
            var over = evidence.Source switch
            {
                // What the probe saw is over when a probe that sees no longer sees it. While the target is on its fallback there is
                // nothing to see: the canary finds out.
                EvidenceSource.Probe => draft.IsProbe
                    || (draft.Seen is not null && incident.Cause is (Cause.OperatorUnhealthy or Cause.MetricsServerUnavailable)),
                EvidenceSource.Alert => true,
                EvidenceSource.Human => evidence.Until is { } until && draft.Now >= until,
                _ => throw new System.Diagnostics.UnreachableException($"source {evidence.Source}"),
            };
            if (over)
                EndOne(draft, incident.Id, evidence, evidence.Source == EvidenceSource.Human ? Reason.ManualTripExpired : Reason.EvidenceCleared);
        }
    }

    public static void EndOne(Draft draft, string incidentId, Evidence evidence, Reason reason)
    {
        var incident = draft.Incident(incidentId);
        draft.Put(incident with { Evidence = incident.Evidence.SetItem(evidence.Key, evidence with { EndedAt = draft.Now }) });
        draft.Audit(AuditKind.Decision, reason, evidence.Source == EvidenceSource.Human ? $"The order is over: {evidence.What}" : $"Evidence is gone: {evidence.What}", incidentId, facts: ("evidence", evidence.Key));
    }
}
