using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Faults;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests.SeveralHosts;

/// <summary>A Deployment stops a reactor with SIGTERM in the middle of a trip: what it was doing ends, and it gives its lease back.</summary>
public sealed class StoppedHostTests
{
    [FactWithProgram(Contracts.Tests.State.Redis.RedisServer.Program)]
    public async Task Stopped_in_the_middle_of_a_trip_it_records_what_it_did_and_gives_its_lease_back()
    {
        // A lease that outlasts the test: nobody would get it by waiting.
        await using var shared = await SharedCluster.StartAsync(speed: 1, moreTargets: 12, morePolicy: "limits:\n  lease: 5m\n");
        var one = await shared.StartHostAsync("one");
        // Nothing but pauses gets through, so that the stop does find it in the middle, with requests under way.
        shared.Kubernetes.Change(cluster => cluster.Faults.Add(new ApiFault { Kind = ApiFaultKind.Hang, When = IsHpaWrite }));
        var order = one.PostAsync("breakers/trip", new JsonObject { ["scope"] = "cluster", ["reason"] = "drill", ["by"] = "ana" });
        await shared.UntilAsync("every pause", () => shared.Look().Targets.All(target => target.Paused == "true"));
        await one.StopAsync();
        await Task.WhenAny(order);

        await using (var store = shared.Store())
        {
            foreach (var name in (LeaseName[])[LeaseName.Runner, LeaseName.Delivery])
                Assert.NotNull((await store.AcquireLeaseAsync(name, "a look", TimeSpan.FromMilliseconds(1), default)).Lease);
        }

        Assert.Equal(shared.Look().Targets.Length, (await shared.AuditAsync()).Count(record => record.Record.Reason is Reason.WriteDone));
        shared.Kubernetes.Change(cluster => cluster.Faults.ClearApi());
        await shared.StartHostAsync("two");
        await shared.UntilAsync("every target on its fallback", () => shared.Look().Targets.All(target => target.OnFallback()));
    }

    private static bool IsHpaWrite(ApiRequest request) => request.Writes && request.Path.Contains("/horizontalpodautoscalers", StringComparison.Ordinal);
}
