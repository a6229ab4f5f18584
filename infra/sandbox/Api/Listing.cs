using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>LIST: pages by an opaque token, copies the bytes that each object keeps.</summary>
public static class Listing
{
    public static ApiResponse List(SandboxCluster cluster, Resource resource, string? ns, ApiRequest request)
    {
        var stored = resource == Resources.EventsV1 ? Resources.Events : resource;
        var matches = Selectors.Parse(resource, request);
        var (after, first) = Continue(request.Ask("continue"), cluster);
        var picture = cluster.Faults.Lists.Shown(first);
        var version = first ?? picture?.ResourceVersion ?? cluster.Store.ResourceVersion;
        var limit = int.TryParse(request.Ask("limit"), out var asked) && asked > 0 ? asked : int.MaxValue;

        var page = new List<StoredObject>();
        var remaining = 0;
        foreach (var one in picture?.Objects[stored] ?? cluster.Store.All(stored))
        {
            if ((ns is not null && one.Namespace != ns) || (after is { } start && one.Key.CompareTo(start) <= 0) || (matches is not null && !matches(one)))
                continue;
            if (page.Count < limit)
                page.Add(one);
            else
                remaining++;
        }

        var metadata = new JsonObject();
        if (resource.Custom && remaining == 0)
            metadata["continue"] = "";
        if (!resource.Custom)
            metadata["resourceVersion"] = version.ToString();
        if (remaining > 0)
        {
            metadata["continue"] = Token(page[^1].Key, version);
            if (matches is null)
                metadata["remainingItemCount"] = remaining;
        }

        if (resource.Custom)
            metadata["resourceVersion"] = version.ToString();
        return Tables.Asked(request)
            ? ApiResponse.Json(200, Tables.List(cluster, resource, page, metadata))
            : new ApiResponse(200, Write(resource, page, metadata));
    }

    private static byte[] Write(Resource resource, List<StoredObject> page, JsonObject metadata)
    {
        var buffer = new ArrayBufferWriter<byte>(page.Count * 2048 + 256);
        var meta = Json.Line(metadata);
        buffer.Write(Encoding.UTF8.GetBytes(resource.Custom
            ? $"{{\"apiVersion\":\"{resource.ApiVersion}\",\"items\":["
            : $"{{\"kind\":\"{resource.Kind}List\",\"apiVersion\":\"{resource.ApiVersion}\",\"metadata\":{meta},\"items\":["));
        for (var i = 0; i < page.Count; i++)
        {
            if (i > 0)
                buffer.Write(","u8);
            buffer.Write(Documents.Item(resource, page[i]));
        }

        buffer.Write(Encoding.UTF8.GetBytes(resource.Custom ? $"],\"kind\":\"{resource.Kind}List\",\"metadata\":{meta}}}" : "]}"));
        return buffer.WrittenSpan.ToArray();
    }

    private static string Token(ObjectKey last, long version) =>
        Base64Url.EncodeToString(Json.Bytes(new JsonObject { ["v"] = "meta.k8s.io/v1", ["rv"] = version, ["start"] = last.Namespace + "\0" + last.Name }));

    /// <summary>Every page is labelled with the first page's version; a token from too long ago is refused as the real server does.</summary>
    private static (ObjectKey? After, long? Version) Continue(string? token, SandboxCluster cluster)
    {
        if (string.IsNullOrEmpty(token))
            return (null, null);
        JsonObject? parsed = null;
        try
        {
            parsed = JsonNode.Parse(Base64Url.DecodeFromChars(token)) as JsonObject;
        }
        catch (Exception e) when (e is FormatException or System.Text.Json.JsonException)
        {
            // Said below, in the server's own words.
        }

        if (parsed.Text("start") is not { } start || start.Split('\0') is not [var ns, var name] || parsed?["rv"]?.GetValue<long>() is not { } version)
            throw ApiException.BadRequest("invalid continue token: continue key is not valid: invalid character 'i' looking for beginning of value");
        return version < cluster.Store.OldestWatchable ? throw ApiException.Expired() : (new ObjectKey(ns, name), version);
    }
}
