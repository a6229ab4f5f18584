using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Hpa;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>What a CPU HPA can't see: no metrics.k8s.io, and the containers that a mesh injects.</summary>
public sealed class CpuMetricFacts
{
    private const string ApiServices = "/apis/apiregistration.k8s.io/v1/apiservices?fieldSelector=metadata.name=";
    private const string Own = """,metrics":[{"type":"ContainerResource","containerResource":{"name":"cpu","container":"app","target":{"type":"Utilization","averageUtilization":60}}}]""";
    private const string Cpu = ""","metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":60}}}]""";

    [Theory]
    [InlineData(MetricsApi.Absent, "the server could not find the requested resource")]
    [InlineData(MetricsApi.Down, "the server is currently unable to handle the request")]
    public void Without_metrics_k8s_io_a_cpu_hpa_is_raised_to_its_min_and_then_holds(MetricsApi state, string why)
    {
        var world = new World(options: new SandboxOptions { MetricsApi = state });
        Given(world, min: 3);
        Assert.Equal(3, world.Replicas);
        world.Cluster.Faults.SetDemand(World.Ns, World.App, 9);
        world.Wait(60);
        Assert.Equal(3, world.Replicas);
        var active = world.HpaCondition("app-fallback", "ScalingActive");
        Assert.Equal(("False", "FailedGetResourceMetric"), (active.Text("status"), active.Text("reason")));
        Assert.Equal("the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: "
            + $"unable to fetch metrics from resource metrics API: {why} (get pods.metrics.k8s.io)", active.Text("message"));
    }

    [Fact]
    public void Its_api_service_is_listed_by_name_and_is_absent_unavailable_or_available()
    {
        var world = new World();
        Assert.Equal("True", Available(world, "v1beta1.metrics.k8s.io"));
        Assert.Equal("True", Available(world, "v1beta1.external.metrics.k8s.io"));
        world.Cluster.Faults.SetMetricsApi(MetricsApi.Down);
        world.Wait(26);
        Assert.Equal("False", Available(world, "v1beta1.metrics.k8s.io"));
        Assert.Equal("True", Available(world, "v1beta1.external.metrics.k8s.io"));
        Assert.Equal(503, world.Call("GET", "/apis/metrics.k8s.io/v1beta1").Status);

        world.Cluster.Faults.SetMetricsApi(MetricsApi.Absent);
        Assert.Empty(world.Get(ApiServices + "v1beta1.metrics.k8s.io").Array("items")!);
        Assert.Equal(404, world.Call("GET", "/apis/metrics.k8s.io/v1beta1").Status);

        world.Cluster.Faults.SetMetricsApi(MetricsApi.Up);
        world.Wait(4);
        Assert.Equal("True", Available(world, "v1beta1.metrics.k8s.io"));
        Assert.Equal(200, world.Call("GET", "/apis/metrics.k8s.io/v1beta1").Status);
    }

    [Fact]
    public void Kedas_own_hpa_needs_no_metrics_k8s_io()
    {
        var world = new World();
        world.Cluster.Faults.SetMetricsApi(MetricsApi.Absent);
        world.Cluster.Faults.SetDemand(World.Ns, World.App, 6);
        world.Wait(20);
        Assert.Equal(6, world.Replicas);
    }

    [Theory]
    [InlineData("namespace")]
    [InlineData("template")]
    public void Linkerds_proxy_asks_for_no_cpu_so_a_resource_metric_fails_and_holds(string where)
    {
        var world = new World();
        Mesh(world, where, "annotations", "linkerd.io/inject", "enabled");
        Given(world, min: 3);
        world.Wait(30);
        var active = world.HpaCondition("app-fallback", "ScalingActive");
        Assert.Equal(("False", "FailedGetResourceMetric"), (active.Text("status"), active.Text("reason")));
        Assert.Matches("failed to get cpu utilization: missing request for cpu in container linkerd-proxy of Pod app-[0-9a-f]{10}-\\w{5}$", active.Text("message"));
        Assert.Equal(3, world.Replicas);
        Assert.DoesNotContain("linkerd-proxy", Json.Line(world.Get($"/apis/apps/v1/namespaces/{World.Ns}/deployments/app")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("template", "dapr.io/enabled", "true", "daprd")]
    [InlineData("namespace", "sandbox.sophia-intel.ai/inject", "somebodys-agent", "somebodys-agent")]
    public void What_dapr_or_anybodys_webhook_injects_asks_for_no_cpu_either(string where, string key, string value, string container)
    {
        var world = new World();
        Mesh(world, where, "annotations", key, value);
        Given(world, min: 3);
        world.Wait(30);
        var active = world.HpaCondition("app-fallback", "ScalingActive");
        Assert.Equal(("False", "FailedGetResourceMetric"), (active.Text("status"), active.Text("reason")));
        Assert.Contains($"missing request for cpu in container {container} of Pod", active.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_sidecar_of_the_template_counts_with_its_request_and_an_init_container_does_not()
    {
        var world = new World();
        var answer = world.Merge($"/apis/apps/v1/namespaces/{World.Ns}/deployments/app",
            """{"spec":{"template":{"spec":{"initContainers":[{"name":"once","image":"x"},{"name":"side","image":"x","restartPolicy":"Always"}]}}}}""");
        Assert.Equal(200, answer.Status);
        Given(world, min: 3);
        world.Wait(30);
        Assert.Contains("missing request for cpu in container side of Pod", world.HpaCondition("app-fallback", "ScalingActive").Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public void Beside_linkerds_proxy_a_container_resource_metric_works()
    {
        var world = new World();
        Mesh(world, "namespace", "annotations", "linkerd.io/inject", "enabled");
        Given(world, min: 3, metrics: Own.Replace(",metrics", ",\"metrics", StringComparison.Ordinal));
        world.Cluster.Faults.SetDemand(World.Ns, World.App, 6);
        world.Wait(60);
        Assert.Equal("True", world.HpaCondition("app-fallback", "ScalingActive").Text("status"));
        Assert.Equal(6, world.Replicas);
    }

    [Fact]
    public void Istios_idle_proxy_waters_down_the_pods_percentage_and_its_pod_may_refuse_it()
    {
        var (without, with) = (Settled(_ => { }), Settled(w => Mesh(w, "namespace", "labels", "istio-injection", "enabled")));
        Assert.Equal(6, without);
        Assert.True(with < without, $"{with} with the proxy, {without} without");
        Assert.Equal(6, Settled(w =>
        {
            Mesh(w, "namespace", "labels", "istio-injection", "enabled");
            Mesh(w, "template", "labels", "sidecar.istio.io/inject", "false");
        }));
    }

    private static int Settled(Action<World> mesh)
    {
        var world = new World();
        mesh(world);
        Given(world, min: 1);
        world.Cluster.Faults.SetDemand(World.Ns, World.App, 6);
        world.Wait(120);
        return world.Replicas;
    }

    private static void Given(World world, int min, string metrics = Cpu)
    {
        world.Pause();
        world.Wait(1);
        Assert.Equal(201, world.Fallback(min, metrics: metrics).Status);
        world.Wait(31);
    }

    private static void Mesh(World world, string where, string kind, string key, string value)
    {
        var metadata = new JsonObject { ["metadata"] = new JsonObject { [kind] = new JsonObject { [key] = value } } };
        var answer = where == "namespace"
            ? world.Merge($"/api/v1/namespaces/{World.Ns}", Json.Line(metadata))
            : world.Merge($"/apis/apps/v1/namespaces/{World.Ns}/deployments/app", Json.Line(new JsonObject { ["spec"] = new JsonObject { ["template"] = metadata } }));
        Assert.Equal(200, answer.Status);
    }

    private static string? Available(World world, string name) =>
        Assert.Single(world.Get(ApiServices + name).Array("items")!).Object("status").Array("conditions")!.Single(c => c.Text("type") == "Available").Text("status");
}
