using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>What binds the reactor beside evidence: the words are the same in pages, views and explanations.</summary>
public static class Applying
{
    /// <summary>What holds for the whole cluster.</summary>
    public static IEnumerable<string> Everywhere(Panel panel, Policy policy, DateTimeOffset now)
    {
        if (panel.WritesStop is { } stop)
            yield return $"Kill switch: {stop.Words(now)}";
        if (!policy.Enabled)
            yield return "The breaker is disabled by policy (enabled: false): nothing trips";
        if (policy.ObserveOnly)
            yield return "Observe-only: nothing is written to the cluster";
        if (panel.BlindSince is { } blind)
            yield return $"The cluster can't be seen since {Words.Clock(blind, now)}: nothing is changed meanwhile";
    }

    /// <summary>What holds for one target.</summary>
    public static ImmutableArray<string> To(Panel panel, Policy policy, TargetView view, DateTimeOffset now)
    {
        var target = view.Id;
        var applies = Everywhere(panel, policy, now).ToList();
        if (!panel.Targets.ContainsKey(target) && Untouchable.Of(panel, view) is { } untouchable)
            applies.Add(panel.Replayed.ContainsKey(target) ? $"It is moved by no evidence: {untouchable.Note}" : $"It is left alone: {untouchable.Note}");
        if (Maintenances.Over(Maintenances.Active(panel, policy, now), target) is { } window)
            applies.Add($"The {window.Words} (by {window.By}: {window.Reason}): it neither trips nor goes back by itself");
        applies.AddRange(OfItsSpec(panel.Targets.GetValueOrDefault(target), view));
        foreach (var incident in panel.Incidents.Values.Where(i => i.Members.GetValueOrDefault(target) is { State: not MemberState.LeftAlone }))
        {
            if (incident.Hold is { } hold)
                applies.Add($"Recovery of {incident.Id} is held since {Words.Clock(hold.At, now)} by {hold.By}: {hold.Words}");
            if (incident.Recovery is { ByHand: false } && incident.Members[target].State == MemberState.Protected && RecoveryHours.Closed(policy, now) is { } closed)
                applies.Add($"Recovery of {incident.Id} {closed.Words}");
        }

        return [.. applies];
    }

    /// <summary>What its own spec and annotations have its fallback keep to, and KEDA.</summary>
    private static IEnumerable<string> OfItsSpec(TrippedTarget? tripped, TargetView view)
    {
        var away = tripped is { Phase: not Phase.HandingBack, Memory.Action: FallbackAction.Cpu } ? tripped.Memory : null;
        if (CronTriggers.Unread(view.Triggers) is { Length: > 0 } unread)
            yield return $"What its cron triggers ask for can't be told: {unread}. {(away is null ? "In a trip it keeps" : $"It keeps at least {Words.Count(away.Floor, "replica")},")} what ran, until it is back with KEDA";
        if (away?.OwnFallback is { } own)
            yield return $"Its fallback keeps to its spec.fallback ({own}): at least {Words.Count(away.FallbackMin, "replica")}";
        else if (tripped is null && OwnFallback.Acting(view) is { Length: > 0 } acting)
            yield return $"{acting} acts, by KEDA's status: one of its sources does not answer";
        if (Annotations.ForcesActivation(view))
            yield return $"{Annotations.ForceActivation} is set: KEDA keeps it from 0, and so does {(away is null ? "a" : "its")} fallback";
    }

    /// <summary>What holds for some of an incident's targets and not for all, for its pages: what holds for all is in its next step.</summary>
    public static string ToSome(Panel panel, Policy policy, Incident incident, DateTimeOffset now)
    {
        var active = Maintenances.Active(panel, policy, now);
        if (active.IsEmpty || Maintenances.Keeping(active, incident) is not null)
            return "";
        var kept = incident.Members.Where(m => m.Value.State == MemberState.Protected && Maintenances.Over(active, m.Key) is not null).Select(m => m.Key).ToList();
        return kept.Count == 0 ? "" : $"In maintenance, and not given back while that lasts: {string.Join(", ", kept)}.";
    }
}
