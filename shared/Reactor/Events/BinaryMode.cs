using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Alerts;

namespace Sophia.Keda.Reactor.Events;

/// <summary>
/// CloudEvents in binary mode, as KEDA's <c>destination.http</c> sends them (KEDA, pkg/eventemitter/cloudevent_http_handler.go: the Go SDK's
/// default): the attributes in headers, the data as the body. Made structured, so that there is one reader.
/// </summary>
internal static class BinaryMode
{
    private const string Prefix = "ce-";

    private static readonly string[] Attributes = ["specversion", "id", "source", "type", "subject", "time"];

    /// <summary>A structured body says itself by its media type; what else has the version in a header is binary.</summary>
    public static bool IsUsed(IHeaderDictionary headers) =>
        headers.ContainsKey(Prefix + "specversion")
        && !headers.ContentType.ToString().TrimStart().StartsWith("application/cloudevents", StringComparison.OrdinalIgnoreCase);

    public static JsonElement ToStructured(IHeaderDictionary headers, JsonElement data)
    {
        var made = new JsonObject();
        foreach (var name in Attributes.Where(name => headers.ContainsKey(Prefix + name)))
        {
            // Values are percent-encoded (CloudEvents, HTTP protocol binding 1.0.2, 3.1.3.2).
            made[name] = Uri.UnescapeDataString(headers[Prefix + name].ToString());
        }

        made["data"] = new JsonObject { ["reason"] = AlertFields.Text(data, "reason"), ["message"] = AlertFields.Text(data, "message") };
        return JsonSerializer.SerializeToElement(made);
    }
}
