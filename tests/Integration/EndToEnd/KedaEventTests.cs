using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd;

public sealed class KedaEventTests
{
    private const string Target = "sophia-ai-services";

    [Fact]
    public async Task A_failed_event_that_stands_for_two_minutes_trips_its_target_and_ready_gives_it_back()
    {
        await using var rig = await GuardedCluster.StartAsync();
        var failedAt = rig.Clock.GetUtcNow();

        var reply = await rig.Client.EventAsync(Event(rig, KedaEventTypes.Failed));
        await rig.UntilAsync("its target on its fallback", () => rig.Target(Target).OnFallback());
        var took = rig.Clock.GetUtcNow() - failedAt;
        var reasons = await ReasonsAsync(rig);
        await rig.Client.EventAsync(Event(rig, KedaEventTypes.Ready));
        await rig.UntilAsync("everything with KEDA again", () => rig.Look().Targets.All(target => target.WithKedaAlone()));

        Assert.Equal((202, 1), (reply.Status, (int)reply.Json!["accepted"]!));
        Assert.True(took >= TimeSpan.FromMinutes(2), $"it tripped after {took}");
        Assert.Contains("eventStood", reasons);
        Assert.All(rig.Look().Targets.Where(target => target.Name != Target), target => Assert.True(target.WithKedaAlone()));
    }

    [Fact]
    public async Task A_failed_event_that_the_probe_confirms_trips_at_once()
    {
        await using var rig = await GuardedCluster.StartAsync();
        var ns = rig.Target(Target).Namespace;
        rig.Kubernetes.Change(cluster => cluster.Faults.SetTriggerSource(ns, Target, TriggerFailure.Redis));

        await rig.Client.EventAsync(Event(rig, KedaEventTypes.Failed));
        await rig.UntilAsync("its target on its fallback", () => rig.Target(Target).OnFallback());

        Assert.Contains("eventConfirmed", await ReasonsAsync(rig));
        rig.Kubernetes.Change(cluster => cluster.Faults.SetTriggerSource(ns, Target, TriggerFailure.None));
        await rig.Client.EventAsync(Event(rig, KedaEventTypes.Ready));
        await rig.UntilAsync("everything with KEDA again", () => rig.Look().Targets.All(target => target.WithKedaAlone()));
    }

    [Fact]
    public async Task A_failed_event_that_is_over_in_time_moves_nothing()
    {
        await using var rig = await GuardedCluster.StartAsync();
        var began = rig.Clock.GetUtcNow();

        using (rig.InRealTime())
        {
            await rig.Client.EventAsync(Event(rig, KedaEventTypes.Failed));
            await rig.Client.EventAsync(Event(rig, KedaEventTypes.Ready));
        }

        await rig.UntilAsync("five minutes", () => rig.Clock.GetUtcNow() - began > TimeSpan.FromMinutes(5));
        Assert.Equal(0, rig.AcceptedWrites);
    }

    /// <summary>As Event Grid delivers it.</summary>
    private static string Event(GuardedCluster rig, string type)
    {
        var now = rig.Clock.GetUtcNow();
        return new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = $"{type}-{now.UtcTicks}",
            ["source"] = $"/{GuardedCluster.Name}/keda-system/keda",
            ["type"] = type,
            ["subject"] = $"/{GuardedCluster.Name}/{rig.Target(Target).Namespace}/scaledobject/{Target}",
            ["time"] = now.ToString("O"),
            ["data"] = new JsonObject { ["reason"] = "ScaledObjectCheckFailed", ["message"] = "as the test says" },
        }.ToJsonString();
    }

    private static async Task<string[]> ReasonsAsync(GuardedCluster rig)
    {
        var trail = await rig.Client.GetAsync("audit?latest=true&limit=200");
        return [.. trail["records"]!.AsArray().Select(record => (string)record!["reason"]!)];
    }
}
