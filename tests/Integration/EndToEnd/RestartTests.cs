using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Faults;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd;

/// <summary>The reactor is gone in the middle of a trip and comes back on the same database: everything ends as if it had not been.</summary>
public sealed class RestartTests
{
    private static readonly JsonObject WholeCluster = new()
    {
        ["scope"] = "cluster", ["reason"] = "the test says so", ["by"] = "ana", ["requestId"] = "r-1",
    };

    [Fact]
    public async Task Stopped_after_its_first_pause_it_finishes_the_trip_when_it_is_back()
    {
        await using var rig = await GuardedCluster.StartAsync(moreTargets: 4);
        var paused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Answered = (request, status) =>
        {
            if (IsPause(request) && status == 200) paused.TrySetResult();
        };

        // Nothing but pauses gets through, so that the stop does find it in the middle.
        rig.Kubernetes.Change(cluster => cluster.Faults.Add(new ApiFault { Kind = ApiFaultKind.Hang, When = IsHpaWrite }));
        var order = rig.Client.OrderAsync("breakers/trip", WholeCluster);
        await paused.Task;
        await rig.StopReactorAsync();

        // Its caller may have heard nothing: what was stored is promised all the same.
        await Task.WhenAny(order);
        await EndsTheSameAsync(rig);
    }

    [Fact]
    public async Task Killed_after_its_first_pause_it_finishes_the_trip_when_it_is_back()
    {
        await using var rig = await GuardedCluster.StartAsync(moreTargets: 4, reactor: false);
        using (rig.InRealTime())
        {
            rig.Kubernetes.Change(cluster => cluster.Faults.Add(new ApiFault { Kind = ApiFaultKind.Hang, When = IsHpaWrite }));
            await using var process = await ReactorProcess.StartAsync(rig);
            await process.Client.OrderAsync("breakers/trip", WholeCluster);
            await rig.UntilAsync("a pause", () => rig.Look().Targets.Any(target => target.Paused == "true"));
        }

        await EndsTheSameAsync(rig);
    }

    /// <summary>Lease and timer are so long that only a known death and a run at the start explain it.</summary>
    [Fact]
    public async Task Killed_in_the_middle_of_a_trip_and_started_again_it_waits_neither_for_its_own_lease_nor_for_the_timer()
    {
        await using var rig = await GuardedCluster.StartAsync(moreTargets: 4, reactor: false);
        rig.MorePolicy = "  health_check_interval: 1h\nlimits:\n  lease: 5m\n";
        rig.MoreSettings["Reconcile:Schedule"] = "0 0 * * * *";
        using (rig.InRealTime())
        {
            rig.Kubernetes.Change(cluster => cluster.Faults.Add(new ApiFault { Kind = ApiFaultKind.Hang, When = IsHpaWrite }));
            await using (var process = await ReactorProcess.StartAsync(rig))
            {
                await process.Client.OrderAsync("breakers/trip", WholeCluster);
                await rig.UntilAsync("a pause", () => rig.Look().Targets.Any(target => target.Paused == "true"));
            }

            rig.Kubernetes.Change(cluster => cluster.Faults.ClearApi());
            await using var again = await ReactorProcess.StartAsync(rig);
            await rig.UntilAsync("every target on its fallback", () => rig.Look().Targets.All(target => target.OnFallback()));
        }
    }

    private static async Task EndsTheSameAsync(GuardedCluster rig)
    {
        Assert.Contains(rig.Look().Targets, target => target.Paused == "true");
        Assert.DoesNotContain(rig.Look().Targets, target => target.OnFallback());

        rig.Kubernetes.Change(cluster => cluster.Faults.ClearApi());
        await rig.StartReactorAsync();
        await rig.UntilAsync("every target on its fallback", () => rig.Look().Targets.All(target => target.OnFallback()));

        var incident = Assert.Single((await rig.Client.GetAsync("incidents"))["open"]!.AsArray())!;
        Assert.Equal("manual", (string?)incident["cause"]);
        await rig.UntilAsync("the page", () => rig.PagerDuty().Count > 0 && rig.Pages("slack").Count > 0);
        Assert.Equal(("trigger", (string)incident["dedupKey"]!), rig.PagerDuty()[0]);
        var again = await rig.Client.OrderAsync("breakers/trip", WholeCluster);
        Assert.Equal((202, (string?)incident["id"]), (again.Status, (string?)again.Json!["incident"]));

        await rig.Client.OrderAsync("breakers/reset", new JsonObject
        {
            ["scope"] = "cluster", ["mode"] = "immediate", ["reason"] = "enough", ["by"] = "ana",
        });
        await rig.UntilAsync("every target back with KEDA", () => rig.Look().Targets.All(target => target.WithKedaAlone()));
        await rig.UntilAsync("the last page", () => rig.PagerDuty()[^1].Action == "resolve");
        Assert.Single(rig.PagerDuty().Select(page => page.Key).Distinct());
        await AuditHasNoGapAsync(rig);
    }

    private static async Task AuditHasNoGapAsync(GuardedCluster rig)
    {
        var numbers = (await rig.Client.GetAsync("audit?limit=1000"))["records"]!.AsArray().Select(record => (long)record!["sequence"]!).ToList();
        Assert.Equal(Enumerable.Range(1, numbers.Count).Select(number => (long)number), numbers);
    }

    private static bool IsPause(ApiRequest request) => request.Method == "PATCH" && request.Path.Contains("/scaledobjects/", StringComparison.Ordinal);

    private static bool IsHpaWrite(ApiRequest request) => request.Writes && request.Path.Contains("/horizontalpodautoscalers", StringComparison.Ordinal);
}
