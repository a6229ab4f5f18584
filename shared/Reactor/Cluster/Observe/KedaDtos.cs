using System.Text.Json.Serialization;

namespace Sophia.Keda.Reactor.Cluster;

// Only the fields that decisions need; the rest of each object, managedFields above all, is skipped while it streams in.

internal sealed record ConditionDto(string? Type, string? Status, string? Reason, string? Message);

internal sealed record ScaleTargetRefDto(string? ApiVersion, string? Kind, string? Name);

internal sealed record ScaledObjectDto(ScaledObjectSpecDto? Spec, ScaledObjectStatusDto? Status) : ObjectDto
{
    [JsonIgnore]
    public override string Fault => base.Fault is { Length: > 0 } fault ? fault : Spec is null ? "spec is missing" : FaultOf(Spec.ScaleTargetRef);
}

internal sealed record ScaledObjectSpecDto(
    ScaleTargetRefDto? ScaleTargetRef,
    int? MinReplicaCount,
    int? MaxReplicaCount,
    KedaFallbackDto? Fallback,
    List<TriggerDto?>? Triggers,
    AdvancedDto? Advanced);

internal sealed record KedaFallbackDto(int? Replicas);

internal sealed record TriggerDto(string? Type, Dictionary<string, string?>? Metadata);

internal sealed record AdvancedDto(HpaConfigDto? HorizontalPodAutoscalerConfig);

internal sealed record HpaConfigDto(string? Name);

internal sealed record ScaledObjectStatusDto(string? HpaName, int? PausedReplicaCount, List<ConditionDto?>? Conditions);

internal sealed record LeaseDto(LeaseSpecDto? Spec) : ObjectDto;

internal sealed record LeaseSpecDto(string? HolderIdentity, DateTimeOffset? RenewTime);
