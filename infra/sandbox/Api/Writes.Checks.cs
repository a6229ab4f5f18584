using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>What a write may not touch, and what must fit together in it.</summary>
public sealed partial class Writes
{
    /// <summary>The real server takes the last of two fields of one name and warns, unless it is asked to be strict, as kubectl asks it. Here it is always refused.</summary>
    private static readonly JsonDocumentOptions OneOfEach = new() { AllowDuplicateProperties = false };

    /// <summary>Those that the object owns live on without it.</summary>
    private void Orphan(StoredObject owner)
    {
        foreach (var resource in Resources.Stored.Where(r => r != Resources.Events))
        {
            foreach (var dependent in _cluster.Store.All(resource).Where(o => GarbageCollector.Owners(o).Contains(owner.Uid)).ToList())
            {
                _cluster.Store.Update(dependent, d =>
                {
                    var rest = new JsonArray([.. dependent.Metadata.Array("ownerReferences")!.Where(o => o.Text("uid") != owner.Uid).Select(o => o!.DeepClone())]);
                    d["metadata"]!["ownerReferences"] = rest;
                }, "generic-garbage-collector");
            }
        }
    }

    /// <summary>Fields that the server keeps, and the half of the object that this write may not touch.</summary>
    private static JsonObject Bound(StoredObject target, JsonObject document, bool status)
    {
        var metadata = (JsonObject)document["metadata"]!;
        foreach (var name in new[] { "uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "name", "namespace" })
        {
            if (target.Metadata[name] is { } own)
                metadata[name] = own.DeepClone();
            else
                metadata.Remove(name);
        }

        var (from, keep) = status ? (target.Document, "spec") : (target.Document, "status");
        if (!target.Resource.HasStatus)
            return document;
        if (from[keep] is { } kept)
            document[keep] = kept.DeepClone();
        else
            document.Remove(keep);
        return document;
    }

    /// <summary>The last thing that can go wrong: whatever is refused before is refused as ever.</summary>
    private void CheckStorage()
    {
        if (_cluster.Faults.WritesFail)
            throw ApiException.EtcdTimedOut();
    }

    private static void CheckIdentity(Resource resource, StoredObject target, JsonObject metadata)
    {
        if (metadata.Text("uid") is { } uid && uid != target.Uid)
            throw ApiException.Immutable(resource, target.Name, "metadata.uid", uid);
        if (metadata.Text("resourceVersion") is { Length: > 0 } version && version != target.ResourceVersion.ToString())
            throw ApiException.Modified(resource, target.Name);
        if (metadata.Text("name") is { } name && name != target.Name)
            throw ApiException.BadRequest($"the name of the object ({name}) does not match the name on the URL ({target.Name})");
    }

    private static void Place(Resource resource, JsonObject metadata, string? ns, string? name)
    {
        if (resource.Namespaced)
        {
            if (metadata.Text("namespace") is { } own && own != ns)
                throw ApiException.BadRequest($"the namespace of the provided object does not match the namespace sent on the request");
            metadata["namespace"] = ns;
        }

        if (name is not null && metadata.Text("name") is { } named && named != name)
            throw ApiException.BadRequest($"the name of the object ({named}) does not match the name on the URL ({name})");
        if (name is not null)
            metadata["name"] = name;
    }

    private void CheckNamespace(Resource resource, JsonObject document)
    {
        var (ns, name) = (document["metadata"].Text("namespace")!, document["metadata"].Text("name")!);
        if (_cluster.Store.Find(Resources.Namespaces, "", ns) is not { } found)
            throw ApiException.NotFound(Resources.Namespaces, ns);
        if (found.Deleting)
            throw ApiException.Forbidden($"{resource.Qualified} \"{name}\" is forbidden: unable to create new content in namespace {ns} because it is being terminated");
    }

    private static JsonObject Parse(ApiRequest request, Resource? resource = null) =>
        Node(request, resource) as JsonObject ?? throw ApiException.BadRequest("the object provided is unrecognized (must be of type object)");

    private static JsonNode? Node(ApiRequest request, Resource? resource = null)
    {
        if (request.ContentType.Contains("yaml", StringComparison.Ordinal))
            return Yaml.Parse(Encoding.UTF8.GetString(request.Body.Span));
        if (request.ContentType.Contains("protobuf", StringComparison.Ordinal))
            return (resource is null ? null : Schemas.Protobuf.Read(request.Body.Span, Schemas.SchemaTables.Of(resource))) ?? throw ApiException.UnsupportedBody();
        try
        {
            return JsonNode.Parse(request.Body.Span, nodeOptions: null, OneOfEach);
        }
        catch (JsonException e)
        {
            throw ApiException.BadRequest($"error decoding body: {e.Message}");
        }
    }
}
