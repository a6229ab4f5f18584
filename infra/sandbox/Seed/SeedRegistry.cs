using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Sandbox.Seed;

/// <summary>KEDA's Services, definitions and webhook configuration, as its chart makes them; the schemas are left out.</summary>
internal static class SeedRegistry
{
    public static void Install(SandboxCluster cluster)
    {
        // Uids of their own: those of all other objects stay as they were for a seed.
        var random = SeededRandom.For(cluster.Parts.Seed, "registry");
        foreach (var (name, port, target) in new[] { (KedaInstallation.Operator, 9666, 9666), (KedaInstallation.MetricsServer, 443, 6443), (KedaInstallation.Webhooks, 443, 9443) })
            cluster.Store.Create(Resources.Services, Service(KedaInstallation.Namespace, name, port, target), "helm", random.Uid());
        foreach (var resource in Resources.Stored.Where(r => r.Group == KedaRegistry.Group))
            cluster.Store.Create(Resources.Definitions, Definition(resource, cluster.Now), "helm", random.Uid());
        if (cluster.Options.Webhook)
            cluster.Store.Create(Resources.WebhookConfigurations, Webhooks(), "helm", random.Uid());
    }

    public static JsonObject Service(string ns, string name, int port, int target) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = ns, ["labels"] = new JsonObject { ["app"] = name } },
        ["spec"] = new JsonObject
        {
            ["ports"] = new JsonArray(new JsonObject { ["name"] = port == 443 ? "https" : "metricsservice", ["protocol"] = "TCP", ["port"] = port, ["targetPort"] = target }),
            ["selector"] = new JsonObject { ["app"] = name },
            ["type"] = "ClusterIP",
        },
    };

    private static JsonObject Definition(Resource resource, DateTimeOffset now) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = resource.Qualified },
        ["spec"] = new JsonObject
        {
            ["group"] = resource.Group,
            ["names"] = new JsonObject { ["kind"] = resource.Kind, ["listKind"] = resource.Kind + "List", ["plural"] = resource.Plural, ["singular"] = resource.Singular },
            ["scope"] = resource.Namespaced ? "Namespaced" : "Cluster",
            ["versions"] = new JsonArray(new JsonObject { ["name"] = resource.Version, ["served"] = true, ["storage"] = true }),
        },
        ["status"] = new JsonObject
        {
            ["conditions"] = new JsonArray([.. new[] { ("NamesAccepted", "NoConflicts", "no conflicts found"), ("Established", "InitialNamesAccepted", "the initial names have been accepted") }
                .Select(c => new JsonObject { ["type"] = c.Item1, ["status"] = "True", ["lastTransitionTime"] = Json.Seconds(now), ["reason"] = c.Item2, ["message"] = c.Item3 })]),
        },
    };

    private static JsonObject Webhooks() => new()
    {
        ["metadata"] = new JsonObject { ["name"] = KedaRegistry.WebhookName },
        ["webhooks"] = new JsonArray(new JsonObject
        {
            ["name"] = "vscaledobject.kb.io",
            ["admissionReviewVersions"] = new JsonArray("v1"),
            ["clientConfig"] = new JsonObject
            {
                ["service"] = new JsonObject { ["namespace"] = KedaInstallation.Namespace, ["name"] = KedaInstallation.Webhooks, ["path"] = "/validate-keda-sh-v1alpha1-scaledobject", ["port"] = 443 },
            },
            ["failurePolicy"] = "Ignore",
            ["matchPolicy"] = "Equivalent",
            ["rules"] = new JsonArray(new JsonObject
            {
                ["apiGroups"] = new JsonArray(KedaRegistry.Group),
                ["apiVersions"] = new JsonArray("v1alpha1"),
                ["operations"] = new JsonArray("CREATE", "UPDATE"),
                ["resources"] = new JsonArray("scaledobjects"),
                ["scope"] = "*",
            }),
            ["sideEffects"] = "None",
            ["timeoutSeconds"] = 10,
        }),
    };
}
