using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// The second pure function: (panel, observation) → cluster writes. It never replays a script. It compares what should be with
/// what is and gives the next writes, so a crash at any point is harmless: the next run simply looks again.
/// </summary>
public static class Plan
{
    // What a write of annotations was decided on: when anything else has changed meanwhile, it is right all the same.
    private static readonly ImmutableArray<string> OnPause = [Annotations.Incident, Annotations.Paused];
    private static readonly ImmutableArray<string> OnPauses = [Annotations.Incident, Annotations.Paused, Annotations.PausedReplicas];

    /// <summary>The writes that are due now, one chain for each target that needs any, critical targets first.</summary>
    /// <param name="panel">What should be.</param>
    /// <param name="seen">What is.</param>
    /// <param name="policy">How the fallbacks are made.</param>
    /// <param name="now">The time: floors and cron windows depend on it.</param>
    /// <param name="withoutStore">
    /// True while the store is down: trips are carried out and hand-backs that KEDA has taken up are finished. What is in place is left alone,
    /// and nothing is un-paused: an instance that still reaches the store may have decided otherwise since.
    /// </param>
    public static ImmutableArray<WriteChain> Writes(Panel panel, Observation seen, Policy policy, DateTimeOffset now, bool withoutStore = false)
    {
        if (policy.ObserveOnly || panel.WritesStop is not null)
            return [];
        return
        [
            .. panel.Targets.Values
                .OrderByDescending(t => t.Memory.Max)
                .ThenBy(t => t.Id)
                .Select(t => seen.Targets.TryGetValue(t.Id, out var view) && view.Uid == t.Uid
                    ? !withoutStore || Urgent(t, view) ? For(t, view, policy, now) : OnlyRaise(For(t, view, policy, now))
                    : null)
                .OfType<WriteChain>(),
        ];
    }

    private static bool Urgent(TrippedTarget tripped, TargetView view) =>
        tripped.Phase == Phase.Tripping || (tripped.Phase == Phase.HandingBack && !Pauses.IsOurs(view));

    /// <summary>Replicas that are missing are missed without a store too.</summary>
    private static WriteChain? OnlyRaise(WriteChain? chain) =>
        chain?.Writes.FirstOrDefault(w => w is ScaleWorkload { Because: not Reason.FixedReplicas } scale && scale.Replicas > scale.From) is { } raise ? chain with { Writes = [raise] } : null;

    /// <summary>The chain of one target, or null when it is as it should be or nothing may be written.</summary>
    internal static WriteChain? For(TrippedTarget tripped, TargetView view, Policy policy, DateTimeOffset now)
    {
        if (view.Deleting)
            return null; // the fallback goes with its owner
        var writes = ImmutableArray.CreateBuilder<ClusterWrite>();
        if (tripped.Phase == Phase.HandingBack)
            Handback(writes, tripped, view);
        else
        {
            Fallback(writes, tripped, view, policy, now);

            // Last: a refusal ends the chain, and a note must not stand before what protects the workload. A pause brings it along.
            if (Pauses.IsOurs(view) && view.Memory is { } kept && (view.MemoryByOldKey || Changed(kept, tripped.Memory) is not null))
                writes.Add(Remember(tripped, view, kept));
        }

        return writes.Count == 0 ? null : new WriteChain(view.Id, writes.ToImmutable());
    }

    /// <summary>
    /// Pause first: a fallback HPA made first makes KEDA's webhook refuse the pause. Then KEDA's HPA goes by our own hand: a dead
    /// operator never deletes it, a live one takes seconds for 60 (measured). Only then ours comes: two HPAs fight or stop each other.
    /// </summary>
    private static void Fallback(ImmutableArray<ClusterWrite>.Builder writes, TrippedTarget tripped, TargetView view, Policy policy, DateTimeOffset now)
    {
        // A pause of others does what ours would do, and it is theirs: it is neither overwritten nor marked as ours.
        if (!Pauses.IsOurs(view) && Pauses.ByOthers(view, weTripped: true) is null)
            writes.Add(PauseWrite(tripped, view));
        foreach (var hpa in view.Hpas.Where(h => h.Owner == HpaOwner.Keda))
            writes.Add(Delete(view, hpa, $"delete KEDA's HPA {hpa.Name}, so that two never stand on one workload"));

        // It scales another workload now, which is not there yet: what its fallback is to be, Moved decides when it is.
        if (view.Workload != tripped.Memory.Workload)
            return;
        if (view.Replicas is null)
            return; // no fallback on nothing
        var scales = Pauses.ByOthers(view, weTripped: true) is null && view.ForeignHpa is null;
        if (Pauses.Taken(view) is { } paused)
        {
            Yield(writes, view, paused);
            return;
        }

        if (tripped.Memory.Action != FallbackAction.Cpu || view.ForeignHpa is not null)
        {
            foreach (var hpa in view.OurHpas)
                writes.Add(Delete(view, hpa, $"delete fallback HPA {hpa.Name}: the workload has another keeper"));
            if (scales && tripped.Memory is { Action: FallbackAction.Replicas, FixedReplicas: not null } && Fixed(tripped.Memory, view.Max) is var n && Known(view) is { } count && count != n
                && !Shortfall.SetByOthers(tripped.Memory, view))
                writes.Add(Scale(view, n, Reason.FixedReplicas, $"fix {view.Workload.Name} at {n} replicas"));
            else if (scales && tripped.Memory.Action == FallbackAction.Freeze)
                Raise(writes, tripped, view);
            return;
        }

        var wanted = FallbackOf(tripped, view, policy, now);
        var ours = view.OurHpas.FirstOrDefault();
        if (view.FallbackHpa is not { } here || Differs(here, wanted))
        {
            writes.Add(new ApplyFallbackHpa
            {
                Target = view.Id,
                Purpose = $"{(ours is null ? "make" : view.FallbackHpa is null ? "move" : "adjust")} fallback HPA {wanted.Name}: {wanted.Min} to {wanted.Max} replicas at {wanted.CpuUtilization} % CPU{Words.OfContainer(wanted.Container)}",
                Before = (view.FallbackHpa ?? ours) is { } there ? Words.Of(there) : "(none)",
                Hpa = wanted,
                Uid = ours?.Uid,
            });
        }

        // After the HPA: a count that changed meanwhile ends the chain, and the fallback must not wait for that.
        if (scales && !Raise(writes, tripped, view) && Shortfall.Of(tripped, view, wanted, now) is { } more)
            writes.Add(Scale(view, more.To, more.Because, $"raise {view.Workload.Name} from {Known(view)} to {more.To}: {more.Words}"));
    }

    /// <summary>
    /// Somebody wants so many replicas and no other, and KEDA has set them: the fallback would undo that at its next sync. What it did undo is
    /// set right as it goes, because KEDA sets its count only once (measured); what people change afterwards is theirs.
    /// </summary>
    private static void Yield(ImmutableArray<ClusterWrite>.Builder writes, TargetView view, int paused)
    {
        var undone = view.FallbackHpa is { } ours && Known(view) is { } count && count != paused && ours.DesiredReplicas == count;
        foreach (var hpa in view.OurHpas)
            writes.Add(Delete(view, hpa, $"delete fallback HPA {hpa.Name}: KEDA holds the workload at {Words.Count(paused, "replica")} ({Annotations.PausedReplicas})"));
        if (undone && view.ForeignHpa is null)
            writes.Add(Scale(view, paused, Reason.PausedByOthersMeanwhile, $"back to {Words.Count(paused, "replica")}: {Annotations.PausedReplicas} asks for them, and the fallback HPA had changed that"));
    }

    /// <summary>More replicas that somebody asked for come at once, whatever the HPA's next sync would do. Once they were seen, a lower count is somebody's wish.</summary>
    private static bool Raise(ImmutableArray<ClusterWrite>.Builder writes, TrippedTarget tripped, TargetView view)
    {
        if (tripped.Memory.Raised is not { } raised || raised.To <= tripped.RaisedSeen || Known(view) is not { } count || Math.Min(raised.To, view.Max) is var n && count >= n)
            return false;
        writes.Add(Scale(view, n, Reason.ReplicasRaised, $"raise {view.Workload.Name} from {count} to {n}: raised by {raised.By}"));
        return true;
    }

    internal static int Fixed(TargetMemory memory, int max) =>
        memory.Raised is { } raised ? Math.Max(memory.FixedReplicas!.Value, Math.Min(raised.To, max)) : memory.FixedReplicas!.Value;

    internal static int? Known(TargetView view) => view.Replicas is { Source: not ReplicaSource.Nobody } workload ? workload.Desired : null;

    private static bool Differs(HpaView ours, FallbackHpa wanted) =>
        ours.Min != wanted.Min || ours.Max != wanted.Max || ours.CpuUtilization != wanted.CpuUtilization || ours.Container != wanted.Container
        || ours.NeverDown != wanted.NeverDown || ours.NeverUp != wanted.NeverUp || ours.OwnerUid != wanted.OwnerUid;

    /// <summary>
    /// Un-pause, and keep the fallback until KEDA's HPA exists: a workload is never left without a scaler. Then the fallback goes, then
    /// the last of our marks.
    /// </summary>
    private static void Handback(ImmutableArray<ClusterWrite>.Builder writes, TrippedTarget tripped, TargetView view)
    {
        var prior = tripped.Memory.PriorPaused;
        if (Pauses.IsOurs(view))
        {
            // The one exception, bounded by the time that a hand-back may take: a webhook that refuses while our HPA stands.
            if (tripped.FallbackGoesFirst && view.FallbackHpa is { } inTheWay)
                writes.Add(Delete(view, inTheWay, $"delete fallback HPA {inTheWay.Name}: KEDA's webhook refuses the un-pause while it stands"));

            // "false" wakes a KEDA that did not notice the missing key. Never "": that leaves it deaf (measured).
            var value = tripped.WakingSince is null ? prior : "false";
            writes.Add(Annotate(view, OnPauses, "un-pause: KEDA makes its HPA again", (Annotations.Paused, value)));
            return;
        }

        // A workload that is gone needs no scaler, and KEDA makes none for it: nothing is waited for.
        if (view is { KedaHpa: null, Replicas: not null })
        {
            if (tripped.WakingSince is not null && view.Annotations.GetValueOrDefault(Annotations.Paused) is null)
                writes.Add(Annotate(view, OnPauses, "wake KEDA: it did not notice that the pause is gone", (Annotations.Paused, "false")));
            return;
        }

        foreach (var ours in view.OurHpas)
            writes.Add(Delete(view, ours, $"delete fallback HPA {ours.Name}: {(view.KedaHpa is { } back ? $"KEDA's {back.Name} is back" : "its workload is gone")}"));
        var woken = tripped.WakingSince is not null && prior is null && view.Annotations.GetValueOrDefault(Annotations.Paused) == "false";
        if (view.Annotations.ContainsKey(Annotations.Incident) || view.Annotations.ContainsKey(Annotations.Memory) || woken)
        {
            writes.Add(woken
                ? Annotate(view, OnPause, "remove our last marks", (Annotations.Incident, null), (Annotations.Memory, null), (Annotations.Paused, null))
                : Annotate(view, OnPause, "remove our last marks", (Annotations.Incident, null), (Annotations.Memory, null)));
        }
    }

    /// <summary>The fallback HPA as it should be now.</summary>
    internal static FallbackHpa FallbackOf(TrippedTarget tripped, TargetView view, Policy policy, DateTimeOffset now)
    {
        var memory = tripped.Memory;
        var floor = now < memory.FloorUntil || CronTriggers.Unread(view.Triggers).Length > 0 ? memory.Floor : 0;
        var cron = CronTriggers.Wanted(view.Triggers, now);
        return new FallbackHpa
        {
            Name = FallbackName.For(view.Id.Name),
            Workload = view.Workload,
            Min = Math.Clamp(Math.Max(Math.Max(Math.Max(memory.FallbackMin, floor), cron), memory.Raised?.To ?? 0), 1, Math.Max(1, view.Max)),
            Max = Math.Max(1, view.Max),
            CpuUtilization = policy.CpuUtilization,
            Container = memory.Container,
            NeverDown = Pauses.OneWay(view, Annotations.PausedScaleIn),
            NeverUp = Pauses.OneWay(view, Annotations.PausedScaleOut),
            OwnerUid = view.Uid,
            IncidentId = memory.IncidentId,
        };
    }

    /// <summary>The fallback in words.</summary>
    public static string Describe(TrippedTarget tripped, Policy policy, DateTimeOffset now) => tripped.Memory.Action switch
    {
        FallbackAction.Cpu => $"CPU HPA {FallbackName.For(tripped.Id.Name)}, {AtLeast(tripped, now)}, at most {tripped.Memory.Max}, {policy.CpuUtilization} % {Watched(tripped.Memory)}",
        FallbackAction.Freeze when tripped.Memory.Raised is { } raised => $"{tripped.Memory.ActionBecause}; raised to {raised.To} replicas by {raised.By}",
        FallbackAction.Freeze => $"{tripped.Memory.ActionBecause}; replicas stay at {tripped.Memory.CachedReplicas}",
        FallbackAction.Replicas => $"fixed at {Fixed(tripped.Memory, tripped.Memory.Max)} replicas{RaisedBy(tripped.Memory, tripped.Memory.FixedReplicas!.Value)}",
        _ => throw new System.Diagnostics.UnreachableException($"action {tripped.Memory.Action}"),
    };

    /// <summary>"CPU of container app alone: daprd is injected without a request".</summary>
    internal static string Watched(TargetMemory memory) =>
        $"CPU{Words.OfContainer(memory.Container)}" + (memory is { Container: not null, ContainerBecause: { Length: > 0 } because } ? $" alone: {because}" : "");

    private static string AtLeast(TrippedTarget tripped, DateTimeOffset now)
    {
        var memory = tripped.Memory;
        var least = Math.Max(memory.FallbackMin, memory.Raised?.To ?? 0);
        if (memory is { FromZero: 0, Raised: null })
            return $"at 0 replicas until more are asked for (its cron triggers, an order), then at least {least}";
        var words = tripped.CronUnread.Length > 0
            ? $"at least {Math.Max(memory.Floor, least)} replicas until it is back with KEDA (what its cron triggers ask for can't be told: {tripped.CronUnread})"
            : memory.Floor > least ? $"at least {memory.Floor} replicas until {Words.Clock(memory.FloorUntil, now)}, then {least}"
            : $"at least {least} replicas";
        return words + (memory.OwnFallback is { } own ? $" (its spec.fallback, {own})" : "") + RaisedBy(memory, memory.FallbackMin);
    }

    private static string RaisedBy(TargetMemory memory, int over) =>
        memory.Raised is { } raised && raised.To > over ? $" (raised by {raised.By}, until it is back with KEDA)" : "";

    private static AnnotateScaledObject PauseWrite(TrippedTarget tripped, TargetView view) =>
        Annotate(view, OnPauses, "pause the ScaledObject", (Annotations.Paused, "true"), (Annotations.Incident, tripped.IncidentId)) with { Memory = tripped.Memory };

    /// <summary>True when the marks are those of another trip: a manifest of that time put them in the place of this one's.</summary>
    private static bool Others(TrippedTarget tripped, TargetMemory kept) =>
        kept.IncidentId != tripped.Memory.IncidentId || kept.TrippedAt != tripped.Memory.TrippedAt;

    /// <summary>The cluster remembers a hold too: it must outlive the store. And what it remembers must outlive the key that signed it.</summary>
    private static AnnotateScaledObject Remember(TrippedTarget tripped, TargetView view, TargetMemory kept)
    {
        var purpose = Changed(kept, tripped.Memory) ?? "sign our marks with the new key";
        var write = Others(tripped, kept) ? Annotate(view, OnPause, purpose, (Annotations.Incident, tripped.IncidentId)) : Annotate(view, OnPause, purpose);
        return write with { Memory = tripped.Memory };
    }

    private static string? Changed(TargetMemory kept, TargetMemory memory) =>
        kept.TrippedAt != memory.TrippedAt ? "write the marks of this trip in place of another one's"
        : kept.IncidentId != memory.IncidentId ? Incident.IsNameOfLeft(memory.IncidentId)
            ? "note in the cluster that it is left on its fallback"
            : "note in the cluster which incident keeps it now"
        : kept.Workload != memory.Workload ? "note the new workload in the cluster"
        : kept.Held != memory.Held ? memory.Held is null ? "note in the cluster that the hold is over" : "note the hold in the cluster"
        : kept.Raised != memory.Raised ? "note in the cluster how many replicas were asked for"
        : kept.Until != memory.Until ? "note the end of the order in the cluster"
        : null;

    private static AnnotateScaledObject Annotate(TargetView view, ImmutableArray<string> decidedOn, string purpose, params ReadOnlySpan<(string Key, string? Value)> annotations)
    {
        var values = ImmutableSortedDictionary<string, string?>.Empty;
        foreach (var (key, value) in annotations)
            values = values.Add(key, value);
        return new AnnotateScaledObject
        {
            Target = view.Id,
            Purpose = purpose,
            Uid = view.Uid,
            ResourceVersion = view.ResourceVersion,
            Annotations = values,
            DecidedOn = decidedOn.ToImmutableSortedDictionary(key => key, key => view.Annotations.GetValueOrDefault(key)),
            PauseSetBy = view.PauseSetBy,
        };
    }

    private static DeleteHpa Delete(TargetView view, HpaView hpa, string purpose) =>
        new() { Target = view.Id, Purpose = purpose, Before = Words.Of(hpa), Name = hpa.Name, Uid = hpa.Uid, Owner = hpa.Owner };

    private static ScaleWorkload Scale(TargetView view, int replicas, Reason because, string purpose) => new()
    {
        Target = view.Id,
        Purpose = purpose,
        Before = $"{Known(view)} replicas",
        Workload = view.Workload,
        Replicas = replicas,
        Because = because,
        From = Known(view)!.Value,
        ResourceVersion = view.Replicas!.ResourceVersion,
    };
}
