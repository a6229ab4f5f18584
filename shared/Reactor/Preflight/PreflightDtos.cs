using System.Text.Json.Serialization;
using Sophia.Keda.Reactor.Cluster;

namespace Sophia.Keda.Reactor.Preflight;

internal sealed record ReviewDto(ReviewStatusDto? Status);

internal sealed record ReviewStatusDto(bool? Allowed, string? EvaluationError);

/// <summary>GET /apis.</summary>
internal sealed record GroupListDto(string? Kind, List<GroupDto?>? Groups);

internal sealed record GroupDto(string? Name, List<GroupVersionDto?>? Versions);

internal sealed record GroupVersionDto(string? GroupVersion);

/// <summary>GET /version.</summary>
internal sealed record VersionDto(string? Major, string? Minor, string? GitVersion);

/// <summary>A Deployment of KEDA's: which image it runs, with which arguments.</summary>
internal sealed record PartDto(PartSpecDto? Spec) : ObjectDto;

internal sealed record PartSpecDto(int? Replicas, PartTemplateDto? Template);

internal sealed record PartTemplateDto(PartPodDto? Spec);

internal sealed record PartPodDto(List<PartContainerDto?>? Containers);

internal sealed record PartContainerDto(
    string? Name,
    string? Image,
    List<string?>? Command,
    List<string?>? Args,
    [property: JsonConverter(typeof(WatchedEnvConverter))] WatchedEnv? Env,
    List<EnvFromDto?>? EnvFrom);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ReviewDto))]
[JsonSerializable(typeof(GroupListDto))]
[JsonSerializable(typeof(VersionDto))]
[JsonSerializable(typeof(PartDto))]
internal sealed partial class PreflightJson : JsonSerializerContext;
