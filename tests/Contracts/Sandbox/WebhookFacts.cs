using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>What KEDA's admission webhook refuses in a ScaledObject (its source: apis/keda/v1alpha1/scaledobject_webhook.go).</summary>
public sealed class WebhookFacts
{
    private const string Path = $"/apis/keda.sh/v1alpha1/namespaces/{World.Ns}/scaledobjects";

    [Theory]
    [InlineData("2.13.0", """{"minReplicaCount":5,"maxReplicaCount":2}""", "MinReplicaCount=5 must be less than MaxReplicaCount=2")]
    [InlineData("2.17.0", """{"minReplicaCount":101}""", "MinReplicaCount=101 must be less than MaxReplicaCount=100")]
    [InlineData("2.20.0", """{"minReplicaCount":2,"idleReplicaCount":2}""", "IdleReplicaCount=2 must be less than MinReplicaCount=2")]
    [InlineData("2.14.0", """{"triggers":[]}""", "no triggers defined in the ScaledObject/ScaledJob")]
    [InlineData("2.20.0", """{"triggers":[{"type":"redis","name":"a","metadata":{}},{"type":"redis","name":"a","metadata":{}}]}""", "triggerName \"a\" is defined multiple times in the ScaledObject/ScaledJob, but it must be unique")]
    [InlineData("2.20.0", """{"triggers":[{"type":"cron","useCachedMetrics":true,"metadata":{}}]}""", "property \"useCachedMetrics\" is not supported for \"cron\" scaler")]
    [InlineData("2.20.0", """{"advanced":{"scalingModifiers":{"formula":"a"}}}""", "formula is given but target is empty")]
    [InlineData("2.20.0", """{"fallback":{"failureThreshold":1,"replicas":1},"minReplicaCount":1,"triggers":[{"type":"cpu","metadata":{"value":"60"}}]}""", "has to have the `AverageValue` type for the fallback to be enabled")]
    [InlineData("2.20.0", """{"minReplicaCount":0,"triggers":[{"type":"cpu","metadata":{"value":"60"}}]}""", "scaledobject has only cpu/memory triggers AND minReplica is 0")]
    [InlineData("2.20.0", """{"minReplicaCount":1,"triggers":[{"type":"memory","metadata":{"value":"60"}}]}""", "the scaledobject has a memory trigger but the container app doesn't have the memory request defined")]
    [InlineData("2.20.0", """{"advanced":{"horizontalPodAutoscalerConfig":{"name":"keda-hpa-app"}}}""", "the HPA 'keda-hpa-app' is already managed by the ScaledObject 'app'")]
    public void A_ScaledObject_that_can_not_work_is_refused_with_403(string version, string change, string words)
    {
        var world = new World(kedaVersion: version);
        var answer = world.Call("POST", Path, Body("mine", "elsewhere", change, world));

        Assert.Equal(403, answer.Status);
        Assert.StartsWith("admission webhook \"vscaledobject.kb.io\" denied the request: ", answer.Document().Text("message"), StringComparison.Ordinal);
        Assert.Contains(words, answer.Document().Text("message"), StringComparison.Ordinal);

        world.Cluster.Webhook.Running = false;
        Assert.Equal(201, world.Call("POST", Path, Body("mine", "elsewhere", change, world)).Status);
    }

    [Fact]
    public void Two_ScaledObjects_on_one_workload_are_refused_in_a_dry_run_too()
    {
        var answer = new World().Call("POST", Path + "?dryRun=All", """{"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","metadata":{"name":"mine"},"spec":{"scaleTargetRef":{"name":"app"},"triggers":[{"type":"redis","metadata":{}}]}}""");

        Assert.Equal(403, answer.Status);
        Assert.StartsWith("admission webhook \"vscaledobject.kb.io\" denied the request: the workload 'app' of type 'apps/v1.Deployment' is already managed by the ", answer.Document().Text("message"), StringComparison.Ordinal);
    }

    /// <summary>The real one has no word for them there: its rule names scaledobjects, not scaledobjects/status.</summary>
    [Fact]
    public void It_does_not_see_a_write_of_the_status()
    {
        var world = new World();
        world.Cluster.Webhook.Running = false;
        Assert.Equal(200, world.Merge(world.ScaledObjectPath, """{"spec":{"triggers":[{"type":"redis","name":"a","metadata":{}},{"type":"redis","name":"a","metadata":{}}]}}""").Status);
        world.Cluster.Webhook.Running = true;

        Assert.Equal(403, world.Annotate("a", "b").Status);
        Assert.Equal(200, world.Merge(world.ScaledObjectPath + "/status", """{"status":{"hpaName":"x"}}""").Status);
    }

    private static string Body(string name, string workload, string change, World world)
    {
        var deployment = world.Call("POST", $"/apis/apps/v1/namespaces/{World.Ns}/deployments", $$"""
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"{{workload}}"},"spec":{"selector":{"matchLabels":{"a":"b"} },"template":{"metadata":{"labels":{"a":"b"} },
             "spec":{"containers":[{"name":"app","image":"i","resources":{"requests":{"cpu":"1"} } }]} } } }
            """);
        Assert.True(deployment.Status is 201 or 409);
        var body = (JsonObject)JsonNode.Parse($$"""
            {"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","metadata":{"name":"{{name}}"},"spec":{"scaleTargetRef":{"name":"{{workload}}"},"triggers":[{"type":"redis","metadata":{} }]} }
            """)!;
        foreach (var (field, value) in (JsonObject)JsonNode.Parse(change)!)
            body["spec"]![field] = value?.DeepClone();
        return Json.Line(body);
    }
}
