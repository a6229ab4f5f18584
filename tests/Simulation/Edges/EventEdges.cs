using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Faults;

namespace Sophia.Keda.Reactor.Simulation.Tests.Edges;

/// <summary>Events on ScaledObjects, as `kubectl describe scaledobject` finds them.</summary>
public sealed class EventEdges
{
    private static List<JsonNode> Told(SimWorld world) =>
        [.. world.Cluster.Store.All(Resources.Events).Select(e => e.Document).Where(e => (string?)e["source"]?["component"] == "sophia-keda-reactor")];

    private static string[] Reasons(SimWorld world, string name) =>
        [.. Told(world).Where(e => (string?)e["involvedObject"]!["name"] == name).OrderBy(e => (string?)e["firstTimestamp"]).Select(e => (string)e["reason"]!)];

    [Fact]
    public void Every_target_is_told_when_it_is_tripped_and_when_it_is_back_and_no_Event_is_changed_afterwards()
    {
        using var world = new SimWorld(51);
        world.AddTarget();
        world.OperatorDies();
        world.Heal();
        Assert.All(world.Cluster.Snapshot().Targets, target => Assert.Equal(["ReactorTripped", "ReactorHandedBack"], Reasons(world, target.Name)));
        Assert.All(Told(world), e =>
        {
            Assert.Equal(("ScaledObject", "keda.sh/v1alpha1", 1), ((string?)e["involvedObject"]!["kind"], (string?)e["involvedObject"]!["apiVersion"], (int?)e["count"]));
            Assert.InRange(((string)e["message"]!).Length, 100, 1_024);
        });
        Assert.All(world.Requests.Where(r => r.Path.Contains("/events", StringComparison.Ordinal) && r.Method != "GET"), r => Assert.Equal("POST", r.Method));
        world.AssertAllInvariants();
    }

    [Fact]
    public void A_process_that_dies_in_the_middle_of_a_trip_leaves_no_transition_told_twice()
    {
        for (var dies = 1; dies < 30; dies += 4)
        {
            using var world = new SimWorld(52) { NextDiesAt = 20 + dies };
            world.OperatorDies();
            world.Heal();
            var told = Told(world).Select(e => ((string?)e["involvedObject"]!["name"], (string?)e["reason"])).ToList();
            Assert.Equal(told.Distinct().Count(), told.Count);
            world.AssertAllInvariants();
        }
    }
}
