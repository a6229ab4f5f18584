using System.Net;
using System.Text;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Faults;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>The API misbehaves as told, seen through an HttpClient without sockets.</summary>
public sealed class FaultTests
{
    private readonly World _world = new();
    private readonly HttpClient _client;

    public FaultTests()
    {
        _client = new HttpClient(new InProcessHandler(_world.Cluster, TimeProvider.System)) { BaseAddress = new Uri("http://sandbox") };
    }

    [Fact]
    public async Task Too_many_requests_comes_with_retry_after_and_only_so_often()
    {
        _world.Cluster.Faults.Add(ApiFault.Error(429, times: 2, retryAfter: TimeSpan.FromSeconds(3), when: r => r.Writes));
        using var first = await Pause();
        Assert.Equal(HttpStatusCode.TooManyRequests, first.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(3), first.Headers.RetryAfter!.Delta);
        using var read = await _client.GetAsync(_world.ScaledObjectPath);
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        using var second = await Pause();
        Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
        using var third = await Pause();
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    [Fact]
    public async Task A_reset_before_the_effect_changes_nothing()
    {
        _world.Cluster.Faults.Add(new ApiFault { Kind = ApiFaultKind.ResetBefore, Left = 1 });
        await Assert.ThrowsAsync<HttpRequestException>(Pause);
        Assert.Null(_world.Target.Paused);
    }

    [Fact]
    public async Task A_lost_reply_has_changed_it()
    {
        _world.Cluster.Faults.Add(new ApiFault { Kind = ApiFaultKind.ResetAfter, Left = 1 });
        await Assert.ThrowsAsync<HttpRequestException>(Pause);
        Assert.Equal("true", _world.Target.Paused);
    }

    [Fact]
    public async Task A_hang_ends_only_by_the_callers_patience()
    {
        _world.Cluster.Faults.Add(new ApiFault { Kind = ApiFaultKind.Hang, Left = 1 });
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _client.GetAsync(_world.ScaledObjectPath, patience.Token));
    }

    [Fact]
    public async Task A_slow_server_does_what_was_asked_after_a_while()
    {
        _world.Cluster.Faults.Add(new ApiFault { Kind = ApiFaultKind.Slow, Delay = TimeSpan.FromMilliseconds(71), When = r => r.Writes });
        var began = TimeProvider.System.GetTimestamp();
        using var paused = await Pause();
        Assert.Equal(HttpStatusCode.OK, paused.StatusCode);
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalMilliseconds, 60, 20_000);
        Assert.Equal("true", _world.Target.Paused);
    }

    [Fact]
    public void The_same_seed_and_calls_give_the_same_cluster_and_another_seed_another()
    {
        Assert.Equal(Story(3), Story(3));
        Assert.NotEqual(Story(3), Story(4));
    }

    [Fact]
    public void History_tells_when_a_workload_had_which_hpas_replicas_and_pause()
    {
        _world.Pause();
        _world.Wait(1);
        _world.Fallback(5);
        _world.Wait(16);
        var moments = _world.Cluster.History.Of(_world.Target.Workload);
        Assert.Equal(["", "app-fallback"], moments.Where(m => m.Paused == "true").Select(m => string.Join(',', m.Hpas)).Where(h => h != World.KedaHpa).Distinct());
        Assert.Equal(5, moments[^1].Replicas);
        Assert.True(moments.Zip(moments.Skip(1)).All(p => p.First.At <= p.Second.At));
    }

    [Fact]
    public void Every_step_is_told_when_everything_is_consistent()
    {
        var steps = 0;
        _world.Cluster.Stepped = c =>
        {
            steps++;
            Assert.All(c.Snapshot().Targets, t => Assert.True(t.Replicas >= 0));
        };
        _world.Pause();
        _world.Wait(10);
        Assert.True(steps > 5);
    }

    [Fact]
    public void A_new_cluster_is_settled_and_holds_the_targets_of_the_source_documents()
    {
        var cluster = SandboxSeed.Create(World.Start, 5, 200);
        var targets = cluster.Snapshot().Targets;
        Assert.Equal(204, targets.Length);
        foreach (var (target, workload, min, max) in new[]
        {
            ("artemis-redis-scaler", "artemis-orchestrator", 2, 20), ("artemis-batch-processor", "artemis-batch-processor", 1, 10),
            ("sophia-ai-prometheus-scaler", "sophia-orchestrator", 3, 30), ("sophia-ai-services", "sophia-ai-services", 2, 15),
        })
        {
            var found = targets.Single(t => t.Name == target);
            Assert.Equal((workload, min, max), (found.Workload.Name, found.Min, found.Max));
        }

        Assert.All(targets, t =>
        {
            Assert.True(t.Hpas.Single().ScalingActive);
            Assert.InRange(t.Replicas, t.Min, t.Max);
            var status = cluster.Store.Find(Resources.ScaledObjects, t.Namespace, t.Name)!.Status;
            Assert.Equal("True", status.Array("conditions")!.Single(c => c.Text("type") == "Ready").Text("status"));
            Assert.Equal("False", status.Array("conditions")!.Single(c => c.Text("type") == "Paused").Text("status"));
        });
    }

    [Fact]
    public void A_thousand_targets_run_much_faster_than_sixty_fold()
    {
        var cluster = SandboxSeed.Create(World.Start, 1, 1000);

        // The fastest of a few: a busy machine may take its time away at any moment.
        var fastest = TimeSpan.MaxValue;
        for (var attempt = 0; attempt < 5 && fastest > TimeSpan.FromSeconds(2); attempt++)
        {
            var began = TimeProvider.System.GetTimestamp();
            cluster.Advance(TimeSpan.FromMinutes(2));
            var took = TimeProvider.System.GetElapsedTime(began);
            fastest = took < fastest ? took : fastest;
        }

        Assert.InRange(fastest.TotalSeconds, 0, 2);
    }

    private static string Story(ulong seed)
    {
        var world = new World(seed);
        world.Pause();
        world.Wait(3);
        world.Unpause();
        world.Wait(40);
        var documents = new StringBuilder();
        foreach (var resource in Resources.Stored)
        {
            foreach (var one in world.Cluster.Store.All(resource))
                documents.Append(Encoding.UTF8.GetString(one.Bytes));
        }

        return documents.ToString();
    }

    private Task<HttpResponseMessage> Pause() => _client.PatchAsync(_world.ScaledObjectPath,
        new StringContent("""{"metadata":{"annotations":{"autoscaling.keda.sh/paused":"true"}}}""", Encoding.UTF8, "application/merge-patch+json"));
}
