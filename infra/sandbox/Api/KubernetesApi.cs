using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Faults;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>The API server: one request in, one response out, at the cluster's present time. It neither waits nor reads a clock.</summary>
public sealed class KubernetesApi
{
    private readonly SandboxCluster _cluster;
    private readonly Writes _writes;

    public KubernetesApi(SandboxCluster cluster)
    {
        _cluster = cluster;
        _writes = new Writes(cluster);
    }

    public ApiResponse Handle(ApiRequest request)
    {
        var fault = _cluster.Faults.Strike(request);
        switch (fault?.Kind)
        {
            case ApiFaultKind.Status:
                return ApiException.Broken(fault.Status, fault.RetryAfter).Response() with { Delay = fault.Delay };
            case ApiFaultKind.Hang:
                return new ApiResponse(0, default) { Ending = ApiEnding.Hang };
            case ApiFaultKind.ResetBefore:
                return new ApiResponse(0, default) { Ending = ApiEnding.Reset, Delay = fault.Delay };
            default:
                var response = Answer(request);
                _cluster.EndStep();
                return response with
                {
                    Delay = fault?.Delay ?? TimeSpan.Zero,
                    Ending = fault?.Kind == ApiFaultKind.ResetAfter ? ApiEnding.Reset : ApiEnding.Answer,
                };
        }
    }

    private ApiResponse Answer(ApiRequest request)
    {
        try
        {
            return Discovery.Handle(request) ?? OpenApi.Handle(request) ?? Route(request);
        }
        catch (ApiException refusal)
        {
            return refusal.Response();
        }
        catch (System.Text.Json.JsonException e)
        {
            return ApiException.BadRequest($"error decoding body: {e.Message}").Response();
        }
    }

    private ApiResponse Route(ApiRequest request)
    {
        var path = request.Path.Trim('/').Split('/');
        var (group, version, rest) = path switch
        {
            ["api", var v, .. var r] => ("", v, r),
            ["apis", var g, var v, .. var r] => (g, v, r),
            _ => throw ApiException.NoSuchPath(),
        };
        if (group == "authorization.k8s.io" && rest is ["selfsubjectaccessreviews"] && request.Method == "POST")
            return Reviews.Allow(request);
        string? ns = null;
        if (rest is ["namespaces", var named, _, ..])
            (ns, rest) = (named, rest[2..]);
        if (rest.Length == 0 || Resources.Find(group, version, rest[0]) is not { } resource || (ns is not null && !resource.Namespaced))
            throw ApiException.NoSuchPath();
        return rest switch
        {
            [_] => Collection(resource, ns, request),
            [_, var name] => One(resource, ns, name, request, status: false),
            [_, var name, "status"] when resource.HasStatus => One(resource, ns, name, request, status: true),
            [_, var name, "scale"] when resource.HasScale => Scale.Handle(_cluster, Find(resource, ns, name) ?? throw ApiException.NotFound(resource, name), request),
            _ => throw ApiException.NoSuchPath(),
        };
    }

    private ApiResponse Collection(Resource resource, string? ns, ApiRequest request)
    {
        switch (request.Method)
        {
            case "GET" when request.IsTrue("watch"):
                if (request.IsTrue("sendInitialEvents"))
                    throw ApiException.Unprocessable("ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled");
                return new ApiResponse(200, default) { Watch = new WatchCursor(_cluster, resource, ns, request) };
            case "GET" or "HEAD":
                return Listing.List(_cluster, resource, ns, request);
            case "POST" when resource != Resources.EventsV1:
                if (resource.Namespaced && ns is null)
                    throw ApiException.MethodNotAllowed();
                if (resource.Namespaced && _cluster.Store.Find(Resources.Namespaces, "", ns!) is null)
                    throw ApiException.NotFound(Resources.Namespaces, ns!);
                return _writes.Create(resource, ns, request);
            case "DELETE":
                return DeleteAll(resource, ns, request);
            default:
                throw ApiException.MethodNotAllowed();
        }
    }

    private ApiResponse DeleteAll(Resource resource, string? ns, ApiRequest request)
    {
        var matches = Selectors.Parse(resource, request);
        var listed = Listing.List(_cluster, resource, ns, request);
        foreach (var one in _cluster.Store.All(resource == Resources.EventsV1 ? Resources.Events : resource).Where(o => (ns is null || o.Namespace == ns) && (matches is null || matches(o))).ToList())
        {
            if (!request.DryRun)
                _cluster.Store.Delete(one, request.FieldManager);
        }

        return listed;
    }

    private ApiResponse One(Resource resource, string? ns, string name, ApiRequest request, bool status)
    {
        if (resource.Namespaced && ns is null)
            throw ApiException.NoSuchPath();
        var found = Find(resource, ns, name);
        switch (request.Method)
        {
            case "PATCH":
                return _writes.Patch(resource, ns, name, found, request, status);
            case "PUT":
                return _writes.Replace(resource, found ?? throw ApiException.NotFound(resource, name), request, status);
            case "GET" or "HEAD" when found is not null:
                return Tables.Asked(request)
                    ? ApiResponse.Json(200, Tables.List(_cluster, resource, [found], new JsonObject { ["resourceVersion"] = found.ResourceVersion.ToString() }))
                    : new ApiResponse(200, Documents.Single(resource, found));
            case "DELETE" when found is not null:
                return _writes.Delete(resource, found, request);
            case "GET" or "HEAD" or "DELETE":
                throw ApiException.NotFound(resource, name);
            default:
                throw ApiException.MethodNotAllowed();
        }
    }

    private StoredObject? Find(Resource resource, string? ns, string name) =>
        _cluster.Store.Find(resource == Resources.EventsV1 ? Resources.Events : resource, resource.Namespaced ? ns! : "", name);
}
