using Sophia.Keda.Reactor.Sandbox.Api;
using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

/// <summary>A request as RBAC sees it.</summary>
/// <param name="Group">API group; "" for the core, null for a path that names no resource.</param>
/// <param name="Resource">With its subresource: deployments/scale; or the path.</param>
/// <param name="Namespace">Null for the whole cluster.</param>
/// <param name="Name">The object, or the one that a list's field selector metadata.name asks for.</param>
internal sealed record Asked(string Verb, string? Group, string Resource, string? Namespace, string? Name)
{
    /// <summary>What the API server's own parser of requests makes of one; an apply that creates is asked for twice.</summary>
    public static IEnumerable<Asked> Of(ApiRequest request, int status)
    {
        var parts = request.Path.Trim('/').Split('/');
        var (group, rest) = parts switch
        {
            ["api", _, .. var core] => ("", core),
            ["apis", var named, _, .. var grouped] => (named, grouped),
            _ => (null, []),
        };
        if (group is null || rest.Length == 0)
        {
            yield return new Asked(request.Method.ToLowerInvariant(), null, request.Path, null, null);
            yield break;
        }

        string? ns = null;
        if (rest is ["namespaces", var inside, _, ..]) (ns, rest) = (inside, rest[2..]);
        var name = rest.Length > 1 ? rest[1] : null;
        var resource = rest.Length > 2 ? $"{rest[0]}/{rest[2]}" : rest[0];
        var verb = request.Method switch
        {
            "GET" when name is null => request.Query.ContainsKey("watch") ? "watch" : "list",
            "GET" => "get",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => name is null ? "deletecollection" : "delete",
            _ => throw new InvalidOperationException($"{request.Method} {request.Path}"),
        };
        const string ByName = "metadata.name=";
        if (verb == "list" && request.Query.TryGetValue("fieldSelector", out var selector) && selector.StartsWith(ByName, StringComparison.Ordinal))
            name = selector[ByName.Length..];
        yield return new Asked(verb, group, resource, ns, name);
        if (verb == "patch" && status == 201) yield return new Asked("create", group, resource, ns, null);
    }
}

/// <summary>One grain of a ClusterRole: a verb on a resource, where it is bound.</summary>
/// <param name="Namespace">Null: bound in the whole cluster.</param>
internal sealed record Right(string Verb, string? Group, string Resource, string? Name, string? Namespace)
{
    public override string ToString() => $"{Verb} {Resource}{(Group is { Length: > 0 } ? "." + Group : "")}{(Name is null ? "" : $" named {Name}")}";

    public bool Allows(Asked asked) =>
        asked.Verb == Verb
        && asked.Group == Group
        && (Group is null && Resource.EndsWith('*') ? asked.Resource.StartsWith(Resource[..^1], StringComparison.Ordinal) : asked.Resource == Resource)
        && (Name is null || asked.Name == Name)
        && (Namespace is null || asked.Namespace == Namespace);

    /// <summary>All that the account has by the bindings among these documents.</summary>
    public static IReadOnlyList<Right> Of(IReadOnlyList<YamlMappingNode> documents, string account, string inNamespace) =>
    [
        .. from binding in documents
           where binding.Word("kind") is "RoleBinding" or "ClusterRoleBinding"
           where binding.Each("subjects").Any(s => s.Word("kind") == "ServiceAccount" && s.Word("name") == account && s.Word("namespace") == inNamespace)
           let ns = binding.Word("kind") == "RoleBinding" ? binding.Word("metadata", "namespace") : null
           from rule in documents.Single(d => d.Word("kind") == binding.Word("roleRef", "kind") && d.Word("metadata", "name") == binding.Word("roleRef", "name")
               && (d.Word("kind") == "ClusterRole" || d.Word("metadata", "namespace") == ns)).Each("rules")
           from verb in rule.Words("verbs")
           from right in Grains(rule, verb, ns)
           select right,
    ];

    private static IEnumerable<Right> Grains(YamlNode rule, string verb, string? ns)
    {
        foreach (var path in rule.Words("nonResourceURLs")) yield return new Right(verb, null, path, null, ns);
        foreach (var group in rule.Words("apiGroups"))
        {
            foreach (var resource in rule.Words("resources"))
            {
                string?[] names = rule.Words("resourceNames") is { Count: > 0 } some ? [.. some] : [null];
                foreach (var name in names) yield return new Right(verb, group, resource, name, ns);
            }
        }
    }
}
