using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>What is remembered of a target at its trip, and what its fallback is to be.</summary>
internal static class TripMemory
{
    /// <summary>Kubernetes keeps at most 256 KiB of annotations an object; a sentence does not need more than this.</summary>
    private const int LongestWhy = 300;

    public static TargetMemory Of(Draft draft, Incident incident, TargetView view)
    {
        var workload = view.Replicas!;
        var choice = Choose(draft, incident, view);
        var window = draft.Panel.Windows.GetValueOrDefault(view.Id);
        var present = Math.Max(workload.Desired, view.KedaHpa?.DesiredReplicas ?? 0);
        var cached = Math.Min(Math.Max(present, window?.PeakReplicas ?? 0), view.Max);
        var least = Math.Min(view.Min, view.Max);

        // KEDA had no work for it: one that is idle at 0 gets what it says itself, or just enough to work at all. Nothing but its cron triggers
        // would have woken one that has no others (CPU and memory can't, at 0): it gets what they ask for.
        var idle = cached == 0;
        var byCronAlone = idle && view.Triggers.Any(t => t.Type == "cron") && view.Triggers.All(t => t.Type is "cron" or "cpu" or "memory");
        var asked = byCronAlone ? least
            : idle ? (view.OwnFallbackReplicas is { } its ? Math.Max(1, its) : draft.Policy.FallbackFromZero)
            : OwnFallback.Replicas(view, cached) ?? draft.Policy.FallbackReplicas;
        var wanted = Math.Clamp(asked, least, view.Max);

        // What ran before the trouble is not an addition, and neither is the ScaledObject's own min.
        var min = Math.Max(Math.Min(wanted, cached + Left(draft, incident)), least);
        var because = choice.Because;
        if (min < wanted && choice.Action == FallbackAction.Cpu)
            because = $"its fallback starts with {min} instead of {wanted} replicas: max_added_replicas ({draft.Policy.MaxAddedReplicas}) of the incident is used up";
        return new TargetMemory
        {
            IncidentId = incident.Id,
            Cause = incident.Cause,
            Operator = incident.Operator,
            TrippedAt = draft.Now,
            Action = choice.Action,
            ActionBecause = because,
            FixedReplicas = choice.Replicas is { } n ? Math.Clamp(n, Math.Min(view.Min, view.Max), view.Max) : null,
            Container = choice.Watched?.Name,
            ContainerBecause = choice.Watched?.Because ?? "",
            Workload = view.Workload,
            Min = view.Min,
            Max = view.Max,
            CachedReplicas = cached,
            Count = Plan.Known(view) is { } count ? new CountSeen(count, workload.SetBy) : null,
            FromZero = !idle ? null : byCronAlone ? 0 : min,
            FallbackMin = Math.Max(1, min),
            OwnFallback = OwnFallback.Words(view) is { Length: > 0 } own ? own : null,
            Floor = Math.Max(1, cached),
            FloorUntil = draft.Now + draft.Policy.FloorPeriod,
            PriorPaused = view.Annotations.GetValueOrDefault(Annotations.Paused) is { Length: > 0 } prior && !Annotations.Pauses(prior) ? prior : null,
            Why = Words.Cut(incident.Why, LongestWhy),
            OpenedAt = incident.OpenedAt,
            Until = UntilOf([incident], view.Id, null),
            Raised = Raising.Of(draft.Panel, view.Id),
            Held = incident.Hold,
            Attempts = incident.Attempts,
        };
    }

    /// <summary>When the last of the orders that cover it ends; null when one of them has no end, and what was known when there is none any more.</summary>
    private static DateTimeOffset? UntilOf(IEnumerable<Incident> incidents, TargetId target, DateTimeOffset? known)
    {
        var orders = incidents.Where(i => i.Members.GetValueOrDefault(target) is { State: MemberState.Protected })
            .SelectMany(i => i.Evidence.Values).Where(e => e.Source == EvidenceSource.Human && e.Covers(target)).ToList();
        return orders.Count == 0 ? known : orders.Exists(e => e.Until is null) ? null : orders.Max(e => e.Until);
    }

    /// <summary>
    /// Keeps what the cluster is to remember in step with the incidents. A new hold, another end and more replicas are written there
    /// (<see cref="Plan"/>); a higher number of attempts comes with the put-back that caused it.
    /// </summary>
    public static void Refresh(Draft draft)
    {
        foreach (var tripped in draft.Panel.Targets.Values)
        {
            var memory = tripped.Memory;
            if (draft.Panel.Incidents.TryGetValue(tripped.IncidentId, out var incident))
                memory = memory with { Held = incident.Hold, Attempts = incident.Attempts };
            if (tripped.Phase != Phase.HandingBack)
                memory = memory with { Raised = Raising.Of(draft.Panel, tripped.Id) };
            if (memory.Cause == Cause.Manual)
                memory = memory with { Until = UntilOf(draft.Panel.Incidents.Values, tripped.Id, memory.Until) };
            if (memory != tripped.Memory)
                draft.Put(tripped with { Memory = memory });
        }
    }

    /// <summary>What this incident has tripped and another still wants carries that one's name from now on: marks of what is over are nobody's.</summary>
    public static void PassOn(Draft draft, Incident closed)
    {
        foreach (var tripped in draft.Panel.Targets.Values.Where(t => t.IncidentId == closed.Id && t.Phase != Phase.HandingBack))
        {
            var next = draft.Panel.Incidents.Values.Where(i => i.Id != closed.Id && i.Members.GetValueOrDefault(tripped.Id) is { State: MemberState.Protected }).MinBy(i => i.OpenedAt);
            if (next is null)
                continue;
            draft.Put(tripped with
            {
                IncidentId = next.Id,
                Memory = tripped.Memory with
                {
                    IncidentId = next.Id,
                    Cause = next.Cause,
                    Operator = next.Operator,
                    Why = Words.Cut(next.Why, LongestWhy),
                    OpenedAt = next.OpenedAt,
                    Until = null,
                    Held = next.Hold,
                    Attempts = next.Attempts,
                },
            });
        }
    }

    /// <summary>
    /// As much of it as still fits the object: whoever may edit a ScaledObject may have put an old memory of ours back, and its limits may
    /// have changed since. Nothing in it can ask for more than the object allows.
    /// </summary>
    public static TargetMemory Clamped(TargetMemory memory, TargetView view, Policy policy, DateTimeOffset now)
    {
        var max = Math.Max(1, view.Max);
        var min = Math.Min(view.Min, max);
        var containers = view.Replicas?.Containers ?? [];
        return memory with
        {
            Workload = view.Workload,
            Min = view.Min,
            Max = view.Max,
            TrippedAt = memory.TrippedAt < now ? memory.TrippedAt : now,
            OpenedAt = memory.OpenedAt < now ? memory.OpenedAt : null,
            CachedReplicas = Math.Clamp(memory.CachedReplicas, 0, max),
            FromZero = memory.FromZero is { } zero ? Math.Clamp(zero, 0, max) : null,
            FallbackMin = Math.Clamp(memory.FallbackMin, 1, max),
            Floor = Math.Clamp(memory.Floor, 1, max),
            FloorUntil = memory.FloorUntil < now + policy.FloorPeriod ? memory.FloorUntil : now + policy.FloorPeriod,
            FixedReplicas = memory.FixedReplicas is { } n ? Math.Clamp(n, min, max) : null,
            Raised = memory.Raised is { } raised ? raised with { To = Math.Clamp(raised.To, 1, max), At = raised.At < now ? raised.At : now } : null,
            PriorPaused = memory.PriorPaused is { Length: > 0 } prior && !Annotations.Pauses(prior) ? prior : null,
            Container = containers.Any(c => c.Name == memory.Container) ? memory.Container : null,
        };
    }

    public static Reason ReasonOf(TargetMemory memory) => memory.Action switch
    {
        FallbackAction.Cpu => Reason.ReplicaCapReached,
        FallbackAction.Replicas => Reason.TripOrdered,
        _ when memory.ActionBecause.Contains("no CPU request") => Reason.FrozenWithoutCpuRequest,
        _ when memory.ActionBecause.Contains("VerticalPodAutoscaler") => Reason.FrozenBesideVpa,
        _ when memory.ActionBecause.Contains("has the name of its fallback") => Reason.FrozenNameTaken,
        _ when memory.ActionBecause.Contains("order") => Reason.FrozenByOrder,
        _ when memory.ActionBecause.Contains(Annotations.Action) => Reason.FrozenByAnnotation,
        _ => Reason.FrozenByPolicy,
    };

    /// <summary>Replicas that this incident may still add: 1,000 targets don't ask for 10,000 nodes.</summary>
    private static int Left(Draft draft, Incident incident) => Math.Max(0, draft.Policy.MaxAddedReplicas - draft.AddedReplicas(incident.Id));

    private sealed record Choice(FallbackAction Action, string Because, int? Replicas = null, WatchedContainer? Watched = null);

    private static Choice Choose(Draft draft, Incident incident, TargetView view)
    {
        var order = incident.Evidence.Values.Where(e => e.Action is not null && e.Covers(view.Id)).MaxBy(e => e.Since);
        if (order?.Action is { } ordered and not FallbackAction.Cpu)
            return new Choice(ordered, $"{ordered.ToString().ToLowerInvariant()} by order", order.Replicas);
        return order is null && Standing(draft.Policy, view) is { } standing ? standing : Cpu(draft, view, ordered: order is not null);
    }

    /// <summary>What annotation and policy say, short of the CPU HPA that it is otherwise.</summary>
    private static Choice? Standing(Policy policy, TargetView view)
    {
        if (view.Annotations.TryGetValue(Annotations.Action, out var annotated))
        {
            if (annotated.Trim() == "freeze")
                return new Choice(FallbackAction.Freeze, $"frozen by annotation {Annotations.Action}");
            if (annotated.Trim() is var text && text.StartsWith("replicas:") && int.TryParse(text["replicas:".Length..].Trim(), out var n) && n >= 0)
                return new Choice(FallbackAction.Replicas, $"fixed at {n} by annotation {Annotations.Action}", n);
        }

        return policy.OnTrip.Contains(TripAction.EnableHpaFallback)
            ? null
            : new Choice(FallbackAction.Freeze, "frozen by policy: actions.on_trip has no enable_hpa_fallback");
    }

    /// <summary>A CPU HPA where the pod's requests allow one.</summary>
    private static Choice Cpu(Draft draft, TargetView view, bool ordered)
    {
        if (view.VpaOnCpu.Length > 0 && !ordered)
            return new Choice(FallbackAction.Freeze, $"frozen: VerticalPodAutoscaler {view.VpaOnCpu} sets its CPU requests, and an HPA on CPU would chase them");
        if (view.NamesakeElsewhere is { Owner: not HpaOwner.Reactor } taken)
            return new Choice(FallbackAction.Freeze, $"frozen: HPA {taken.Name}, which is not ours and scales another workload, has the name of its fallback");
        var watched = WatchedContainer.Of(view, draft.Seen?.ContainerMetrics != false);
        return watched.Lacks is { } lacks
            ? new Choice(FallbackAction.Freeze, $"frozen: container {lacks} has no CPU request, so a CPU HPA could not scale it")
            : new Choice(FallbackAction.Cpu, "", Watched: watched);
    }
}
