using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Contracts.Tests.ClusterConformance;

/// <summary>A cluster with KEDA, and a namespace of our own in it that goes when the tests end.</summary>
public abstract class ClusterUnderTest : IAsyncLifetime
{
    /// <summary>The clock of the cluster: waits are by this.</summary>
    public TimeProvider Time { get; protected set; } = TimeProvider.System;

    public string Namespace { get; } = $"reactor-contract-{TimeProvider.System.GetUtcNow().UtcTicks % 1_000_000_000_000:x}";

    /// <summary>Something small that only waits; another registry's may be named in REACTOR_TEST_IMAGE.</summary>
    public string Image { get; } = Environment.GetEnvironmentVariable("REACTOR_TEST_IMAGE") is { Length: > 0 } image ? image : "rancher/mirrored-pause:3.6";

    internal ClusterConnection Connection { get; private set; } = null!;

    internal HttpClient Http { get; private set; } = null!;

    internal ClusterClient Client { get; private set; } = null!;

    internal KedaInCluster? Keda { get; private set; }

    public async Task InitializeAsync()
    {
        Connection = await ConnectAsync();
        Http = Connection.Connect(TimeProvider.System);
        Http.Timeout = TimeSpan.FromSeconds(30);

        // Requests are real in both, so their timeouts and pauses are by the machine's clock.
        Client = new ClusterClient(
            Connection.Connect(TimeProvider.System), new Policy(), new ClusterSettings { Namespaces = [Namespace] }, TimeProvider.System, () => 0.5);
        Keda = await KedaInCluster.FindAsync(Http);
        var made = await Reply.OfAsync(Http, "POST", "/api/v1/namespaces", $$$"""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"{{{Namespace}}}"} }""");
        Assert.True(made.Status == 201, $"The namespace {Namespace} could not be made: {made.Status} {made.Body.Text("message")}");
    }

    public async Task DisposeAsync()
    {
        await Reply.OfAsync(Http, "DELETE", $"/api/v1/namespaces/{Namespace}");
        Http.Dispose();
        await StopAsync();
    }

    /// <summary>Scales one of KEDA's Deployments to 0. A case that fails gives it back too: what it is used in is disposed of in a finally.</summary>
    internal async Task<StoppedKeda> StopKedaAsync(string deployment)
    {
        var path = $"/apis/apps/v1/namespaces/{Keda!.Namespace}/deployments/{deployment}";
        var before = (await Reply.OfAsync(Http, "GET", path + "/scale")).Body.Object("spec").Whole("replicas") ?? 0;
        Assert.True(before > 0, $"{deployment} is scaled to 0 already");
        await ScaleAsync(path, 0);
        return new StoppedKeda(() => ScaleAsync(path, before), () => UpAsync(path));
    }

    private protected abstract Task<ClusterConnection> ConnectAsync();

    private protected abstract ValueTask StopAsync();

    /// <summary>The next case begins with a KEDA that works.</summary>
    private async Task UpAsync(string path)
    {
        for (var began = Time.GetTimestamp(); Time.GetElapsedTime(began) < TimeSpan.FromMinutes(2); await Task.Delay(TimeSpan.FromMilliseconds(250), Time))
            if ((await Reply.OfAsync(Http, "GET", path)).Body.Object("status").Whole("availableReplicas") > 0)
                return;
    }

    private async Task ScaleAsync(string path, int replicas)
    {
        var scaled = await Reply.OfAsync(Http, "PATCH", path + "/scale", $$$"""{"spec":{"replicas":{{{replicas}}} } }""", Reply.Merge);
        Assert.True(scaled.Status == 200, $"{path} could not be scaled to {replicas}: {scaled.Status} {scaled.Body.Text("message")}");
    }
}

/// <summary>The sandbox behind its own HTTP host, a minute of the cluster in a second.</summary>
public sealed class SandboxUnderTest : ClusterUnderTest
{
    private const double Speed = 60;
    private static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private KubernetesHttpHost? _host;

    private protected override async Task<ClusterConnection> ConnectAsync()
    {
        var cluster = SandboxSeed.Create(Noon, seed: 7);
        Time = new FastClock(Noon, Speed);
        _host = await KubernetesHttpHost.StartAsync(cluster, Time);
        return new ClusterConnection { Server = _host.Address };
    }

    private protected override ValueTask StopAsync() => _host?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>The cluster that the environment names.</summary>
public sealed class RealClusterUnderTest : ClusterUnderTest
{
    private protected override Task<ClusterConnection> ConnectAsync() => Task.FromResult(RealCluster.Connection(RealCluster.Named!));

    private protected override ValueTask StopAsync() => ValueTask.CompletedTask;
}
