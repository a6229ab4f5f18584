using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Targets that did not come back twice while KEDA scales others: each stays on its fallback alone and is tried again at its own pace. When an
/// incident has only such targets left it is over, and an incident "left on fallback" tells of them until each is back.
/// </summary>
internal static class Stragglers
{
    public const string Mend = "Mend what keeps it from coming back (its trigger's source, its ScaledObject, what refuses the write), and then don't wait: POST /api/breakers/reset.";

    /// <summary>Hand-backs that failed before it is left alone: the first may have met a source that was just coming up.</summary>
    private const int Enough = 2;

    /// <summary>Two HPA syncs: a younger HPA has had no fair chance to show itself (measured).</summary>
    private static readonly TimeSpan HpaGrace = TimeSpan.FromSeconds(30);

    public static void Update(Draft draft, string incidentId)
    {
        if (draft.Incident(incidentId).Left || draft.Policy.ObserveOnly)
            return;
        var marked = Mark(draft, incidentId);
        if (Only(draft.Incident(incidentId)))
            Leave(draft, incidentId);
        else if (marked.Count > 0)
            Tell(draft, incidentId, marked);
    }

    /// <summary>Marks those that failed often enough. Only while another shows that KEDA works: else it may be KEDA, and no target is to blame.</summary>
    public static List<TargetId> Mark(Draft draft, string incidentId)
    {
        var incident = draft.Incident(incidentId);
        var often = incident.Left ? [] : incident.Members.Where(m => m.Value is { State: MemberState.Protected, Failures: >= Enough, RetryAt: null }).ToList();
        if (often.Count == 0 || !KedaWorks(draft, incident))
            return [];
        foreach (var (target, member) in often)
        {
            var waiting = Waiting(draft.Policy, target, member, draft.Now);
            incident = incident with { Members = incident.Members.SetItem(target, waiting) };
            draft.Audit(AuditKind.Decision, Reason.HandbackFailed, $"{target} stays on its fallback alone: {Words.Count(member.Failures, "hand-back")} failed{Until(waiting, draft.Now)}", incidentId, target);
        }

        draft.Put(incident);
        return [.. often.Select(m => m.Key)];
    }

    /// <summary>True when another target, that needs KEDA, is scaled well by KEDA now.</summary>
    public static bool KedaWorks(Draft draft, Incident incident, Func<TargetId, bool>? but = null) => draft.Seen is { } seen && seen.Targets.Values.Any(view =>
        view is { Deleting: false, Ready: not { IsFalse: true }, KedaFallback: not { IsTrue: true }, KedaHpa: { ScalingActive.IsTrue: true } hpa }
        && draft.Now - hpa.CreatedAt >= HpaGrace
        && !view.OurHpas.Any() && !Untouchable.NeedsNoKeda(view)
        && draft.Panel.Windows.GetValueOrDefault(view.Id) is not { Failures: > 0 }
        && incident.Members.GetValueOrDefault(view.Id)?.FailedAt is null && but?.Invoke(view.Id) is not true);

    /// <summary>Those that may go back and are not known to stay away.</summary>
    public static ImmutableArray<TargetId> Others(Draft draft, Incident incident, Func<TargetId, bool> but) =>
        [.. Recovering.Eligible(draft, incident).Where(id => !but(id) && incident.Members[id].RetryAt is null)];

    /// <summary>True while one may go back that has never failed: it may show more than those that did.</summary>
    public static bool Untried(Draft draft, Incident incident) => !Others(draft, incident, id => incident.Members[id].FailedAt is not null).IsEmpty;

    /// <summary>Nothing else is on a fallback for it, nothing is under way, and no evidence stands.</summary>
    public static bool Only(Incident incident) => incident is { Left: false, Hold: null, ObserveOnly: false, Recovery.Batch.IsEmpty: true }
        && Recovering.AnyProtected(incident)
        && incident.Members.Values.All(m => m.State != MemberState.Protected || m.RetryAt is not null)
        && !incident.Evidence.Values.Any(e => e.Standing);

    public static Incident? Open(Draft draft, Cause cause, string? @operator) =>
        draft.Panel.Incidents.Values.FirstOrDefault(i => i.Left && i.Cause == cause && i.Operator == @operator);

    public static Member Waiting(Policy policy, TargetId target, Member member, DateTimeOffset now) =>
        member with { RetryAt = now + Backoff.Wait(policy, $"{target}", member.Failures) };

    public static string Until(Member member, DateTimeOffset now) => member.RetryAt is { } at ? $"; tried again not before {Words.Clock(at, now)}" : "";

    public static void Tell(Draft draft, string incidentId, List<TargetId> alone)
    {
        var members = draft.Incident(incidentId).Members;
        var said = FailedHandback.Cut([.. alone.Select(id => $"{id} did not come back {members[id].Failures} times: {members[id].Note}{Until(members[id], draft.Now)}")]);
        IncidentPages.News(draft, incidentId, Severity.Error, $"{(alone.Count == 1 ? $"{alone[0]} stays" : $"{alone.Count} targets stay")} on the fallback", $"{said}. KEDA scales others well, so the others go on without {(alone.Count == 1 ? "it" : "them")}.");
    }

    /// <summary>A human's reset: whatever failed before is tried anew, with the others.</summary>
    public static void Forgive(Draft draft, string incidentId, IEnumerable<TargetId> targets)
    {
        var incident = draft.Incident(incidentId);
        foreach (var target in targets)
            if (incident.Members.GetValueOrDefault(target) is { Failures: > 0 } member)
                incident = incident with { Members = incident.Members.SetItem(target, member with { Failures = 0, FailedAt = null, RetryAt = null }) };
        draft.Put(incident);
    }

    public static void CameBack(Draft draft, string incidentId, IEnumerable<TargetId> targets)
    {
        var incident = draft.Incident(incidentId);
        var back = targets.Where(id => incident.Members.GetValueOrDefault(id) is { Failures: > 0 }).ToList();
        Forgive(draft, incidentId, back);
        if (incident.Left && back.Count > 0 && Recovering.AnyProtected(incident))
            IncidentPages.News(draft, incidentId, Severity.Info, $"{string.Join(", ", back)} {(back.Count == 1 ? "is" : "are")} back with KEDA", $"{string.Join(", ", back)}: Ready and scaling again.");
    }

    /// <summary>One whose marks name an incident of this kind that the store does not know.</summary>
    public static void Adopt(Draft draft, string incidentId, TargetId target)
    {
        var incident = draft.Incident(incidentId);
        var member = incident.Members[target] with { Failures = Enough, FailedAt = draft.Now };
        draft.Put(incident with { Members = incident.Members.SetItem(target, Waiting(draft.Policy, target, member, draft.Now)) });
    }

    private static void Leave(Draft draft, string incidentId)
    {
        var over = draft.Incident(incidentId);
        var stragglers = over.Members.Where(m => m.Value.State == MemberState.Protected).ToList();
        var known = Open(draft, over.Cause, over.Operator);
        var left = known ?? new Incident
        {
            Id = WithoutStore.IdOf(draft, over.Cause, over.Operator) + Incident.LeftSuffix,
            Cluster = over.Cluster,
            Cause = over.Cause,
            Operator = over.Operator,
            Left = true,
            OpenedAt = draft.Now,
            Why = "",
            TripTold = true,
            FallbackInPlaceAt = draft.Now,
            Recovery = new Recovery { Stage = Stage.Tripped, Since = draft.Now },
        };
        left = left with { Why = $"{(stragglers.Count == 1 ? "One target" : $"{stragglers.Count} targets")} of {over.Id} did not come back with KEDA, which scales others well" };
        foreach (var (target, member) in stragglers)
        {
            left = left with { Members = left.Members.SetItem(target, member) };
            draft.SetMember(over.Id, target, MemberState.LeftAlone, Reason.PutBackOnFallback, $"left on its fallback, of which {left.Id} tells: {member.Note}");
            if (draft.Panel.Targets.GetValueOrDefault(target) is { } tripped && tripped.IncidentId == over.Id)
                draft.Put(tripped with { IncidentId = left.Id, Memory = tripped.Memory with { IncidentId = left.Id, Why = left.Why, OpenedAt = left.OpenedAt } });
        }

        var targets = string.Join(", ", stragglers.Select(s => s.Key));
        draft.Put(left with { Evidence = left.Evidence.SetItems(over.Evidence.Where(e => stragglers.Exists(s => e.Value.Reaches(s.Key)))) });
        draft.Audit(AuditKind.Decision, Reason.LeftOnFallback, $"Only {targets} of {over.Id} {(stragglers.Count == 1 ? "is" : "are")} left on the fallback: that incident is over for the others", left.Id,
            facts: [("targets", targets), ("of", over.Id)]);
        Recovering.Enter(draft, over, new Recovery { Stage = Stage.Closing, Since = draft.Now });
        IncidentPages.Left(draft, left.Id, [.. stragglers.Select(s => s.Key)], isNew: known is null);
    }
}
