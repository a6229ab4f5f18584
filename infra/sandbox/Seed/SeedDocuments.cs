using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Sandbox.Seed;

/// <summary>Documents as somebody's kubectl apply would have sent them.</summary>
public static class SeedDocuments
{
    public static JsonObject Namespace(string name) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["kubernetes.io/metadata.name"] = name } },
        ["spec"] = new JsonObject { ["finalizers"] = new JsonArray("kubernetes") },
        ["status"] = new JsonObject { ["phase"] = "Active" },
    };

    public static JsonObject Deployment(string ns, string name, int replicas, bool cpuRequests, JsonObject? labels = null)
    {
        var app = new JsonObject { ["app"] = name };
        var requests = new JsonObject { ["memory"] = "64Mi" };
        if (cpuRequests)
            requests.Insert(0, "cpu", "100m");
        return new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = ns,
                ["labels"] = labels ?? app.DeepClone(),
                ["annotations"] = new JsonObject { ["deployment.kubernetes.io/revision"] = "1" },
            },
            ["spec"] = new JsonObject
            {
                ["replicas"] = replicas,
                ["selector"] = new JsonObject { ["matchLabels"] = app.DeepClone() },
                ["template"] = new JsonObject
                {
                    ["metadata"] = new JsonObject { ["labels"] = app.DeepClone() },
                    ["spec"] = new JsonObject
                    {
                        ["containers"] = new JsonArray(new JsonObject
                        {
                            ["name"] = "app",
                            ["image"] = $"example.invalid/{name}:1",
                            ["resources"] = new JsonObject { ["requests"] = requests },
                            ["terminationMessagePath"] = "/dev/termination-log",
                            ["terminationMessagePolicy"] = "File",
                            ["imagePullPolicy"] = "IfNotPresent",
                        }),
                        ["restartPolicy"] = "Always",
                        ["terminationGracePeriodSeconds"] = 30,
                        ["dnsPolicy"] = "ClusterFirst",
                        ["securityContext"] = new JsonObject(),
                        ["schedulerName"] = "default-scheduler",
                    },
                },
                ["strategy"] = new JsonObject
                {
                    ["type"] = "RollingUpdate",
                    ["rollingUpdate"] = new JsonObject { ["maxUnavailable"] = "25%", ["maxSurge"] = "25%" },
                },
                ["revisionHistoryLimit"] = 10,
                ["progressDeadlineSeconds"] = 600,
            },
            ["status"] = new JsonObject(),
        };
    }

    public static JsonObject ScaledObject(string ns, string name, JsonNode spec) => new()
    {
        ["apiVersion"] = "keda.sh/v1alpha1",
        ["kind"] = "ScaledObject",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = ns },
        ["spec"] = spec,
    };

    public static JsonObject ExternalMetrics(JsonObject status) => ApiService("external.metrics.k8s.io", "keda-system", "keda-metrics-apiserver", status);

    /// <summary>The one that a CPU HPA asks.</summary>
    public static JsonObject ResourceMetrics(JsonObject status) => ApiService("metrics.k8s.io", "kube-system", "metrics-server", status);

    private static JsonObject ApiService(string group, string ns, string service, JsonObject status) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = $"v1beta1.{group}" },
        ["spec"] = new JsonObject
        {
            ["service"] = new JsonObject { ["namespace"] = ns, ["name"] = service, ["port"] = 443 },
            ["group"] = group,
            ["version"] = "v1beta1",
            ["groupPriorityMinimum"] = 100,
            ["versionPriority"] = 100,
        },
        ["status"] = status,
    };
}
