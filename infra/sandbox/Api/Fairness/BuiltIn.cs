using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api.Fairness;

/// <summary>The priority levels and FlowSchemas that every API server makes (kubernetes.io: API Priority and Fairness, "Default configuration"), but for those of nodes and probes.</summary>
public static class BuiltIn
{
    public const string Exempt = "exempt";

    private static readonly (string Name, int Shares)[] Levels =
        [(Exempt, 0), ("leader-election", 10), ("workload-high", 40), ("workload-low", 100), ("global-default", 20), ("catch-all", 5)];

    private static readonly (string Name, string Level, int Precedence, string Kind, string Subject)[] Schemas =
    [
        (Exempt, Exempt, 1, "Group", "system:masters"),
        ("kube-controller-manager", "workload-high", 800, "User", "system:kube-controller-manager"),
        ("kube-scheduler", "workload-high", 800, "User", "system:kube-scheduler"),
        ("kube-system-service-accounts", "workload-high", 900, "Group", "system:serviceaccounts:kube-system"),
        ("service-accounts", "workload-low", 9000, "Group", "system:serviceaccounts"),
        ("global-default", "global-default", 9900, "Group", "system:authenticated"),
        ("catch-all", "catch-all", 10000, "Group", "system:authenticated"),
    ];

    /// <summary>With uids of their own: those of everything else do not depend on them.</summary>
    public static void Install(ObjectStore store, SeededRandom uids)
    {
        foreach (var (name, shares) in Levels)
        {
            store.Create(Resources.PriorityLevels, new JsonObject
            {
                ["metadata"] = Json.Of("name", name),
                ["spec"] = shares == 0
                    ? new JsonObject { ["type"] = "Exempt", ["exempt"] = new JsonObject { ["nominalConcurrencyShares"] = 0, ["lendablePercent"] = 0 } }
                    : new JsonObject { ["type"] = "Limited", ["limited"] = new JsonObject { ["nominalConcurrencyShares"] = shares, ["limitResponse"] = Json.Of("type", "Queue") } },
                ["status"] = new JsonObject(),
            }, "api-priority-and-fairness-config-producer-v1", uids.Uid());
        }

        foreach (var (name, level, precedence, kind, subject) in Schemas)
        {
            store.Create(Resources.FlowSchemas, new JsonObject
            {
                ["metadata"] = Json.Of("name", name),
                ["spec"] = new JsonObject
                {
                    ["priorityLevelConfiguration"] = Json.Of("name", level),
                    ["matchingPrecedence"] = precedence,
                    ["distinguisherMethod"] = name == Exempt ? null : Json.Of("type", "ByUser"),
                    ["rules"] = new JsonArray(new JsonObject
                    {
                        ["subjects"] = new JsonArray(new JsonObject { ["kind"] = kind, [kind.ToLowerInvariant()] = Json.Of("name", subject) }),
                        ["resourceRules"] = new JsonArray(JsonNode.Parse("""{"verbs":["*"],"apiGroups":["*"],"resources":["*"],"clusterScope":true,"namespaces":["*"]}""")),
                        ["nonResourceRules"] = new JsonArray(JsonNode.Parse("""{"verbs":["*"],"nonResourceURLs":["*"]}""")),
                    }),
                },
                ["status"] = new JsonObject(),
            }, "api-priority-and-fairness-config-producer-v1", uids.Uid());
        }
    }
}
