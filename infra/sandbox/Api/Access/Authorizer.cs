using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api.Access;

/// <summary>RBAC for ServiceAccounts, by the roles and bindings in the cluster. Whoever comes without such a token is an administrator.</summary>
public sealed class Authorizer
{
    private readonly SandboxCluster _cluster;

    public Authorizer(SandboxCluster cluster) => _cluster = cluster;

    public bool Allows(Account account, Attributes asked) =>
        Bound(account, Resources.ClusterRoleBindings, null).Concat(asked.Namespace is { } ns ? Bound(account, Resources.RoleBindings, ns) : [])
            .SelectMany(role => role.Document.Array("rules") ?? [])
            .Any(rule => Grants(rule, asked));

    /// <summary>A path that is no resource: /version, /apis and what is below.</summary>
    public bool Allows(Account account, string verb, string path) =>
        _cluster.Options.DefaultRoles
        || Bound(account, Resources.ClusterRoleBindings, null).SelectMany(role => role.Document.Array("rules") ?? [])
            .Any(rule => Names(rule, "verbs", verb) && (rule.Array("nonResourceURLs") ?? []).Any(url => url?.ToString() is { } said
                && (said == path || (said.EndsWith('*') && path.StartsWith(said[..^1], StringComparison.Ordinal)))));

    private IEnumerable<StoredObject> Bound(Account account, Resource bindings, string? ns)
    {
        foreach (var binding in _cluster.Store.All(bindings).Where(b => ns is null || b.Namespace == ns))
        {
            if (!(binding.Document.Array("subjects") ?? []).Any(s => IsFor(s, account, binding.Namespace)))
                continue;
            var to = binding.Document.Object("roleRef");
            var role = to.Text("kind") == "ClusterRole"
                ? _cluster.Store.Find(Resources.ClusterRoles, "", to.Text("name") ?? "")
                : _cluster.Store.Find(Resources.Roles, binding.Namespace, to.Text("name") ?? "");
            if (role is not null)
                yield return role;
        }
    }

    private static bool IsFor(JsonNode? subject, Account account, string ns) =>
        subject.Text("kind") == "ServiceAccount" && subject.Text("name") == account.Name && (subject.Text("namespace") ?? ns) == account.Namespace;

    private static bool Grants(JsonNode? rule, Attributes asked) =>
        Names(rule, "verbs", asked.Verb)
        && Names(rule, "apiGroups", asked.Group)
        && Names(rule, "resources", asked.Resource)
        && (rule.Array("resourceNames") is not { Count: > 0 } || (asked.Name is { } name && Names(rule, "resourceNames", name)));

    private static bool Names(JsonNode? rule, string list, string wanted) =>
        (rule.Array(list) ?? []).Any(one => one?.ToString() is { } said && (said == wanted || (said == "*" && list != "resourceNames")));
}
