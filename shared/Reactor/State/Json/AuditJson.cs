using System.Collections.Immutable;
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
        var found = Parse(json);
        return new AuditRecord
        {
            At = Member<DateTimeOffset?>(found, "at") ?? DateTimeOffset.UnixEpoch,
            Kind = Member<AuditKind?>(found, "kind") ?? AuditKind.Decision,
            Reason = Reason.RecordOfOtherVersion,
            Actor = Member<string>(found, "actor") ?? "unknown",
            IncidentId = Member<string>(found, "incidentId"),
            Target = Member<TargetId?>(found, "target"),
            Text = Member<string>(found, "text") ?? "A record that this version can't read.",
            Facts = ImmutableSortedDictionary<string, string>.Empty
                .Add("reason", Member<string>(found, "reason") ?? "(none)")
                .Add("record", json),
        };
    }

    private static JsonObject? Parse(string json)
    {
        try
        {
            return ReactorJson.Tree(json);
        }
        catch (JsonException)
        {
            // Not even an object: what stands there is shown as it is.
            return null;
        }
    }

    private static T? Member<T>(JsonObject? found, string name)
    {
        try
        {
            return found?[name] is { } member ? member.Deserialize<T>(ReactorJson.Options) : default;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperation: a text that is no Unicode.
            return default;
        }
    }
}
