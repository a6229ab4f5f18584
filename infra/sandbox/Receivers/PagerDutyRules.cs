using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Receivers;

/// <summary>What the Events API v2 refuses, and why.</summary>
public static class PagerDutyRules
{
    private static readonly string[] Severities = ["critical", "error", "warning", "info"];

    public static IReadOnlyList<string> Errors(JsonObject? message)
    {
        if (message is null)
            return ["Invalid JSON body"];
        var errors = new List<string>();
        if (message.Text("routing_key") is not { Length: 32 })
            errors.Add("'routing_key' must be a string of 32 characters");
        if (message.Text("event_action") is not ("trigger" or "acknowledge" or "resolve"))
            errors.Add("'event_action' must be trigger, acknowledge or resolve");
        if (message.Text("dedup_key") is { Length: > 255 })
            errors.Add("'dedup_key' is too long (maximum is 255 characters)");
        if (message.Text("event_action") is "acknowledge" or "resolve" && message.Text("dedup_key") is not { Length: > 0 })
            errors.Add("'dedup_key' is missing or blank");
        if (message.Text("event_action") != "trigger")
            return errors;
        var payload = message.Object("payload");
        if (payload.Text("summary") is not { Length: > 0 })
            errors.Add("'payload.summary' is missing or blank");
        if (payload.Text("summary") is { Length: > 1024 })
            errors.Add("'payload.summary' is too long (maximum is 1024 characters)");
        if (payload.Text("source") is not { Length: > 0 })
            errors.Add("'payload.source' is missing or blank");
        if (!Severities.Contains(payload.Text("severity")))
            errors.Add("'payload.severity' must be critical, error, warning or info");
        return errors;
    }
}
