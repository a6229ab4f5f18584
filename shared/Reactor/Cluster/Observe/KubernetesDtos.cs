using System.Text.Json.Serialization;

namespace Sophia.Keda.Reactor.Cluster;

internal sealed record ListDto<T>(string? Kind, ListMetaDto? Metadata, List<T?>? Items)
    where T : ObjectDto;

internal sealed record ListMetaDto(string? Continue);

internal sealed record HpaDto(HpaSpecDto? Spec, HpaStatusDto? Status) : ObjectDto;

internal sealed record HpaSpecDto(ScaleTargetRefDto? ScaleTargetRef, int? MinReplicas, int? MaxReplicas, List<MetricDto?>? Metrics, BehaviorDto? Behavior);

internal sealed record BehaviorDto(ScalingRulesDto? ScaleUp, ScalingRulesDto? ScaleDown);

internal sealed record ScalingRulesDto(string? SelectPolicy);

internal sealed record MetricDto(string? Type, ResourceMetricDto? Resource, ResourceMetricDto? ContainerResource);

internal sealed record ResourceMetricDto(string? Name, string? Container, MetricTargetDto? Target);

internal sealed record MetricTargetDto(int? AverageUtilization);

internal sealed record HpaStatusDto(int? CurrentReplicas, int? DesiredReplicas, List<ConditionDto?>? Conditions);

/// <summary>A Deployment or a StatefulSet.</summary>
internal sealed record WorkloadDto(WorkloadSpecDto? Spec, WorkloadStatusDto? Status) : ObjectDto;

internal sealed record WorkloadSpecDto(int? Replicas, PodTemplateDto? Template);

internal sealed record PodTemplateDto(PodSpecDto? Spec, MetaDto? Metadata);

internal sealed record PodSpecDto(List<ContainerDto?>? Containers, List<ContainerDto?>? InitContainers);

internal sealed record ContainerDto(string? Name, string? RestartPolicy, ResourcesDto? Resources, List<string?>? Command, List<string?>? Args);

internal sealed record ResourcesDto(Dictionary<string, string?>? Requests, Dictionary<string, string?>? Limits);

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
[JsonSerializable(typeof(ListDto<ScaledObjectDto>))]
[JsonSerializable(typeof(ListDto<HpaDto>))]
[JsonSerializable(typeof(ListDto<WorkloadDto>))]
[JsonSerializable(typeof(ListDto<EventDto>))]
[JsonSerializable(typeof(ListDto<LeaseDto>))]
[JsonSerializable(typeof(ListDto<ObjectDto>))]
[JsonSerializable(typeof(ListDto<VpaDto>))]
[JsonSerializable(typeof(ListDto<ApiServiceDto>))]
[JsonSerializable(typeof(ScaleDto))]
internal sealed partial class ObserveJson : JsonSerializerContext;
