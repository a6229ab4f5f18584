using System.Text.Json;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.State.Json;

/// <summary>Audit records as stores keep them.</summary>
public static class AuditJson
{
    /// <summary>A record that can't be read whole comes as far as it can: a newer version may know reasons that this one does not.</summary>
    public static AuditRecord Read(string json)
    {
        try
        {
            return ReactorJson.Read<AuditRecord>(json);
        }
        catch (JsonException)
        {
            return AsFarAsPossible(json);
        }
    }

    private static AuditRecord AsFarAsPossible(string json)
    {
        JsonObject? found = null;
        try
        {
            found = JsonNode.Parse(json) as JsonObject;
        }
        catch (JsonException)
        {
            // Not even JSON: what stands there is shown as it is.
        }

        return new AuditRecord
        {
            At = DateTimeOffset.TryParse(Text(found, "at"), out var at) ? at : DateTimeOffset.UnixEpoch,
            Kind = Enum.TryParse<AuditKind>(Text(found, "kind"), out var kind) && Enum.IsDefined(kind) ? kind : AuditKind.Decision,
            Reason = Reason.RecordOfOtherVersion,
            Actor = Text(found, "actor") ?? "unknown",
            IncidentId = Text(found, "incidentId"),
            Text = Text(found, "text") ?? "A record that this version can't read.",
            Facts = System.Collections.Immutable.ImmutableSortedDictionary<string, string>.Empty
                .Add("reason", Text(found, "reason") ?? "(none)")
                .Add("record", json),
        };
    }

    private static string? Text(JsonObject? found, string member) =>
        found?[member] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
