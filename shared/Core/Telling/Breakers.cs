using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>The panel and the last observation, told per target.</summary>
public static class Breakers
{
    public static ImmutableArray<BreakerView> All(Panel panel, Observation observation, Policy policy) =>
        [.. Shown(panel, observation).Select(id => One(panel, observation, policy, id)!)];

    /// <summary>Targets that were seen, and those that are there and can't be read, in order.</summary>
    internal static IEnumerable<TargetId> Shown(Panel panel, Observation observation)
    {
        var unseen = observation.Unknown.Keys.Union(panel.Targets.Keys.Where(observation.IsUnknown)).ToList();
        return unseen.Count == 0 ? observation.Targets.Keys : observation.Targets.Keys.Concat(unseen).Order();
    }

    /// <summary>Null when there is no such ScaledObject.</summary>
    public static BreakerView? One(Panel panel, Observation observation, Policy policy, TargetId id)
    {
        if (!observation.Targets.TryGetValue(id, out var view))
            return observation.UnknownBecause(id) is { } why ? Unread(panel, id, why, observation.At) : null;
        var incidents = panel.Incidents.Values.Where(i => i.Members.ContainsKey(id)).ToList();
        var moving = incidents.Where(i => i.Members[id].State != MemberState.LeftAlone).ToList();
        var tripped = panel.Targets.GetValueOrDefault(id);
        var state = incidents.Exists(i => i.Members[id].StandsAside) && tripped is null ? BreakerState.Held : StateOf(moving, tripped, id);

        // Of several incidents the one that keeps it longest on its fallback, else the one that is giving it back.
        var main = moving
            .OrderByDescending(i => i.Members[id].State == MemberState.Protected)
            .ThenByDescending(i => i.Hold is not null && i.Members[id].State == MemberState.Protected)
            .ThenByDescending(i => Keeps(i, id))
            .ThenByDescending(i => i.Recovery.Batch.Contains(id))
            .ThenByDescending(i => i.Id == tripped?.IncidentId)
            .FirstOrDefault();
        var wouldMove = main is { ObserveOnly: true } && main.Members[id].State == MemberState.Protected;
        var next = state == BreakerState.Closed && !wouldMove ? ClosedNext.Of(panel, observation, policy, view, observation.At)
            : incidents.Count == 0 && tripped is not null ? (panel.WritesStop is null ? "KEDA gets it back: its HPA is waited for, and then our last marks go" : "Nothing until writes are allowed again; then KEDA gets it back", null)
            : main is null || (state == BreakerState.Held && tripped is null) ? ("Nothing until a human has removed what stands in the way", null)
            : NextStep.Of(panel, main, policy, observation.At, id);
        return new BreakerView
        {
            Namespace = id.Namespace,
            Name = id.Name,
            State = state,
            Since = tripped?.Since ?? main?.Members[id].Since,
            Autoscaler = Scaled.Autoscaler(view),
            Replicas = view.Replicas is { Source: not ReplicaSource.Nobody } workload ? workload.Desired : null,
            ReplicasAsked = Capacity(tripped)?.Asked,
            ReplicasReady = view.Replicas is { Source: not ReplicaSource.Nobody } counted ? counted.Available : null,
            ReplicasReadySince = Capacity(tripped)?.ThereSince,
            Min = view.Min,
            Max = view.Max,
            Incidents = [.. incidents.Select(i => i.Id)],
            Why = string.Join("; ", new[] { Why(incidents, tripped, id, observation.At), Replicas(tripped, view, observation.At), tripped is not null && panel.WritesStop is { } stop ? stop.Words(observation.At) : "" }.Where(part => part.Length > 0)),
            Next = next.Words,
            NextAt = next.At,
        };
    }

    private static Capacity? Capacity(TrippedTarget? tripped) => tripped is { Phase: not Phase.HandingBack } ? tripped.Capacity : null;

    /// <summary>"10 replicas asked for, 4 ready": an HPA that stands is not yet a workload that serves.</summary>
    private static string Replicas(TrippedTarget? tripped, TargetView view, DateTimeOffset now)
    {
        if (Capacity(tripped) is not { } capacity)
            return "";
        var since = capacity.ThereSince is { } at ? $" since {Words.Clock(at, now)}" : "";
        var lifted = tripped!.Lifted is { } lift ? $", raised {Capacities.OfLift(lift)} {Words.Clock(lift.At, now)} through /scale" : "";
        return $"{Words.Count(capacity.Asked, "replica")} asked for, {view.Replicas?.Available ?? 0} ready{since}{lifted}";
    }

    /// <summary>One that can't be read now: what the panel remembers of it, and nothing else.</summary>
    private static BreakerView Unread(Panel panel, TargetId id, string because, DateTimeOffset now)
    {
        var incidents = panel.Incidents.Values.Where(i => i.Members.ContainsKey(id)).ToList();
        var tripped = panel.Targets.GetValueOrDefault(id);
        return new BreakerView
        {
            Namespace = id.Namespace,
            Name = id.Name,
            State = StateOf([.. incidents.Where(i => i.Members[id].State != MemberState.LeftAlone)], tripped, id),
            Since = tripped?.Since,
            Autoscaler = "unknown",
            UnknownBecause = because,
            Incidents = [.. incidents.Select(i => i.Id)],
            Why = string.Join("; ", new[] { because, Why(incidents, tripped, id, now) }.Where(part => part.Length > 0)),
            Next = "Nothing until it can be read: it stays as it is",
        };
    }

    private static BreakerState StateOf(List<Incident> moving, TrippedTarget? tripped, TargetId id)
    {
        if (tripped is { Phase: Phase.HandingBack })
            return BreakerState.Testing;
        if (tripped is not null)
        {
            var held = tripped.HeldBecause.Length > 0 || moving.Exists(i => i.Hold is not null && i.Members[id].State == MemberState.Protected);
            return held && tripped.Phase == Phase.OnFallback ? BreakerState.Held
                : tripped.Phase == Phase.OnFallback ? BreakerState.Open
                : BreakerState.Tripping;
        }

        return moving.Exists(i => i.Recovery.Batch.Contains(id)) ? BreakerState.Testing : BreakerState.Closed;
    }

    /// <summary>How long an incident keeps a target, to compare: not at all, until a time, while its evidence stands, until somebody ends it.</summary>
    private static (int Rank, DateTimeOffset? Until) Keeps(Incident incident, TargetId id)
    {
        var covering = incident.Evidence.Values.Where(e => e.Covers(id)).ToList();
        return covering.Count == 0 ? (0, null)
            : covering.Exists(NextStep.EndsByHand) ? (3, null)
            : covering.Exists(e => e.Until is null) ? (2, null)
            : (1, covering.Max(e => e.Until));
    }

    private static string Why(List<Incident> incidents, TrippedTarget? tripped, TargetId id, DateTimeOffset now)
    {
        var parts = incidents.Select(i => i.Members[id] is { State: MemberState.LeftAlone } alone ? $"{WhyNow.Of(i, now)}, but left alone: {alone.Note}" : WhyNow.Of(i, id, now)).ToList();
        if (tripped is { Phase: not Phase.HandingBack, Memory.Raised: { } raised })
            parts.Add($"at least {raised.To} replicas, raised by {raised.By} {Words.Clock(raised.At, now)}, until it is back with KEDA");
        if (incidents.Count == 0 && tripped is not null)
            parts.Add($"marks of {tripped.IncidentId}, which is over, are taken away");
        if (tripped is { HeldBecause.Length: > 0 })
            parts.Add(tripped.HeldBecause);
        if (tripped is { Problem.Length: > 0 })
            parts.Add(tripped.Problem);
        return string.Join("; ", parts);
    }
}
