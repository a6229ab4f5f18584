using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Faults;
using Sophia.Keda.Reactor.Sandbox.Keda;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Simulation.Tests.Edges;

/// <summary>What says nothing of KEDA's health moves nothing: objects that can't work as they are written, and a lease that nobody renews.</summary>
public sealed class SilentEdges
{
    private static readonly string[] Previews = ["pr-201", "pr-202", "pr-203"];

    [Fact]
    public void Three_without_a_workload_beside_healthy_ones_are_told_once_and_left_alone_in_a_trip()
    {
        using var world = new SimWorld(60);
        var healthy = world.Protectable;
        world.Pass(TimeSpan.FromMinutes(2));
        foreach (var name in Previews)
        {
            world.Cluster.Store.Create(Resources.ScaledObjects, (JsonObject)Json.Sorted(SeedDocuments.ScaledObject(Hands.Space, name, JsonNode.Parse($$$"""
                {"scaleTargetRef":{"name":"{{{name}}}"},"minReplicaCount":1,"maxReplicaCount":3,"triggers":[{"type":"redis","metadata":{"address":"redis:6379","listName":"jobs","listLength":"5"}}]}
                """)!))!, "kubectl");
        }

        world.Cluster.EndStep();
        world.Pass(TimeSpan.FromMinutes(15));
        Assert.DoesNotContain(world.Facts().Audit, a => a.Record.Reason == Reason.IncidentOpened);
        Assert.Equal(0, world.AcceptedWrites);
        Assert.Equal(3, world.Facts().Audit.Count(a => a.Record.Reason == Reason.TargetCantWork));
        Assert.Single(world.Paged, p => p is { Channel: "slack", Kind: PageKind.Trigger });

        world.OperatorDies();
        Assert.Equal(healthy, world.OnFallback);
        Assert.All(Previews, name => Assert.Equal(MemberState.LeftAlone, world.Panel.OpenIncident(Cause.OperatorUnhealthy)!.Members[new TargetId(Hands.Space, name)].State));
        Assert.DoesNotContain(world.Requests, r => r.Method != "GET" && r.Path.Contains("pr-20", StringComparison.Ordinal));

        world.Faults.SetOperator(OperatorState.Alive);
        world.PassUntil(() => world.Panel.Incidents.IsEmpty, TimeSpan.FromHours(1), "the end of the incident, whatever the three do");
        foreach (var name in Previews)
            world.Call("DELETE", $"/apis/keda.sh/v1alpha1/namespaces/{Hands.Space}/scaledobjects/{name}", "{}");
        world.Heal();
        world.AssertAllInvariants();
    }

    [Fact]
    public void A_lease_that_an_earlier_release_left_behind_trips_nothing_and_is_asked_about()
    {
        using var world = new SimWorld(61, options: new SandboxOptions { LeaderElection = false });
        world.Cluster.Store.Create(Resources.Leases, new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = KedaInstallation.LeaseName, ["namespace"] = KedaInstallation.Namespace },
            ["spec"] = new JsonObject { ["holderIdentity"] = "keda-operator-of-the-release-before", ["leaseDurationSeconds"] = 15, ["renewTime"] = "2026-01-10T08:00:00.000000Z" },
        }, "keda-operator");
        world.Cluster.EndStep();
        world.Pass(TimeSpan.FromHours(1));
        Assert.DoesNotContain(world.Facts().Audit, a => a.Record.Reason == Reason.IncidentOpened);
        Assert.Contains("was last renewed 2026-01-10 08:00:00Z", Assert.Single(world.Facts().Audit, a => a.Record.Reason == Reason.LeaseNeverMoved).Record.Text);
        Assert.Equal(0, world.AcceptedWrites);

        world.OperatorDies();
        Assert.Equal(world.Protectable, world.OnFallback);
        world.Faults.SetOperator(OperatorState.Alive);
        world.PassUntil(() => world.Panel.Incidents.IsEmpty, TimeSpan.FromHours(1), "the end of the incident, verified without a lease");
        world.AssertAllInvariants();
    }

    [Fact]
    public void That_a_lease_moved_is_known_to_the_next_process()
    {
        using var world = new SimWorld(62);
        world.Pass(TimeSpan.FromMinutes(2));
        world.Kill();
        world.Pass(TimeSpan.FromSeconds(30));
        Assert.True(world.Panel.Signs.LeaseMoved);
        Assert.Contains($"lease/{KedaInstallation.Namespace}/{KedaInstallation.LeaseName}", world.Panel.Signs.SeenAlive.Keys);
    }
}
