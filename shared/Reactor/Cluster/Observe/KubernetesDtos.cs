using System.Text.Json.Serialization;

namespace Sophia.Keda.Reactor.Cluster;

internal sealed record HpaDto(HpaSpecDto? Spec, HpaStatusDto? Status) : ObjectDto
{
    [JsonIgnore]
    public override string Fault => base.Fault is { Length: > 0 } fault ? fault : Spec is null ? "spec is missing" : FaultOf(Spec.ScaleTargetRef);
}

internal sealed record HpaSpecDto(ScaleTargetRefDto? ScaleTargetRef, int? MinReplicas, int? MaxReplicas, List<MetricDto?>? Metrics, BehaviorDto? Behavior);

internal sealed record BehaviorDto(ScalingRulesDto? ScaleUp, ScalingRulesDto? ScaleDown);

internal sealed record ScalingRulesDto(string? SelectPolicy);

internal sealed record MetricDto(string? Type, ResourceMetricDto? Resource, ResourceMetricDto? ContainerResource);

internal sealed record ResourceMetricDto(string? Name, string? Container, MetricTargetDto? Target);

internal sealed record MetricTargetDto(int? AverageUtilization);

internal sealed record HpaStatusDto(int? CurrentReplicas, int? DesiredReplicas, List<ConditionDto?>? Conditions);

/// <summary>A Deployment or a StatefulSet.</summary>
internal sealed record WorkloadDto(WorkloadSpecDto? Spec, WorkloadStatusDto? Status) : ObjectDto
{
    [JsonIgnore]
    public override string Fault => base.Fault is { Length: > 0 } fault ? fault : Spec is null ? "spec is missing" : "";
}

internal sealed record WorkloadSpecDto(int? Replicas, PodTemplateDto? Template);

internal sealed record PodTemplateDto(PodSpecDto? Spec, MetaDto? Metadata);

internal sealed record PodSpecDto(List<ContainerDto?>? Containers, List<ContainerDto?>? InitContainers);

internal sealed record ContainerDto(
    string? Name,
    string? Image,
    string? RestartPolicy,
    ResourcesDto? Resources,
    List<string?>? Command,
    List<string?>? Args,
    [property: JsonConverter(typeof(WatchedEnvConverter))] WatchedEnv? Env,
    List<EnvFromDto?>? EnvFrom);

/// <summary>That there is one is all that is asked.</summary>
internal sealed record EnvFromDto;

internal sealed record ResourcesDto(QuantitiesDto? Requests, QuantitiesDto? Limits);

internal sealed record QuantitiesDto([property: JsonConverter(typeof(QuantityConverter))] string? Cpu);

internal sealed record WorkloadStatusDto(int? AvailableReplicas, List<ConditionDto?>? Conditions);

/// <summary>A VerticalPodAutoscaler (autoscaling.k8s.io/v1).</summary>
internal sealed record VpaDto(VpaSpecDto? Spec) : ObjectDto;

internal sealed record VpaSpecDto(ScaleTargetRefDto? TargetRef, VpaUpdateDto? UpdatePolicy, VpaResourcesDto? ResourcePolicy);

internal sealed record VpaUpdateDto(string? UpdateMode);

internal sealed record VpaResourcesDto(List<VpaContainerDto?>? ContainerPolicies);

internal sealed record VpaContainerDto(string? ContainerName, string? Mode, List<string?>? ControlledResources);

/// <summary>Any kind's /scale (autoscaling/v1).</summary>
internal sealed record ScaleDto(ScaleCountDto? Spec, ScaleCountDto? Status) : ObjectDto;

internal sealed record ScaleCountDto(int? Replicas);

/// <summary>A core/v1 Event. One made through events.k8s.io has a series and an eventTime in place of count and the two timestamps.</summary>
internal sealed record EventDto(
    ScaleTargetRefDto? InvolvedObject,
    string? Reason,
    string? Message,
    DateTimeOffset? FirstTimestamp,
    DateTimeOffset? LastTimestamp,
    DateTimeOffset? EventTime,
    int? Count,
    EventSeriesDto? Series) : ObjectDto;

internal sealed record EventSeriesDto(int? Count, DateTimeOffset? LastObservedTime);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ScaledObjectDto))]
[JsonSerializable(typeof(HpaDto))]
[JsonSerializable(typeof(WorkloadDto))]
[JsonSerializable(typeof(EventDto))]
[JsonSerializable(typeof(LeaseDto))]
[JsonSerializable(typeof(ObjectDto))]
[JsonSerializable(typeof(VpaDto))]
[JsonSerializable(typeof(ApiServiceDto))]
[JsonSerializable(typeof(ServiceDto))]
[JsonSerializable(typeof(CrdDto))]
[JsonSerializable(typeof(WebhooksDto))]
[JsonSerializable(typeof(ScaleDto))]
[JsonSerializable(typeof(EnvDto))]
internal sealed partial class ObserveJson : JsonSerializerContext;
