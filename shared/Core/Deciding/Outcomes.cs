namespace Sophia.Keda.Reactor.Core;

/// <summary>Takes note of how a write ended: an audit record for each, and on the target what stands in its way.</summary>
internal static class Outcomes
{
    public static void Note(Draft draft, WriteOutcome outcome)
    {
        var write = outcome.Write;
        var tripped = draft.Panel.Targets.GetValueOrDefault(write.Target);
        var incident = tripped?.IncidentId;
        if (outcome.Outcome != Outcome.Skipped)
        {
            draft.Audit(AuditKind.Write, ReasonOf(outcome.Outcome), $"{write.Target}: {write.Purpose}: {Said(outcome)}", incident, write.Target, facts: Facts(outcome));
        }

        if (tripped is null)
            return;
        if (outcome.Outcome is Outcome.Done or Outcome.AlreadyDone)
            draft.Put(tripped = Did(tripped, outcome));
        var problem = outcome.Outcome is Outcome.Refused ? $"{write.Purpose}: refused: {outcome.Detail}" : "";
        if (problem.Length > 0)
            Refused(draft, tripped, write, problem);
        else if (outcome.Outcome is Outcome.Done or Outcome.AlreadyDone && tripped.Problem.Length > 0)
            draft.Put(tripped with { Problem = "" });
    }

    private static TrippedTarget Did(TrippedTarget tripped, WriteOutcome outcome) => outcome.Write switch
    {
        DeleteHpa { Owner: HpaOwner.Keda } => tripped with { KedaGoneAt = outcome.At },
        ScaleWorkload scale when scale.Replicas > scale.From => tripped with { Lifted = new Lifted(scale.From, scale.Replicas, Capacities.Why(scale.Because), outcome.At) },
        _ => tripped,
    };

    private static void Refused(Draft draft, TrippedTarget tripped, ClusterWrite write, string problem)
    {
        if (tripped.Problem == problem)
            return; // told already; tried again at every probe
        var inTheWay = write is AnnotateScaledObject && tripped.Phase == Phase.HandingBack && problem.Contains("already managed by the hpa");
        draft.Put(tripped with { Problem = problem, FallbackGoesFirst = inTheWay });
        var reason = write is ApplyFallbackHpa ? Reason.FallbackRefused : Reason.PauseRefused;
        draft.Audit(AuditKind.Decision, reason, $"{write.Target}: {problem}", tripped.IncidentId, write.Target);
        if (!draft.Panel.Incidents.TryGetValue(tripped.IncidentId, out var incident))
            return;
        if (write is ApplyFallbackHpa && GivesBack(draft, incident))
        {
            // KEDA's operator is well and only this target is in trouble: better KEDA than no scaler at all.
            foreach (var open in draft.Panel.Incidents.Values)
                if (open.Members.GetValueOrDefault(write.Target)?.State == MemberState.Protected)
                    draft.SetMember(open.Id, write.Target, MemberState.LeftAlone, Reason.FallbackRefused, problem);
            IncidentPages.News(draft, incident.Id, Severity.Critical, $"{write.Target} stays with KEDA: its fallback was refused", $"{write.Target}: {problem}. KEDA's operator is well, so the target is un-paused.");
            Phases.Align(draft);
            return;
        }

        var state = write switch
        {
            ApplyFallbackHpa => "It is frozen: replicas stay as they are, nothing scales it.",
            AnnotateScaledObject when inTheWay => "The fallback HPA is deleted first now, and comes back if KEDA does not take over in time.",
            AnnotateScaledObject when tripped.Phase == Phase.HandingBack => "It stays on its fallback.",
            AnnotateScaledObject => "Its autoscaler was not changed.",
            ScaleWorkload => "It keeps the replicas that it has until its fallback HPA acts.",
            _ => "The rest of its hand-over waits.",
        };
        IncidentPages.News(draft, incident.Id, Severity.Critical, $"{write.Target}: the cluster refused a write", $"{write.Target}: {problem}. {state} The reactor tries again at every probe.");
    }

    private static bool GivesBack(Draft draft, Incident incident) =>
        Causes.ScopeOf(incident.Cause) == Scope.Target && KedaHealth.OperatorSign(draft.Panel.Signs, draft.Now) is null;

    private static string Said(WriteOutcome outcome) => outcome.Outcome switch
    {
        Outcome.Done => "done",
        Outcome.AlreadyDone => "found done",
        Outcome.Conflict => $"the object changed meanwhile, decided again at the next look ({outcome.Detail})",
        Outcome.Refused => $"refused ({outcome.Status}): {outcome.Detail}",
        Outcome.Failed => $"failed: {outcome.Detail}",
        Outcome.LostReply => $"no answer came ({outcome.Detail}); the next look finds out whether it was done",
        _ => throw new System.Diagnostics.UnreachableException($"outcome {outcome.Outcome}"),
    };

    private static Reason ReasonOf(Outcome outcome) => outcome switch
    {
        Outcome.Done => Reason.WriteDone,
        Outcome.AlreadyDone => Reason.WriteFoundDone,
        Outcome.Conflict => Reason.WriteConflict,
        Outcome.Refused => Reason.WriteRefused,
        Outcome.Failed => Reason.WriteFailed,
        Outcome.LostReply => Reason.WriteLostReply,
        _ => throw new System.Diagnostics.UnreachableException($"outcome {outcome}"),
    };

    private static (string, string)[] Facts(WriteOutcome outcome) =>
    [
        ("write", outcome.Write.GetType().Name),
        ("what", What(outcome.Write)),
        ("before", Before(outcome.Write)),
        ("after", After(outcome.Write)),
        ("decidedOnVersion", outcome.Write is AnnotateScaledObject { ResourceVersion: var version } ? version : ""),
        ("because", outcome.Write is ScaleWorkload { Because: var because } ? because.ToString() : ""),
        ("status", outcome.Status?.ToString() ?? ""),
        ("resourceVersion", outcome.ResourceVersion ?? ""),
        ("took", $"{outcome.Took.TotalMilliseconds:0} ms"),
    ];

    private static string What(ClusterWrite write) => write switch
    {
        AnnotateScaledObject a => string.Join(", ", a.Annotations.Select(p =>
            $"{p.Key}: {Quoted(a.DecidedOn.GetValueOrDefault(p.Key))} → {Quoted(p.Value)}")) + $" (resourceVersion {a.ResourceVersion})",
        DeleteHpa d => $"HPA {d.Name} (uid {d.Uid}, {d.Owner})",
        ApplyFallbackHpa f => $"HPA {f.Hpa.Name}: min {f.Hpa.Min}, max {f.Hpa.Max}, cpu {f.Hpa.CpuUtilization} %{Words.OfContainer(f.Hpa.Container)}",
        ScaleWorkload s => $"{s.Workload.Kind} {s.Workload.Name} → {s.Replicas}",
        _ => throw new System.Diagnostics.UnreachableException(write.GetType().Name),
    };

    private static string Before(ClusterWrite write) =>
        write is AnnotateScaledObject a ? string.Join(", ", a.Annotations.Keys.Select(key => $"{key}: {Quoted(a.DecidedOn.GetValueOrDefault(key))}")) : write.Before;

    /// <summary>What it asks for; the outcome says whether it came about.</summary>
    private static string After(ClusterWrite write) => write switch
    {
        AnnotateScaledObject a => string.Join(", ", a.Annotations.Select(p => $"{p.Key}: {Quoted(p.Value)}")),
        DeleteHpa => "(none)",
        ApplyFallbackHpa f => $"HPA {f.Hpa.Name}: {f.Hpa.Min} to {f.Hpa.Max} replicas at {f.Hpa.CpuUtilization} % CPU{Words.OfContainer(f.Hpa.Container)}",
        ScaleWorkload s => $"{s.Replicas} replicas",
        _ => throw new System.Diagnostics.UnreachableException(write.GetType().Name),
    };

    private static string Quoted(string? value) => value is null ? "(none)" : $"\"{value}\"";
}
