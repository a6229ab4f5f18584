using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Something of an open incident that stays as it is until a human has done something.</summary>
/// <param name="Target">Null: the incident as a whole.</param>
/// <param name="Why">What it is, in words.</param>
/// <param name="Do">What the human is to do.</param>
internal sealed record HumanNeed(TargetId? Target, string Why, string Do);

/// <summary>Why an incident needs a human: it is held, a target of it is held or frozen, or the cluster refuses what it needs.</summary>
internal static class HumanNeeds
{
    public static ImmutableArray<HumanNeed> Of(Panel panel, Incident incident, DateTimeOffset now)
    {
        var needs = ImmutableArray.CreateBuilder<HumanNeed>();
        if (incident.Hold is { } hold)
        {
            needs.Add(new(
                null,
                $"recovery is held since {Words.Clock(hold.At, now)} by {hold.By}: {hold.Words}",
                $"Let recovery go on: POST /api/incidents/{incident.Id}/release, or give back by hand: POST /api/breakers/reset with scope incident, incident {incident.Id}."));
        }

        foreach (var (target, member) in incident.Members)
        {
            if (incident.Left && member.State == MemberState.Protected)
                needs.Add(new(target, $"{target} did not come back with KEDA, {member.Failures} times: {member.Note}", Stragglers.Mend));
            if (member.StandsAside)
                needs.Add(StandsAside(target, member));
            else if (member.State != MemberState.LeftAlone && panel.Targets.GetValueOrDefault(target) is { } tripped && Tells(incident, tripped, panel))
                needs.AddRange(OfMarked(tripped));
        }

        return needs.ToImmutable();
    }

    /// <summary>A target of several incidents is told by the one whose name it carries, and by another only when that one is over.</summary>
    private static bool Tells(Incident incident, TrippedTarget tripped, Panel panel) =>
        tripped.IncidentId == incident.Id || !panel.Incidents.ContainsKey(tripped.IncidentId);

    private static HumanNeed StandsAside(TargetId target, Member member)
    {
        var what = member.Reason switch
        {
            Reason.FallbackRefused => "Mend what refuses the fallback: a quota, a policy, a webhook or missing rights.",
            Reason.PutBacksExhausted => "Find out who keeps undoing the fallback: GitOps, or another controller.",
            _ => "Take the other HPA away, or scale its workload by hand.",
        };
        return new(target, $"{target} is left alone: {member.Note}", what);
    }

    private static IEnumerable<HumanNeed> OfMarked(TrippedTarget tripped)
    {
        const string mend = "Mend what the cluster refuses: a quota, a policy, a webhook or missing rights. It is tried again at every probe.";
        const string scale = "Watch the load of what is frozen, and scale it by hand: kubectl scale, or POST /api/breakers/trip with min.";
        var id = tripped.Id;
        if (tripped.Problem.Length > 0)
            yield return new(id, $"{id}: {tripped.Problem}", mend);
        if (tripped.HeldBecause.Length > 0)
            yield return new(id, $"{id} is held: {tripped.HeldBecause}", "Take the other's pause or HPA away.");
        if (tripped is { Memory.Action: FallbackAction.Freeze, Phase: not Phase.HandingBack })
            yield return new(id, $"{id} is {tripped.Memory.ActionBecause}; nothing scales it", scale);
    }
}
