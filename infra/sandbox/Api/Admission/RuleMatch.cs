using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api.Admission.Cel;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api.Admission;

/// <summary>Whether a policy's matchConstraints, or a binding's matchResources, take in a write.</summary>
internal static class RuleMatch
{
    /// <exception cref="CelException">It has a selector, which the sandbox does not know.</exception>
    public static bool Takes(JsonObject? constraints, AdmissionAsk ask, bool unless)
    {
        if (constraints is null)
            return unless;
        foreach (var selector in new[] { "namespaceSelector", "objectSelector" })
        {
            if (constraints.Object(selector) is { Count: > 0 })
                throw CelException.NotHere(selector);
        }

        if ((constraints.Array("excludeResourceRules") ?? []).Any(rule => Takes(rule, ask)))
            return false;
        return constraints.Array("resourceRules") is { Count: > 0 } rules ? rules.Any(rule => Takes(rule, ask)) : unless;
    }

    private static bool Takes(JsonNode? rule, AdmissionAsk ask) =>
        Names(rule, "apiGroups", ask.Resource.Group)
        && Names(rule, "apiVersions", ask.Resource.Version)
        && Names(rule, "operations", ask.Operation)
        && Said(rule, "resources").Any(pattern => IsFor(pattern, ask))
        && (rule.Array("resourceNames") is not { Count: > 0 } || Said(rule, "resourceNames").Contains(ask.Name))
        && rule.Text("scope") switch
        {
            "Cluster" => !ask.Resource.Namespaced,
            "Namespaced" => ask.Resource.Namespaced,
            _ => true,
        };

    /// <summary>"*" is every resource without its subresources; "*/*", "a/*" and "*/scale" are what they look like.</summary>
    private static bool IsFor(string pattern, AdmissionAsk ask) => pattern.Split('/') switch
    {
        [var resource] => ask.Subresource is null && Is(resource, ask.Resource.Plural),
        [var resource, var below] => Is(resource, ask.Resource.Plural) && (below == "*" || below == ask.Subresource),
        _ => false,
    };

    private static bool Is(string pattern, string name) => pattern == "*" || pattern == name;

    private static bool Names(JsonNode? rule, string list, string wanted) => Said(rule, list).Any(said => Is(said, wanted));

    private static IEnumerable<string> Said(JsonNode? rule, string list) => (rule.Array(list) ?? []).Select(one => one?.ToString() ?? "");
}
