using System.Text.Json;

namespace Sophia.Keda.Reactor.Cluster;

internal sealed record ApiServiceDto(ApiServiceSpecDto? Spec, ConditionsDto? Status) : ObjectDto;

/// <summary>Without a service the API server itself serves it.</summary>
internal sealed record ApiServiceSpecDto(ServiceRefDto? Service);

internal sealed record ServiceRefDto(string? Namespace, string? Name);

internal sealed record ConditionsDto(List<ConditionDto?>? Conditions);

internal sealed record ServiceDto(ServiceSpecDto? Spec) : ObjectDto;

internal sealed record ServiceSpecDto(Dictionary<string, string?>? Selector, List<ServicePortDto?>? Ports);

/// <param name="Name">Null where there is only one.</param>
/// <param name="Port">The Service's own.</param>
/// <param name="TargetPort">The pod's: a number or a name.</param>
internal sealed record ServicePortDto(string? Name, int? Port, JsonElement? TargetPort);

internal sealed record CrdDto(CrdSpecDto? Spec, ConditionsDto? Status) : ObjectDto;

internal sealed record CrdSpecDto(List<CrdVersionDto?>? Versions);

internal sealed record CrdVersionDto(string? Name, bool? Served);

internal sealed record WebhooksDto(List<WebhookDto?>? Webhooks) : ObjectDto;

/// <param name="FailurePolicy">Fail or Ignore; the server writes its default, Fail, where nothing was said.</param>
/// <param name="ClientConfig">Whom it asks.</param>
/// <param name="Rules">What it is asked about.</param>
internal sealed record WebhookDto(string? FailurePolicy, WebhookClientDto? ClientConfig, List<WebhookRuleDto?>? Rules);

internal sealed record WebhookClientDto(ServiceRefDto? Service);

internal sealed record WebhookRuleDto(List<string?>? ApiGroups, List<string?>? Resources);
