using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

/// <summary>The whole story with nothing but the shipped account, its roles and its admission policies.</summary>
public sealed class OwnAccountTests
{
    private const string Target = "sophia-ai-services";

    [Fact]
    public async Task Trip_hand_back_fixed_replicas_and_a_lost_store_need_no_more_than_the_shipped_rights_and_policies()
    {
        var refused = new ConcurrentQueue<string>();
        await using var rig = await GuardedCluster.StartAsync(moreTargets: 4, reactor: false);
        rig.Answered = (request, status) =>
        {
            if (request.UserAgent.StartsWith(Annotations.Manager, StringComparison.Ordinal) && status is 401 or 403 or 422)
                refused.Enqueue($"{status} {request.Method} {request.Path}");
        };
        using (var http = new HttpClient { BaseAddress = rig.Kubernetes.Address })
            rig.MoreSettings["Kubernetes:Token"] = await ShippedAccess.ApplyAsync(ShippedAccess.Over(http));
        var guarded = Manifests.Settings["Kubernetes__Namespaces"].Split(',');
        rig.MoreSettings["Kubernetes:Namespaces"] = string.Join(',', guarded);
        await rig.StartReactorAsync();

        await PreflightIsFineAsync(rig);
        await OperatorDiesAndReturnsAsync(rig, guarded);
        await FixedReplicasAsync(rig);
        await StoreIsLostWhileTrippedAsync(rig);

        Assert.Empty(refused);
    }

    private static async Task PreflightIsFineAsync(GuardedCluster rig)
    {
        JsonArray reasons = [];
        await rig.UntilAsync("a preflight and a probe", async () =>
        {
            reasons = (await rig.Client.GetAsync("health"))["reasons"]!.AsArray();
            return reasons.Any(r => ((string)r!["text"]!).StartsWith("preflight: all ", StringComparison.Ordinal));
        });
        var said = Assert.Single(reasons, r => ((string)r!["text"]!).StartsWith("preflight: ", StringComparison.Ordinal));
        Assert.Contains("permissions, KEDA 2.20.0 in keda-system, Kubernetes v1.36.0, autoscaling/v2", (string)said!["text"]!, StringComparison.Ordinal);
        Assert.Contains(rig.LogLines(), line => line.Contains("preflight: all ", StringComparison.Ordinal));
    }

    private static async Task OperatorDiesAndReturnsAsync(GuardedCluster rig, string[] guarded)
    {
        rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Dead));
        await rig.UntilAsync("every target on its fallback", () => rig.Look().Targets.Where(t => guarded.Contains(t.Namespace)).All(target => target.OnFallback()));
        rig.Kubernetes.Change(cluster => cluster.Faults.SetOperator(OperatorState.Alive));
        await rig.UntilAsync("every target back with KEDA", () => rig.Look().Targets.All(target => target.WithKedaAlone()));
        await ClosedAsync(rig);
    }

    private static async Task FixedReplicasAsync(GuardedCluster rig)
    {
        Assert.Equal(202, (await rig.Client.OrderAsync("breakers/trip", Order(("action", "replicas"), ("replicas", 7)))).Status);
        await rig.UntilAsync("seven replicas", () => rig.Target(Target).Replicas == 7);
        await rig.Client.OrderAsync("breakers/reset", Order(("mode", "immediate")));
        await ClosedAsync(rig);
    }

    private static async Task StoreIsLostWhileTrippedAsync(GuardedCluster rig)
    {
        await rig.Client.OrderAsync("breakers/trip", Order());
        await rig.UntilAsync("the target on its fallback", () => rig.Target(Target).OnFallback());
        await rig.StopReactorAsync();
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(rig.DatabasePath)!)) File.Delete(file);
        await rig.StartReactorAsync();
        await rig.UntilAsync("the incident again", async () => (await rig.Client.GetAsync("incidents"))["open"]!.AsArray().Count == 1);
        await rig.Client.OrderAsync("breakers/reset", Order(("mode", "immediate")));
        await ClosedAsync(rig);
    }

    private static JsonObject Order(params (string Name, JsonNode Value)[] more)
    {
        var order = new JsonObject { ["scope"] = "target", ["namespace"] = "sophia-mesh", ["name"] = Target, ["reason"] = "the test says so", ["by"] = "ana" };
        foreach (var (field, value) in more) order[field] = value;
        return order;
    }

    private static Task ClosedAsync(GuardedCluster rig) =>
        rig.UntilAsync("no open incident", async () => (await rig.Client.GetAsync("incidents"))["open"]!.AsArray().Count == 0);
}
