using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>Kinds that others bring into a cluster: a Rollout, which has /scale, and the VerticalPodAutoscaler.</summary>
public sealed class OtherKindsFacts
{
    private const string Rollouts = $"/apis/argoproj.io/v1alpha1/namespaces/{World.Ns}/rollouts";
    private const string Vpas = $"/apis/autoscaling.k8s.io/v1/namespaces/{World.Ns}/verticalpodautoscalers";
    private const string Vpa = """{"apiVersion":"autoscaling.k8s.io/v1","kind":"VerticalPodAutoscaler","metadata":{"name":"app"},"spec":{"targetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"app"},"updatePolicy":{"updateMode":"Auto"}}}""";

    [Fact]
    public void Discovery_lists_rollouts_and_their_scale()
    {
        var names = new World().Get("/apis/argoproj.io/v1alpha1").Array("resources")!.Select(r => r.Text("name"));
        Assert.Equal(["rollouts", "rollouts/scale", "rollouts/status"], names.Order());
        Assert.Equal(404, new World(rollouts: false).Call("GET", "/apis/argoproj.io/v1alpha1").Status);
        Assert.Equal(404, new World(rollouts: false).Call("GET", Rollouts).Status);
    }

    [Theory]
    [InlineData("PATCH")]
    [InlineData("PUT")]
    public void Scale_of_a_rollout_is_read_and_written_and_its_pods_come_up(string method)
    {
        var world = With(replicas: 1);
        Assert.Equal(("Scale", 1), (world.Get(Rollouts + "/web/scale").Text("kind"), world.Get(Rollouts + "/web/scale").Object("spec").Whole("replicas")));
        Assert.Equal(200, world.Call(method, Rollouts + "/web/scale",
            """{"apiVersion":"autoscaling/v1","kind":"Scale","metadata":{"name":"web","namespace":"sophia-mesh"},"spec":{"replicas":3}}""",
            method == "PUT" ? "application/json" : "application/merge-patch+json").Status);
        world.Wait(3);

        var rollout = world.Get(Rollouts + "/web");
        Assert.Equal((3, 3), (rollout.Object("spec").Whole("replicas"), rollout.Object("status").Whole("availableReplicas")));
        Assert.Equal("2", rollout.Object("status").Text("observedGeneration"));
        var scale = world.Get(Rollouts + "/web/scale").Object("status");
        Assert.Equal((3, "app=web"), (scale.Whole("replicas"), scale.Text("selector")));
    }

    [Fact]
    public void Keda_and_a_fallback_scale_a_rollout_as_they_scale_a_deployment()
    {
        var world = With(replicas: 1);
        var so = ScaledObject(world);
        world.Cluster.Faults.SetDemand(World.Ns, "web", 4);
        world.Wait(20);
        Assert.Equal(4, world.Cluster.Target(World.Ns, "web")!.Replicas);
        var target = world.Hpa("keda-hpa-web").Object("spec").Object("scaleTargetRef");
        Assert.Equal(("argoproj.io/v1alpha1", "Rollout", "web"), (target.Text("apiVersion"), target.Text("kind"), target.Text("name")));
        var status = world.Get(so).Object("status");
        Assert.Equal("argoproj.io/v1alpha1.Rollout", status.Text("scaleTargetKind"));
        Assert.Equal(("argoproj.io", "rollouts"), (status.Object("scaleTargetGVKR").Text("group"), status.Object("scaleTargetGVKR").Text("resource")));

        world.Merge(so, """{"metadata":{"annotations":{"autoscaling.keda.sh/paused":"true"}}}""");
        world.Wait(1);
        Assert.Empty(world.Cluster.Target(World.Ns, "web")!.Hpas);
        world.Call("POST", world.HpasPath, """{"metadata":{"name":"web-fallback"},"spec":{"scaleTargetRef":{"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout","name":"web"},"minReplicas":6,"maxReplicas":10}}""");
        world.Wait(20);
        Assert.Equal(6, world.Cluster.Target(World.Ns, "web")!.Replicas);
        Assert.Equal("True", world.HpaCondition("web-fallback", "AbleToScale").Text("status"));
    }

    [Fact]
    public void The_webhook_names_the_rollouts_own_kind()
    {
        var world = With(replicas: 1);
        var so = ScaledObject(world);
        world.Call("POST", world.HpasPath, """{"metadata":{"name":"foreign"},"spec":{"scaleTargetRef":{"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout","name":"web"},"maxReplicas":10}}""");
        var refused = world.Merge(so, """{"metadata":{"annotations":{"autoscaling.keda.sh/paused":"true"}}}""");
        Assert.Equal(403, refused.Status);
        Assert.Contains("the workload 'web' of type 'argoproj.io/v1alpha1.Rollout' is already managed by the hpa 'foreign'", refused.Document().Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_vertical_pod_autoscaler_its_group_is_not_found()
    {
        var world = new World();
        Assert.Equal(404, world.Call("GET", "/apis/autoscaling.k8s.io/v1/verticalpodautoscalers").Status);
        Assert.Equal(404, world.Call("GET", "/apis/autoscaling.k8s.io/v1").Status);
        Assert.Equal(404, world.Call("POST", Vpas, Vpa).Status);
        Assert.DoesNotContain(Groups(world), g => g == "autoscaling.k8s.io");
    }

    [Fact]
    public void With_it_its_objects_are_kept_and_listed_and_discovery_shows_them()
    {
        var world = new World(vpa: true);
        Assert.Contains("autoscaling.k8s.io", Groups(world));
        Assert.Equal(["verticalpodautoscalers", "verticalpodautoscalers/status"], world.Get("/apis/autoscaling.k8s.io/v1").Array("resources")!.Select(r => r.Text("name")).Order());
        Assert.Equal(201, world.Call("POST", Vpas, Vpa).Status);
        var listed = Assert.Single(world.Get("/apis/autoscaling.k8s.io/v1/verticalpodautoscalers").Array("items")!);
        Assert.Equal(("VerticalPodAutoscaler", "Auto"), (listed.Text("kind"), listed.Object("spec").Object("updatePolicy").Text("updateMode")));
    }

    private static IEnumerable<string?> Groups(World world) => world.Get("/apis").Array("groups")!.Select(g => g.Text("name"));

    private static World With(int replicas)
    {
        var world = new World();
        Assert.Equal(201, world.Call("POST", Rollouts, $$$"""
            {"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout","metadata":{"name":"web"},"spec":{"replicas":{{{replicas}}},"selector":{"matchLabels":{"app":"web"}},
             "template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"app","image":"example.invalid/web:1","resources":{"requests":{"cpu":"100m"} } }]} },"strategy":{"canary":{} } } }
            """).Status);
        world.Wait(3);
        return world;
    }

    private static string ScaledObject(World world)
    {
        const string path = $"/apis/keda.sh/v1alpha1/namespaces/{World.Ns}/scaledobjects";
        Assert.Equal(201, world.Call("POST", path, """
            {"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","metadata":{"name":"web"},"spec":{"scaleTargetRef":{"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout","name":"web"},
             "minReplicaCount":1,"maxReplicaCount":10,"triggers":[{"type":"redis","metadata":{"address":"127.0.0.1:16379","listName":"web","listLength":"5"}}]}}
            """).Status);
        world.Wait(1);
        return path + "/web";
    }
}
