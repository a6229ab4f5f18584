using System.Text.Json;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Alerts;

/// <summary>
/// Azure Monitor's common alert schema, as an action group posts it for an alert of Azure Managed Prometheus (Microsoft Learn, "Common alert
/// schema": <c>data.essentials</c>, and <c>data.alertContext</c> with the rule's labels and annotations). One body is one alert. Only a body of
/// another schema is refused: an alert of another service is ignored, since action groups are shared, and a call that fails may cost this
/// address a quarter of an hour of silence.
/// </summary>
public static class AzureMonitorPayload
{
    /// <summary>A real one has a few kilobytes.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const string SchemaId = "azureMonitorCommonAlertSchema";

    public static Reading<ParsedNotification> Parse(ReadOnlyMemory<byte> body, Policy policy, DateTimeOffset now) =>
        JsonBody.Read(body, MaxBytes, "An alert of the common schema is never so large.", root => Read(root, policy, now));

    private static Reading<ParsedNotification> Read(JsonElement root, Policy policy, DateTimeOffset now)
    {
        var schema = AlertFields.Text(root, "schemaId");
        var data = AlertFields.Member(root, "data");
        if (schema != SchemaId || AlertFields.Member(data, "essentials") is not { ValueKind: JsonValueKind.Object } essentials)
        {
            var found = schema is null ? "no `schemaId`" : schema == SchemaId ? "no object `data.essentials`" : $"`schemaId` \"{Text.Clean(schema, 60)}\"";
            return new Refusal(400, "Not the common alert schema",
                $"Found {found}; expected \"{SchemaId}\" with `data.essentials` and `data.alertContext`. Enable the common alert schema for this webhook in the action group.");
        }

        var context = AlertFields.Member(data, "alertContext") ?? default;
        return AzureMonitorReader.Read(essentials, context, policy, now, out var why) is { } signal
            ? new ParsedNotification { Signals = [signal] }
            : new ParsedNotification { Ignored = [why!] };
    }
}
