using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api.Access;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api.Fairness;

/// <summary>Where one request is served: the first FlowSchema that takes it, and that one's priority level.</summary>
public sealed record Flow(string SchemaUid, string Level, string LevelUid)
{
    /// <summary>The real server puts these two on every answer, whether it was served or turned away.</summary>
    public ApiResponse On(ApiResponse response) => response with
    {
        Headers = [.. response.Headers, new("X-Kubernetes-PF-FlowSchema-UID", SchemaUid), new("X-Kubernetes-PF-PriorityLevel-UID", LevelUid)],
    };

    /// <summary>No place in its level: plain text, not a Status (apiserver: pkg/server/filters, tooManyRequests).</summary>
    public static ApiResponse TurnedAway() => new(429, "Too many requests, please try again later.\n"u8.ToArray())
    {
        ContentType = "text/plain; charset=utf-8",
        Headers = [new("Retry-After", "1")],
    };
}

/// <summary>
/// API Priority and Fairness as far as it sorts requests: by the FlowSchemas of the cluster, lowest matchingPrecedence first. Queues and seats are not
/// played: a level has room for all, or (<see cref="Faults.FaultPlan.Storm"/>) for none.
/// </summary>
public sealed class FlowSchemas
{
    private static readonly ImmutableArray<string> Administrators = ["system:masters", "system:authenticated"];
    private readonly SandboxCluster _cluster;
    private ImmutableArray<Schema> _read = [];
    private long _readAt = -1;

    public FlowSchemas(SandboxCluster cluster) => _cluster = cluster;

    /// <param name="caller">Null: an administrator.</param>
    /// <param name="request">What it asks.</param>
    public Flow? Of(Account? caller, ApiRequest request)
    {
        var (asked, path) = Attributes(request);
        var groups = caller is null ? Administrators : ["system:serviceaccounts", $"system:serviceaccounts:{caller.Namespace}", "system:authenticated"];
        return Schemas().FirstOrDefault(schema => schema.Rules.Any(rule => Matches(rule, caller, request.User, groups, asked, path)))?.Flow;
    }

    private ImmutableArray<Schema> Schemas()
    {
        var newest = _cluster.Store.All(Resources.FlowSchemas).Concat(_cluster.Store.All(Resources.PriorityLevels)).Sum(o => o.ResourceVersion);
        if (newest == _readAt)
            return _read;
        _readAt = newest;
        return _read =
        [
            .. from schema in _cluster.Store.All(Resources.FlowSchemas)
               let level = _cluster.Store.Find(Resources.PriorityLevels, "", schema.Spec.Object("priorityLevelConfiguration").Text("name") ?? "")
               where level is not null
               orderby schema.Spec.Whole("matchingPrecedence") ?? 1000, schema.Name
               select new Schema(new Flow(schema.Uid, level.Name, level.Uid), [.. schema.Spec.Array("rules") ?? []]),
        ];
    }

    private static (Attributes? Asked, string Path) Attributes(ApiRequest request)
    {
        var (group, rest) = request.Path.Trim('/').Split('/') switch
        {
            ["api", _, .. { Length: > 0 } r] => ("", r),
            ["apis", var g, _, .. { Length: > 0 } r] => (g, r),
            _ => ("", []),
        };
        string? ns = null;
        if (rest is ["namespaces", var named, _, ..])
            (ns, rest) = (named, rest[2..]);
        return (rest.Length == 0 ? null : Access.Attributes.Of(request, group, ns, rest), request.Path);
    }

    private static bool Matches(JsonNode? rule, Account? caller, string user, ImmutableArray<string> groups, Attributes? asked, string path) =>
        (rule.Array("subjects") ?? []).Any(s => s.Text("kind") switch
        {
            "User" => Is(s.Object("user").Text("name"), user),
            "Group" => groups.Any(g => Is(s.Object("group").Text("name"), g)),
            _ => caller is not null && s.Object("serviceAccount").Text("namespace") == caller.Namespace && Is(s.Object("serviceAccount").Text("name"), caller.Name),
        })
        && (asked is null
            ? (rule.Array("nonResourceRules") ?? []).Any(r => (r.Array("nonResourceURLs") ?? []).Any(u => u?.ToString() is { } url
                && (url == path || (url.EndsWith('*') && path.StartsWith(url[..^1], StringComparison.Ordinal)))))
            : (rule.Array("resourceRules") ?? []).Any(r => Names(r, "verbs", asked.Verb) && Names(r, "apiGroups", asked.Group) && Names(r, "resources", asked.Resource)
                && (asked.Namespace is { } ns ? Names(r, "namespaces", ns) : r.IsTrue("clusterScope"))));

    private static bool Is(string? written, string asked) => written == "*" || written == asked;

    private static bool Names(JsonNode? rule, string list, string asked) => (rule.Array(list) ?? []).Any(one => Is(one?.ToString(), asked));

    private sealed record Schema(Flow Flow, ImmutableArray<JsonNode?> Rules);
}
