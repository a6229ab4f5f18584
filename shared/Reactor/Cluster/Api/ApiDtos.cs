using System.Text.Json;
using System.Text.Json.Serialization;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>A Status, which is how the API server refuses.</summary>
internal sealed record StatusDto(string? Message, string? Reason, StatusDetailsDto? Details);

internal sealed record StatusDetailsDto(int? RetryAfterSeconds);

internal sealed record OwnerDto(string? Kind, string? Uid, bool? Controller);

internal sealed record MetaDto(
    string? Name,
    string? Namespace,
    string? Uid,
    string? ResourceVersion,
    DateTimeOffset? CreationTimestamp,
    DateTimeOffset? DeletionTimestamp,
    Dictionary<string, string?>? Labels,
    Dictionary<string, string?>? Annotations,
    List<OwnerDto?>? OwnerReferences,
    List<ManagedFieldsDto?>? ManagedFields);

/// <summary>
/// Who wrote an object and when; which fields, is skipped, but for the min of an HPA, the replicas of a workload, the pause of a ScaledObject and
/// the service of an APIService.
/// </summary>
internal sealed record ManagedFieldsDto(string? Manager, DateTimeOffset? Time, string? Subresource, FieldsV1Dto? FieldsV1);

internal sealed record FieldsV1Dto(
    [property: JsonPropertyName("f:spec")] SpecFieldsDto? Spec,
    [property: JsonPropertyName("f:metadata")] MetaFieldsDto? Metadata);

internal sealed record MetaFieldsDto([property: JsonPropertyName("f:annotations")] AnnotationFieldsDto? Annotations);

/// <summary>Not null: the manager owns that annotation.</summary>
internal sealed record AnnotationFieldsDto(
    [property: JsonPropertyName("f:" + Annotations.Paused)] JsonElement? Paused,
    [property: JsonPropertyName("f:" + Annotations.Incident)] JsonElement? Incident);

/// <summary>Not null: the manager owns that field.</summary>
internal sealed record SpecFieldsDto(
    [property: JsonPropertyName("f:minReplicas")] JsonElement? MinReplicas,
    [property: JsonPropertyName("f:replicas")] JsonElement? Replicas,
    [property: JsonPropertyName("f:service")] JsonElement? Service);

/// <summary>Any object, or a Status in place of one: the answer to a write.</summary>
internal record ObjectDto
{
    /// <summary>Items of built-in lists don't say it.</summary>
    public string? Kind { get; init; }

    public MetaDto? Metadata { get; init; }

    [JsonIgnore]
    public string Name => Metadata?.Name ?? "";

    [JsonIgnore]
    public string Namespace => Metadata?.Namespace ?? "";

    [JsonIgnore]
    public string Uid => Metadata?.Uid ?? "";

    /// <summary>What is wrong with it although each field is of its type; empty when nothing is.</summary>
    [JsonIgnore]
    public virtual string Fault => Name.Length == 0 ? "it has no name"
        : Uid.Length == 0 ? "it has no uid"
        : Name.Length > ApiBounds.LongestName || Namespace.Length > ApiBounds.LongestName ? $"its name has more than {ApiBounds.LongestName} characters"
        : Metadata?.Annotations?.Sum(a => (long)a.Key.Length + (a.Value?.Length ?? 0)) > ApiBounds.LongestAnnotations ? "metadata.annotations are larger than Kubernetes allows (256 KiB)"
        : "";

    /// <summary>What is wrong with what it scales: the name goes into addresses, panels and pages.</summary>
    protected static string FaultOf(ScaleTargetRefDto? target) => string.IsNullOrEmpty(target?.Name) ? "spec.scaleTargetRef.name is missing"
        : target.Name.Length > ApiBounds.LongestName || target.Kind?.Length > ApiBounds.LongestName || target.ApiVersion?.Length > ApiBounds.LongestName
            ? $"spec.scaleTargetRef has more than {ApiBounds.LongestName} characters"
            : "";
}

/// <summary>Discovery of one group and version.</summary>
internal sealed record ResourceListDto(List<ResourceDto?>? Resources);

internal sealed record ResourceDto(string? Name, string? Kind, List<string?>? Verbs);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StatusDto))]
[JsonSerializable(typeof(ObjectDto))]
[JsonSerializable(typeof(ResourceListDto))]
internal sealed partial class ApiJson : JsonSerializerContext;
