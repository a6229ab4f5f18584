using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api.Access;
using Sophia.Keda.Reactor.Sandbox.Api.Admission;
using Sophia.Keda.Reactor.Sandbox.Api.Fairness;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Faults;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>The API server: one request in, one response out, at the cluster's present time. It neither waits nor reads a clock.</summary>
public sealed class KubernetesApi
{
    private readonly SandboxCluster _cluster;
    private readonly AdmissionPolicies _policies;
    private readonly Writes _writes;
    private readonly Accounts _accounts;
    private readonly Authorizer _authorizer;
    private readonly FlowSchemas _flows;

    public KubernetesApi(SandboxCluster cluster)
    {
        _cluster = cluster;
        _policies = new AdmissionPolicies(cluster);
        _writes = new Writes(cluster, _policies);
        _accounts = new Accounts(cluster);
        _authorizer = new Authorizer(cluster);
        _flows = new FlowSchemas(cluster);
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
            case ApiFaultKind.DeletedBefore when Named(request) is { } named:
                _cluster.Store.Delete(named, "somebody");
                goto default;
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

    /// <summary>The object that a path names.</summary>
    private StoredObject? Named(ApiRequest request) => request.Path.Trim('/').Split('/') switch
    {
        ["apis", var group, _, "namespaces", var ns, var plural, var name, ..] => Stored(group, plural, ns, name),
        ["api", _, "namespaces", var ns, var plural, var name, ..] => Stored("", plural, ns, name),
        ["apis", var group, _, var plural, var name] => Stored(group, plural, "", name),
        _ => null,
    };

    private StoredObject? Stored(string group, string plural, string ns, string name) =>
        Resources.Stored.FirstOrDefault(r => r.Group == group && r.Plural == plural) is { } resource ? _cluster.Store.Find(resource, ns, name) : null;

    private ApiResponse Answer(ApiRequest request)
    {
        Account? caller;
        try
        {
            caller = _accounts.Of(request);
        }
        catch (ApiException refusal)
        {
            return refusal.Response();
        }

        if (caller is not null)
            request = request with { User = caller.User };
        var flow = _flows.Of(caller, request);
        var response = flow is not null && flow.Level == _cluster.Faults.Storm ? Flow.TurnedAway() : Served(caller, request);
        return flow is null ? response : flow.On(response);
    }

    private ApiResponse Served(Account? caller, ApiRequest request)
    {
        try
        {
            if (caller is not null)
                AuthorizePath(caller, request);
            return Discovery.Handle(request, _cluster) ?? OpenApi.Handle(request, _cluster.Served) ?? Route(request, caller);
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

    private ApiResponse Route(ApiRequest request, Account? caller)
    {
        var path = request.Path.Trim('/').Split('/');
        var (group, version, rest) = path switch
        {
            ["api", var v, .. var r] => ("", v, r),
            ["apis", var g, var v, .. var r] => (g, v, r),
            _ => throw ApiException.NoSuchPath(),
        };
        if (group == "authorization.k8s.io" && rest is ["selfsubjectaccessreviews"] && request.Method == "POST")
        {
            if (caller is not null && !_cluster.Options.DefaultRoles)
                Authorize(caller, request, group, null, rest);
            return Reviews.Answer(request, caller, _authorizer);
        }

        string? ns = null;
        if (rest is ["namespaces", var named, _, ..])
            (ns, rest) = (named, rest[2..]);
        if (caller is not null && rest.Length > 0)
            Authorize(caller, request, group, ns, rest);
        if (ns == KedaInstallation.Namespace && rest is ["services", var service, "proxy", "metrics"] && service.Split(':').Contains(KedaInstallation.Operator))
            return MetricsOfTheOperator();
        if (rest.Length == 0 || _cluster.Served.FirstOrDefault(r => r.Plural == rest[0] && r.Group == group && r.Version == version) is not { } resource || (ns is not null && !resource.Namespaced))
            throw ApiException.NoSuchPath();
        return rest switch
        {
            [_] => Collection(resource, ns, request),
            [_, var name] => One(resource, ns, name, request, status: false),
            [_, var name, "status"] when resource.HasStatus => One(resource, ns, name, request, status: true),
            [_, var name, "token"] when resource == Resources.ServiceAccounts && request.Method == "POST" => _accounts.Token(Find(resource, ns, name) ?? throw ApiException.NotFound(resource, name), request),
            [_, var name, "scale"] when resource.HasScale => Scale.Handle(_cluster, _policies, Find(resource, ns, name) ?? throw ApiException.NotFound(resource, name), request),
            _ => throw ApiException.NoSuchPath(),
        };
    }

    private void AuthorizePath(Account caller, ApiRequest request)
    {
        var resource = request.Path.Trim('/').Split('/') is ["api", _, _, ..] or ["apis", _, _, _, ..];
        if (!resource && !_authorizer.Allows(caller, request.Method.ToLowerInvariant(), request.Path))
            throw ApiException.Forbidden($"forbidden: User \"{caller.User}\" cannot {request.Method.ToLowerInvariant()} path \"{request.Path}\"");
    }

    private void Authorize(Account caller, ApiRequest request, string group, string? ns, string[] rest)
    {
        var asked = Attributes.Of(request, group, ns, rest);
        if (!_authorizer.Allows(caller, asked))
            throw ApiException.Forbidden(asked.Refusal(caller));

        // An apply of what is not there yet makes it.
        var made = asked with { Verb = "create", Name = null };
        if (asked.Verb == "patch" && request.ContentType.StartsWith("application/apply-patch", StringComparison.Ordinal)
            && _cluster.Served.FirstOrDefault(r => r.Group == group && r.Plural == asked.Resource) is { } resource
            && Find(resource, ns, asked.Name!) is null && !_authorizer.Allows(caller, made))
            throw ApiException.Forbidden(made.Refusal(caller));
    }

    /// <summary>What a Prometheus without a way into the pod network, or a person, gets through the API server.</summary>
    private ApiResponse MetricsOfTheOperator() => _cluster.Metrics.Text() is { } text
        ? new ApiResponse(200, System.Text.Encoding.UTF8.GetBytes(text)) { ContentType = "text/plain; version=0.0.4; charset=utf-8" }
        : throw ApiException.Broken(503, null);

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
        if (!request.DryRun && _cluster.Faults.WritesFail)
            throw ApiException.EtcdTimedOut();
        foreach (var one in _cluster.Store.All(resource == Resources.EventsV1 ? Resources.Events : resource).Where(o => (ns is null || o.Namespace == ns) && (matches is null || matches(o))).ToList())
        {
            _policies.Check(new AdmissionAsk("DELETE", resource, null, one.Namespace, one.Name, null, one.Document, request));
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
