using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Puts each ScaledObject together with its workload, the HPAs on it and KEDA's rescales.</summary>
internal sealed class TargetReader
{
    private readonly ILookup<WorkloadKey, HpaDto> _hpas;
    private readonly ILookup<(string Namespace, string Hpa), EventDto> _rescales;
    private readonly Dictionary<(string Namespace, string Hpa), HpaDto> _hpasByName = [];
    private readonly Dictionary<WorkloadKey, WorkloadDto> _workloads = [];
    private readonly Surroundings _around;
    private readonly MemorySigner? _signer;
    private readonly UnreadAround _unread;

    public TargetReader(
        Listing<HpaDto> hpaList, Listing<EventDto> eventList, Listing<WorkloadDto> deploymentList, Listing<WorkloadDto> statefulSetList,
        Surroundings around, MemorySigner? signer = null)
    {
        var (hpas, events, deployments, statefulSets) = (hpaList.Items, eventList.Items, deploymentList.Items, statefulSetList.Items);
        _unread = new UnreadAround([.. deploymentList.Unread, .. statefulSetList.Unread], hpaList.Unread, eventList.Unread);
        _around = around;
        _signer = signer;
        _hpas = hpas.ToLookup(HpaReader.Target);
        foreach (var hpa in hpas)
            _hpasByName[(hpa.Namespace, hpa.Name)] = hpa;
        _rescales = events.ToLookup(e => (e.Namespace, e.InvolvedObject?.Name ?? ""));
        foreach (var deployment in deployments)
            _workloads[new WorkloadKey(deployment.Namespace, "apps", "Deployment", deployment.Name)] = deployment;
        foreach (var set in statefulSets)
            _workloads[new WorkloadKey(set.Namespace, "apps", "StatefulSet", set.Name)] = set;
    }

    /// <summary>An operator chooses its share by labels: else they are not kept.</summary>
    public bool Labels { get; init; }

    /// <summary>What could not be read of what belongs to this ScaledObject; null when all was.</summary>
    public string? Unreadable(ScaledObjectDto scaled) =>
        _unread.About(WorkloadKey.Of(scaled), _workloads.ContainsKey(WorkloadKey.Of(scaled)), [KedaHpaName(scaled), FallbackName.For(scaled.Name)]);

    public TargetView Read(ScaledObjectDto scaled)
    {
        var workload = WorkloadKey.Of(scaled);
        var kedaHpa = KedaHpaName(scaled);
        var found = _workloads.GetValueOrDefault(workload);
        var namesake = _hpasByName.GetValueOrDefault((scaled.Namespace, FallbackName.For(scaled.Name)));
        var hpas = _hpas[workload].Select(h => HpaReader.Read(h, scaled)).OrderBy(h => h.Name, StringComparer.Ordinal).ToImmutableArray();
        var conditions = scaled.Status?.Conditions;
        return WithMemory(_signer, new TargetView
        {
            Id = new TargetId(scaled.Namespace, scaled.Name),
            Uid = scaled.Uid,
            ResourceVersion = scaled.Metadata?.ResourceVersion ?? "",
            Deleting = scaled.Metadata?.DeletionTimestamp is not null,
            Workload = WorkloadKey.Ref(scaled),
            Min = scaled.Spec?.MinReplicaCount ?? 0,
            Max = scaled.Spec?.MaxReplicaCount ?? 100,
            OwnFallbackReplicas = scaled.Spec?.Fallback?.Replicas,
            OwnFallbackBehavior = scaled.Spec?.Fallback?.Behavior,
            Triggers = [.. (scaled.Spec?.Triggers ?? []).OfType<TriggerDto>().Select(Trigger)],
            Annotations = AnnotationReader.Ours(scaled.Metadata?.Annotations),
            Labels = Labels ? LabelReader.Of(scaled) : ImmutableSortedDictionary<string, string>.Empty,
            Ready = Conditions.Find(conditions, "Ready"),
            KedaFallback = Conditions.Find(conditions, "Fallback"),
            HpaActive = Conditions.Find(conditions, "HPAActive"),
            KedaHpaName = kedaHpa,
            HpaNamed = scaled.Status?.HpaName is { Length: > 0 },
            Replicas = Replicas(workload, found, hpas),
            Hpas = hpas,
            NamesakeElsewhere = namesake is not null && HpaReader.Target(namesake) != workload ? HpaReader.Read(namesake, scaled) : null,
            LastWriter = LastWriter(scaled),
            PauseSetBy = PauseWriter.Beside(scaled.Metadata),
            PausedReplicaCount = scaled.Status?.PausedReplicaCount,
            Injected = _around.Injected(scaled.Namespace, found),
            VpaOnCpu = _around.VpaOnCpu(workload, found),
            Shortage = ShortageReader.OfCondition(found),
            RescalesUnread = _unread.EventsOf(scaled.Namespace, kedaHpa),
            Rescales =
            [
                .. _rescales[(scaled.Namespace, kedaHpa)].Select(RescaleReader.Read).OfType<RescaleEvent>()
                    .OrderBy(r => r.Last).ThenBy(r => r.EventName, StringComparer.Ordinal),
            ],
        });
    }

    /// <summary>The same target with its own fields read anew; its workload and HPAs are those of the look.</summary>
    public static TargetView Again(TargetView view, ScaledObjectDto scaled, MemorySigner? signer) => WithMemory(signer, view with
    {
        ResourceVersion = scaled.Metadata?.ResourceVersion ?? "",
        Deleting = scaled.Metadata?.DeletionTimestamp is not null,
        Annotations = AnnotationReader.Ours(scaled.Metadata?.Annotations),
        PauseSetBy = PauseWriter.Beside(scaled.Metadata),
        PausedReplicaCount = scaled.Status?.PausedReplicaCount,
    });

    /// <summary>What the annotation holds is believed only with our signature for this very object.</summary>
    private static TargetView WithMemory(MemorySigner? signer, TargetView view)
    {
        if (!view.Annotations.TryGetValue(Annotations.Memory, out var text))
            return view with { Memory = null, MemoryProblem = "", MemoryByOldKey = false };
        if (signer is null)
            return view with { Memory = null, MemoryProblem = "no key is set to verify it (Memory:Key)", MemoryByOldKey = false };
        var held = signer.Verify(text, view.Uid);
        return view with { Memory = held.Memory, MemoryProblem = held.WhyNot, MemoryByOldKey = held.ByOldKey };
    }

    private static string KedaHpaName(ScaledObjectDto scaled) =>
        scaled.Status?.HpaName is { Length: > 0 } known ? known
        : scaled.Spec?.Advanced?.HorizontalPodAutoscalerConfig?.Name is { Length: > 0 } wanted ? wanted
        : $"keda-hpa-{scaled.Name}";

    // Only cron needs more than its type, and other triggers' metadata may name hosts and accounts.
    private static TriggerView Trigger(TriggerDto trigger) => new(
        trigger.Type ?? "",
        trigger.Type == "cron" && trigger.Metadata is { } metadata
            ? metadata.Where(p => p.Value is not null).ToImmutableSortedDictionary(p => p.Key, p => p.Value!, StringComparer.Ordinal)
            : ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal));

    // KEDA's status updates come with a subresource, and what KEDA itself writes of the rest (a finalizer) with its name.
    private static FieldWriter? LastWriter(ScaledObjectDto scaled) => (scaled.Metadata?.ManagedFields ?? [])
        .Where(m => m is { Time: not null, Subresource: null or "", Manager: { Length: > 0 } manager } && manager != Annotations.Manager && !manager.StartsWith("keda", StringComparison.Ordinal))
        .MaxBy(m => m!.Time) is { } last
            ? new FieldWriter(last.Manager!, last.Time!.Value)
            : null;

    private static WorkloadView? Replicas(WorkloadKey key, WorkloadDto? found, ImmutableArray<HpaView> hpas)
    {
        if (key.IsDeployment || key.IsStatefulSet)
            return found is null ? null : WorkloadReader.Read(found);

        // Another kind is not listed: its /scale is asked when it is to be tripped. Until then whoever scales it knows its count.
        var scaler = hpas.Where(h => h.ScalingActive is not null).OrderBy(h => h.Owner).FirstOrDefault();
        return scaler is null
            ? new WorkloadView { Desired = 0, Source = ReplicaSource.Nobody }
            : new WorkloadView { Desired = scaler.DesiredReplicas, Available = scaler.CurrentReplicas, Source = ReplicaSource.Hpa };
    }
}
