using System.Text;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api.Admission;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>Create, replace, patch, apply and delete, with the checks of the real server in its order.</summary>
public sealed partial class Writes
{
    private readonly SandboxCluster _cluster;
    private readonly AdmissionPolicies _policies;

    public Writes(SandboxCluster cluster, AdmissionPolicies policies) => (_cluster, _policies) = (cluster, policies);

    public ApiResponse Create(Resource resource, string? ns, ApiRequest request)
    {
        var document = Parse(request);
        var metadata = document.Ensure("metadata");
        Place(resource, metadata, ns, metadata.Text("name"));
        if (metadata.Text("name") is not { Length: > 0 })
        {
            if (metadata.Text("generateName") is not { Length: > 0 } prefix)
                throw ApiException.Invalid(resource, "", "metadata.name", "Required value: name or generateName is required", "FieldValueRequired");
            metadata["name"] = $"{prefix}{SeededRandom.Hash(_cluster.Store.ResourceVersion.ToString()) % 0xFFFFF:x5}";
        }

        var name = metadata.Text("name")!;
        if (_cluster.Store.Find(resource, resource.Namespaced ? ns! : "", name) is not null)
            throw ApiException.AlreadyExists(resource, name);
        foreach (var own in new[] { "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "deletionTimestamp" })
            metadata.Remove(own);
        var stored = Documents.Incoming(resource, document);
        if (resource.HasStatus && resource.Custom)
            stored.Remove("status");
        else if (resource.HasScale)
            stored["status"] = new JsonObject();
        return Finish(resource, null, stored, request, 201);
    }

    public ApiResponse Replace(Resource resource, StoredObject target, ApiRequest request, bool status)
    {
        var document = Documents.Incoming(resource, Parse(request));
        var metadata = document.Ensure("metadata");
        CheckIdentity(resource, target, metadata);
        return Finish(resource, target, Bound(target, document, status), request, 200, subresource: status ? "status" : null);
    }

    public ApiResponse Patch(Resource resource, string? ns, string name, StoredObject? target, ApiRequest request, bool status)
    {
        var type = request.ContentType.Split(';')[0].Trim();
        if (type == "application/apply-patch+yaml")
            return Apply(resource, ns, name, target, request);
        if (target is null)
            throw ApiException.NotFound(resource, name);
        JsonObject document;
        switch (type)
        {
            case "application/merge-patch+json":
            case "application/strategic-merge-patch+json" when !resource.Custom:
                var patch = Parse(request);
                document = type.Contains("strategic", StringComparison.Ordinal)
                    ? Patches.Strategic(target.Document.Copy(), patch)
                    : (JsonObject)Patches.Merge(target.Document.Copy(), patch)!;
                if (patch.Object("metadata").Text("resourceVersion") is { } version && version != target.ResourceVersion.ToString())
                    throw ApiException.Modified(resource, name);
                break;
            case "application/json-patch+json":
                document = Patches.Apply(target.Document, Node(request));
                break;
            default:
                throw ApiException.UnsupportedPatch(resource.Custom);
        }

        if (!resource.Custom)
        {
            document.Remove("kind");
            document.Remove("apiVersion");
        }

        CheckIdentity(resource, target, document.Ensure("metadata"));
        return Finish(resource, target, Bound(target, resource.Custom ? (JsonObject)Json.Sorted(document)! : document, status), request, 200,
            subresource: status ? "status" : null);
    }

    public ApiResponse Delete(Resource resource, StoredObject target, ApiRequest request)
    {
        var options = request.Body.Length > 2 ? Parse(request) : [];
        var asked = options.Object("preconditions");
        if (asked.Text("uid") is { } uid && uid != target.Uid)
            throw ApiException.WrongUid(resource, target.Name, uid, target.Uid);
        if (asked.Text("resourceVersion") is { } version && version != target.ResourceVersion.ToString())
            throw ApiException.WrongVersion(resource, target.Name, version, target.ResourceVersion.ToString());
        _policies.Check(new AdmissionAsk("DELETE", resource, null, target.Namespace, target.Name, null, target.Document, request));
        var dry = request.DryRun || (options.Array("dryRun") ?? []).Any(d => d?.ToString() == "All");
        if (!dry)
            CheckStorage();
        if (!dry && (request.Ask("propagationPolicy") ?? options.Text("propagationPolicy")) == "Orphan")
            Orphan(target);
        if (!dry && resource == Resources.Namespaces)
            _cluster.Namespaces.Terminate(target, request.FieldManager);
        else if (!dry)
            _cluster.Store.Delete(target, request.FieldManager);
        if (!target.Gone && !dry)
            return new ApiResponse(200, Documents.Single(resource, target));
        var details = new JsonObject { ["name"] = target.Name };
        if (resource.Group.Length > 0)
            details["group"] = resource.Group;
        details["kind"] = resource.Plural;
        details["uid"] = target.Uid;
        return ApiResponse.Json(200, new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Success",
            ["details"] = details,
        });
    }

    private ApiResponse Apply(Resource resource, string? ns, string name, StoredObject? target, ApiRequest request)
    {
        if (request.Ask("fieldManager") is not { Length: > 0 } manager)
            throw ApiException.BadRequest("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch");
        var applied = Yaml.Parse(Encoding.UTF8.GetString(request.Body.Span)) ?? throw ApiException.BadRequest("error decoding YAML");
        if (applied.Text("apiVersion") is null || applied.Text("kind") is null)
            throw ApiException.BadRequest("Object 'Kind' is missing in applied configuration");
        var metadata = applied.Ensure("metadata");
        if (metadata["managedFields"] is JsonArray { Count: > 0 })
            throw ApiException.BadRequest("metadata.managedFields must be nil");
        Place(resource, metadata, ns, name);
        if (metadata.Text("uid") is { } uid && target?.Uid != uid)
            throw target is null
                ? ApiException.WrongUid(resource, name, uid, "")
                : ApiException.Immutable(resource, name, "metadata.uid", uid);
        if (metadata.Text("resourceVersion") is { } version && version != target?.ResourceVersion.ToString())
            throw ApiException.Modified(resource, name);
        foreach (var own in new[] { "uid", "resourceVersion", "managedFields", "creationTimestamp" })
            metadata.Remove(own);
        if (!resource.Custom)
        {
            applied.Remove("kind");
            applied.Remove("apiVersion");
        }

        applied.Remove("status");
        var result = ManagedFields.Apply(resource, name, target?.Document, applied, manager, request.IsTrue("force"), _cluster.Now);
        if (target is null)
            result = Documents.Incoming(resource, result);
        return Finish(resource, target, target is null ? result : Bound(target, resource.Custom ? (JsonObject)Json.Sorted(result)! : result, status: false),
            request, target is null ? 201 : 200, recorded: true);
    }

    /// <summary>The last steps of every write: validation, admission, field owners, the write itself unless it is a dry run.</summary>
    private ApiResponse Finish(Resource resource, StoredObject? target, JsonObject document, ApiRequest request, int status, bool recorded = false, string? subresource = null)
    {
        Quantities.Normalise(resource, document);
        Validation.Check(resource, document);
        if (target is null && resource.Namespaced)
            CheckNamespace(resource, document);
        var metadata = document["metadata"];
        _policies.Check(new AdmissionAsk(target is null ? "CREATE" : "UPDATE", resource, subresource, metadata.Text("namespace") ?? "", metadata.Text("name")!, document, target?.Document, request));
        var response = new ApiResponse(status, default);
        if (resource == Resources.ScaledObjects && target is not { Deleting: true } && _cluster.Registry.WebhookFailure() is { } failure)
            throw ApiException.Internal(failure);
        if (resource == Resources.ScaledObjects && _cluster.Webhook is { Running: true, Asked: true } && target is not { Deleting: true })
        {
            if (_cluster.Webhook.Refusal(document) is { } refusal)
                throw ApiException.Forbidden(refusal);
            response = response with { Headers = [.. Keda.AdmissionWebhook.Warnings(document).Select(w => new KeyValuePair<string, string>("Warning", $"299 - \"{w}\""))] };
        }

        if (!recorded)
            ManagedFields.Record(resource, target?.Document, document, request.FieldManager, _cluster.Now, subresource);
        if (request.DryRun)
            return response with { Body = Documents.Single(resource, document) };
        CheckStorage();
        if (target is null)
            target = _cluster.Store.Create(resource, document, request.FieldManager);
        else
            _cluster.Store.Replace(target, document, request.FieldManager);
        return response with { Body = Tables.Asked(request) ? Json.Bytes(Tables.List(_cluster, resource, [target], [])) : Documents.Single(resource, target) };
    }
}
