using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api.Access;

/// <summary>A request for a resource, as the authorizer sees it.</summary>
/// <param name="Resource">With its subresource: deployments/scale.</param>
/// <param name="Namespace">Null: in the whole cluster.</param>
public sealed record Attributes(string Verb, string Group, string Resource, string? Namespace, string? Name)
{
    private const string ByName = "metadata.name=";

    public static Attributes Of(ApiRequest request, string group, string? ns, string[] rest)
    {
        var name = rest.Length > 1 ? rest[1] : null;
        var verb = request.Method switch
        {
            "GET" or "HEAD" when name is null => request.IsTrue("watch") ? "watch" : "list",
            "GET" or "HEAD" => "get",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" => name is null ? "deletecollection" : "delete",
            _ => request.Method.ToLowerInvariant(),
        };

        // A list of one named object counts as a request for that object.
        if (name is null && request.Ask("fieldSelector") is { } selector && selector.StartsWith(ByName, StringComparison.Ordinal))
            name = selector[ByName.Length..];
        return new Attributes(verb, group, rest.Length > 2 ? $"{rest[0]}/{rest[2]}" : rest[0], ns, name);
    }

    /// <summary>The real server's own words for a refusal.</summary>
    public string Refusal(Account by)
    {
        var one = Name is null ? "" : $" \"{Name}\"";
        var where = Namespace is null ? "at the cluster scope" : $"in the namespace \"{Namespace}\"";
        var qualified = Group.Length == 0 ? Resource.Split('/')[0] : $"{Resource.Split('/')[0]}.{Group}";
        return $"{qualified}{one} is forbidden: User \"{by.User}\" cannot {Verb} resource \"{Resource}\" in API group \"{Group}\" {where}";
    }
}

/// <summary>A ServiceAccount that somebody got a token for.</summary>
public sealed record Account(string Namespace, string Name)
{
    public string User => $"system:serviceaccount:{Namespace}:{Name}";
}
