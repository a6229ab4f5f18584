using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Keda;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

public sealed class MetricsPagesTests
{
    [Fact]
    public async Task Who_is_dead_answers_no_scrape_and_the_rest_of_the_cluster_goes_on_answering()
    {
        await using var host = await KubernetesHttpHost.StartAsync(SandboxSeed.Create(TimeProvider.System.GetUtcNow(), 1), TimeProvider.System);
        using var client = new HttpClient { BaseAddress = host.Address };
        Assert.Equal("200 200 200 200", await ScrapedAsync(client));

        host.Change(cluster => cluster.Faults.SetOperator(OperatorState.Dead));
        Assert.Equal("503 200 200 200", await ScrapedAsync(client));
        host.Change(cluster => cluster.Faults.SetMetricsServer(up: false));
        Assert.Equal("503 503 200 200", await ScrapedAsync(client));
        Assert.Contains("kube_deployment_status_replicas_available{namespace=\"keda-system\",deployment=\"keda-operator\"} 0", await client.GetStringAsync("/sandbox/kube-state-metrics"), StringComparison.Ordinal);

        host.Change(cluster => cluster.Faults.SetOperator(OperatorState.Alive));
        host.Change(cluster => cluster.Faults.SetMetricsServer(up: true));
        Assert.Contains(" 200 200 200", await ScrapedAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public void A_paused_target_has_no_HPA_of_KEDA_to_tell_of_and_an_API_that_is_away_is_told()
    {
        var world = new World();
        Assert.Contains("horizontalpodautoscaler=\"keda-hpa-app\",scaletargetref_api_version=\"apps/v1\",scaletargetref_kind=\"Deployment\",scaletargetref_name=\"app\"} 1", Page(world, 2), StringComparison.Ordinal);
        Assert.Contains("kube_horizontalpodautoscaler_labels{namespace=\"sophia-mesh\",horizontalpodautoscaler=\"keda-hpa-app\",label_scaledobject_keda_sh_name=\"app\"} 1", Page(world, 2), StringComparison.Ordinal);
        Assert.Contains("{name=\"v1beta1.external.metrics.k8s.io\"} 0", Page(world, 3), StringComparison.Ordinal);

        world.Pause();
        world.Cluster.Faults.SetMetricsServer(up: false);
        world.Wait(30);

        Assert.DoesNotContain("keda-hpa-app", Page(world, 2), StringComparison.Ordinal);
        Assert.Contains("{name=\"v1beta1.external.metrics.k8s.io\"} 1", Page(world, 3), StringComparison.Ordinal);
    }

    private static readonly string[] Paths = ["/sandbox/keda/metrics", "/sandbox/keda/metrics-apiserver/metrics", "/sandbox/kube-state-metrics", "/sandbox/kube-apiserver/metrics"];

    private static string Page(World world, int page) => System.Text.Encoding.UTF8.GetString(
        new SandboxAdmin(world.Cluster).Handle(ApiRequest.From("GET", Paths[page])).Body.Span);

    private static async Task<string> ScrapedAsync(HttpClient client)
    {
        var answers = new List<int>();
        foreach (var path in Paths)
        {
            using var response = await client.GetAsync(path);
            answers.Add((int)response.StatusCode);
        }

        return string.Join(' ', answers);
    }
}
