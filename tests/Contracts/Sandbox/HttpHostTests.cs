using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Faults;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

public sealed class HttpHostTests
{
    [Fact]
    public async Task It_serves_moves_with_the_clock_and_tells_of_each_request()
    {
        await using var host = await KubernetesHttpHost.StartAsync(SandboxSeed.Create(TimeProvider.System.GetUtcNow(), 1), TimeProvider.System);
        var told = new List<string>();
        host.RequestStarted = r => told.Add(r.Path);
        using var client = new HttpClient { BaseAddress = host.Address };
        var list = JsonNode.Parse(await client.GetStringAsync("/apis/keda.sh/v1alpha1/scaledobjects"));
        Assert.Equal(4, list.Array("items")!.Count);
        Assert.Equal(["/apis/keda.sh/v1alpha1/scaledobjects"], told);
        using var patch = new StringContent("""{"metadata":{"annotations":{"autoscaling.keda.sh/paused":"true"}}}""", Encoding.UTF8, "application/merge-patch+json");
        using var paused = await client.PatchAsync("/apis/keda.sh/v1alpha1/namespaces/sophia-mesh/scaledobjects/sophia-ai-services", patch);
        Assert.Equal(2, paused.Headers.Warning.Count);
        for (var i = 0; i < 200 && host.Look(c => c.Target("sophia-mesh", "sophia-ai-services")!.Hpas.Length) > 0; i++)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        Assert.Empty(host.Look(c => c.Target("sophia-mesh", "sophia-ai-services")!.Hpas));
    }

    [Fact]
    public async Task A_bearer_token_is_demanded_when_there_is_one()
    {
        await using var host = await KubernetesHttpHost.StartAsync(SandboxSeed.Create(TimeProvider.System.GetUtcNow(), 1), TimeProvider.System, bearerToken: "secret");
        using var client = new HttpClient { BaseAddress = host.Address };
        using var refused = await client.GetAsync("/version");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
        using var accepted = await client.GetAsync("/version");
        Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
    }

    [Fact]
    public async Task A_lost_reply_breaks_the_connection_after_the_effect()
    {
        await using var host = await KubernetesHttpHost.StartAsync(SandboxSeed.Create(TimeProvider.System.GetUtcNow(), 1), TimeProvider.System);
        host.Change(c => c.Faults.Add(new ApiFault { Kind = ApiFaultKind.ResetAfter, Left = 1, When = r => r.Writes }));
        using var client = new HttpClient { BaseAddress = host.Address };
        using var patch = new StringContent("""{"metadata":{"annotations":{"x":"y"}}}""", Encoding.UTF8, "application/merge-patch+json");
        await Assert.ThrowsAsync<HttpRequestException>(() => client.PatchAsync("/apis/keda.sh/v1alpha1/namespaces/sophia-mesh/scaledobjects/sophia-ai-services", patch));
        Assert.Equal("y", host.Look(c => c.Target("sophia-mesh", "sophia-ai-services")!.Annotations["x"]));
    }

    [Fact]
    public async Task A_busy_port_is_said_clearly()
    {
        var cluster = SandboxSeed.Create(TimeProvider.System.GetUtcNow(), 1);
        await using var first = await KubernetesHttpHost.StartAsync(cluster, TimeProvider.System);
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => KubernetesHttpHost.StartAsync(cluster, TimeProvider.System, first.Address.Port));
        Assert.Contains($"127.0.0.1:{first.Address.Port}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_admin_endpoints_show_the_state_and_set_faults()
    {
        await using var host = await KubernetesHttpHost.StartAsync(SandboxSeed.Create(TimeProvider.System.GetUtcNow(), 1), TimeProvider.System);
        using var client = new HttpClient { BaseAddress = host.Address };
        using var set = await client.PostAsync("/sandbox/faults", new StringContent("""{"operator":"dead","triggerSource":{"target":"sophia-mesh/sophia-ai-services","fails":"redis"},"api":{"status":503,"times":1}}"""));
        Assert.Equal(HttpStatusCode.OK, set.StatusCode);
        var state = JsonNode.Parse(await client.GetStringAsync("/sandbox/state"));
        Assert.Equal("dead", state.Text("operator"));
        Assert.Equal(4, state.Array("targets")!.Count);
        using var broken = await client.GetAsync("/version");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, broken.StatusCode);
        using var mended = await client.GetAsync("/version");
        Assert.Equal(HttpStatusCode.OK, mended.StatusCode);
        using var wrong = await client.PostAsync("/sandbox/faults", new StringContent("""{"moon":"full"}"""));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    [Fact]
    public async Task Each_fault_of_the_cluster_is_set_and_mended_by_name_and_shown()
    {
        await using var host = await KubernetesHttpHost.StartAsync(SandboxSeed.Create(TimeProvider.System.GetUtcNow(), 1), TimeProvider.System);
        using var client = new HttpClient { BaseAddress = host.Address };
        foreach (var (name, broken, mended) in new[]
        {
            ("operator", "\"hung\"", "\"alive\""), ("metricsServer", "\"down\"", "\"up\""), ("webhook", "\"down\"", "\"up\""), ("controllerManager", "\"dead\"", "\"alive\""),
            ("writes", "\"fail\"", "\"work\""), ("metricsApi", "\"absent\"", "\"up\""), ("room", "40", "null"), ("staleList", "5", "null"),
        })
        {
            foreach (var value in new[] { broken, mended })
            {
                using var set = await client.PostAsync("/sandbox/faults", new StringContent($"{{\"{name}\":{value}}}"));
                Assert.True(set.IsSuccessStatusCode, $"{name} {value}");
                var state = (JsonObject)JsonNode.Parse(await set.Content.ReadAsStringAsync())!;
                Assert.Equal(value, state[name]?.ToJsonString() ?? "null");
            }

            using var wrong = await client.PostAsync("/sandbox/faults", new StringContent($"{{\"{name}\":\"sideways\"}}"));
            Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
            Assert.Contains(name, await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }
}
