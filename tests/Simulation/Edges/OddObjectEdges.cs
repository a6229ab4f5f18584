using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Simulation.Tests.Edges;

/// <summary>One object that can't be read is one object that can't be read: the others trip and go back, it is left as it is, and people are told.</summary>
public sealed class OddObjectEdges
{
    private static readonly TargetId Edge = new(Hands.Space, Hands.Name);

    [Fact]
    public void A_CPU_request_as_a_number_is_read_like_any_other()
    {
        using var world = new SimWorld(70);
        world.AddTarget();
        Bend(world, Resources.Deployments, d => d["spec"]!["template"]!["spec"]!["containers"]![0]!["resources"]!["requests"]!["cpu"] = 1);
        world.OperatorDies();
        Assert.Empty(world.Panel.Unread);
        Assert.Equal(world.Protectable, world.OnFallback);
        world.Heal();
        world.AssertAllInvariants();
    }

    [Fact]
    public void A_Deployment_that_can_not_be_read_keeps_nobody_else_from_tripping_and_joins_when_it_can()
    {
        using var world = new SimWorld(71);
        world.AddTarget();
        var before = Json.Line(world.Cluster.Store.Find(Resources.ScaledObjects, Hands.Space, Hands.Name)!.Document["metadata"]!["annotations"]);
        Bend(world, Resources.Deployments, d => d["metadata"]!.AsObject().Ensure("labels")["tier"] = 5);
        world.OperatorDies();

        Assert.Equal(world.Protectable - 1, world.OnFallback);
        Assert.DoesNotContain(Edge, world.Panel.Targets.Keys);
        Assert.Equal(before, Json.Line(world.Cluster.Store.Find(Resources.ScaledObjects, Hands.Space, Hands.Name)!.Document["metadata"]!["annotations"]));
        Assert.Null(world.Panel.BlindSince);
        Assert.Equal("Deployment sophia-mesh/edge: metadata.labels.tier is not what it has to be there", Assert.Single(world.Panel.Unread).ToString());

        Bend(world, Resources.Deployments, d => d["metadata"]!["labels"]!.AsObject().Remove("tier"));
        world.PassUntil(() => world.OnFallback == world.Protectable, TimeSpan.FromMinutes(2), "it is on its fallback too");
        world.Heal();
        world.AssertAllInvariants();
    }

    [Fact]
    public void A_tripped_target_whose_ScaledObject_can_not_be_read_is_kept_as_it_is_and_goes_back_when_it_can()
    {
        using var world = new SimWorld(72);
        world.AddTarget();
        world.OperatorDies();
        Bend(world, Resources.ScaledObjects, d => d["metadata"]!["annotations"]!["others"] = 7);
        world.Faults.SetOperator(Sandbox.Keda.OperatorState.Alive);
        world.PassUntil(() => world.OnFallback == 1, TimeSpan.FromMinutes(30), "the others are back with KEDA");
        world.Pass(TimeSpan.FromMinutes(10));
        Assert.Equal([Edge], world.Panel.Targets.Keys);
        Assert.Equal(1, world.OnFallback);
        Assert.DoesNotContain(world.Facts().Audit, a => a.Record.Reason == Reason.TargetGone);

        Bend(world, Resources.ScaledObjects, d => d["metadata"]!["annotations"]!.AsObject().Remove("others"));
        world.Heal();
        world.AssertAllInvariants();
    }

    private static void Bend(SimWorld world, Resource resource, Action<JsonObject> change)
    {
        world.Cluster.Store.Update(world.Cluster.Store.Find(resource, Hands.Space, Hands.Name)!, change, "somebody");
        world.Cluster.EndStep();
    }
}
