using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Simulation.Tests.Edges;

/// <summary>Hand-backs that KEDA, its webhook, or somebody's hands make difficult.</summary>
public sealed class HandbackEdges
{
    private static readonly TargetId Id = new(Hands.Space, Hands.Name);

    /// <summary>KEDA #4642: one reconcile after the other, seconds for each.</summary>
    [Fact]
    public void A_slow_operator_is_waited_for_and_the_fallback_stays_meanwhile()
    {
        using var world = new SimWorld(20, moreTargets: 60);
        world.OperatorDies();
        world.Heal();
        Assert.Equal(0, Assert.Single(world.Facts().Closed).Attempts);
        world.AssertAllInvariants();
    }

    /// <summary>KEDA #6421, #6982: the condition says Paused after the pause is gone.</summary>
    [Fact]
    public void A_Paused_condition_that_flaps_or_sticks_is_not_believed()
    {
        using var world = new SimWorld(28);
        world.OperatorDies();
        var lies = 0;
        world.Cluster.Stepped = cluster =>
            lies += cluster.Snapshot().Targets.Count(t => t.Paused is null && t.Hpas.Any(h => h.HasKedaLabel) && SaysPaused(cluster, t));
        world.Heal();
        Assert.NotEqual(0, lies);
        Assert.Equal(0, Assert.Single(world.Facts().Closed).Attempts);
        world.AssertAllInvariants();

        static bool SaysPaused(SandboxCluster cluster, TargetState target) =>
            cluster.Store.Find(Resources.ScaledObjects, target.Namespace, target.Name)!.Document["status"]?["conditions"]?.AsArray().Any(c => (string?)c!["type"] == "Paused" && (string?)c["status"] == "True") == true;
    }

    [Theory]
    [InlineData("2.13.0")]
    [InlineData("2.14.0")]
    [InlineData("2.17.0")]
    [InlineData("2.18.2")]
    [InlineData("2.20.0")]
    [InlineData("2.20.2")]
    [InlineData("2.21.0")]
    public void Every_known_release_of_KEDA_takes_its_workloads_back(string version)
    {
        using var world = new SimWorld(21, options: new SandboxOptions { KedaVersion = version });
        world.AddTarget();
        world.OperatorDies();
        world.Heal();
        world.AssertAllInvariants();
    }

    [Fact]
    public void A_ScaledObject_that_is_deleted_takes_its_fallback_along()
    {
        using var world = new SimWorld(22);
        world.AddTarget();
        world.OperatorDies();
        world.Faults.SetOperator(OperatorState.Alive);
        world.Call("DELETE", Hands.ScaledObject);
        world.Heal();
        Assert.Null(world.Cluster.Target(Hands.Space, Hands.Name));
        Assert.DoesNotContain("edge-fallback", world.Call("GET", Hands.Hpas).Document().ToJsonString());
        world.AssertAllInvariants();
    }

    [Fact]
    public void One_that_is_deleted_while_the_operator_is_dead_hangs_in_deletion_and_gets_no_write()
    {
        using var world = new SimWorld(23);
        world.AddTarget();
        world.OperatorDies();
        world.Call("DELETE", Hands.ScaledObject);
        Assert.True(world.Edge().Deleting);
        world.Requests.Clear();
        world.Pass(TimeSpan.FromMinutes(5));
        Assert.DoesNotContain(world.Requests, r => r.Method != "GET" && r.Path.Contains($"/{Hands.Name}", StringComparison.Ordinal));
        world.Heal();
        Assert.Null(world.Cluster.Target(Hands.Space, Hands.Name));
    }

    [Fact]
    public void One_that_is_made_again_is_another_object_and_is_judged_anew()
    {
        using var world = new SimWorld(24);
        world.AddTarget();
        world.Hear(Orders.TripAll(world));
        world.PassUntil(() => world.OnFallback == world.Protectable, TimeSpan.FromMinutes(2), "on its fallback");
        var first = world.Edge().Uid;
        world.Call("DELETE", Hands.ScaledObject);
        world.Wait(TimeSpan.FromSeconds(5)); // KEDA's finalizer
        world.AddTarget(withWorkload: false);
        Assert.NotEqual(first, world.Edge().Uid);
        Assert.Equal(["edge-fallback"], world.HpasNow());
        Assert.Equal(world.Edge().Uid, world.Panel.Targets[Id].Uid);
        world.Hear(Orders.Reset(world));
        world.Heal();
        world.AssertAllInvariants();
    }

    [Fact]
    public void One_whose_workload_is_exchanged_while_tripped_goes_back_with_the_new_one()
    {
        using var world = new SimWorld(25);
        world.AddTarget();
        world.OperatorDies();
        world.Cluster.Store.Create(Resources.Deployments, Sandbox.Seed.SeedDocuments.Deployment(Hands.Space, "edge-next", 4, cpuRequests: true), "kubectl");
        world.Call("PATCH", Hands.ScaledObject, """{"spec":{"scaleTargetRef":{"name":"edge-next"}}}""");
        world.Pass(TimeSpan.FromMinutes(2));
        Assert.Equal(("edge-next", "edge-fallback"), (world.Edge().Workload.Name, Assert.Single(world.HpasNow())));
        world.Heal();
        Assert.Equal("keda-hpa-edge", Assert.Single(world.HpasNow()));
    }

    [Fact]
    public void A_GitOps_tool_that_removes_our_pause_is_named_when_we_stop_fighting_it()
    {
        using var world = new SimWorld(26);
        world.AddTarget();
        world.Hear(Orders.Trip(world, Hands.Space, Hands.Name));
        world.Pass(TimeSpan.FromMinutes(1));
        world.Ticked = _ =>
        {
            if (world.Edge().Paused == "true")
            {
                // A sync writes the whole object as Git has it: our keys go, its own label stays its own.
                world.Call("PATCH", $"{Hands.ScaledObject}?fieldManager=argocd-controller", $$$$"""{"metadata":{"labels":{"synced":"{{{{world.Time.Now.Ticks}}}}"},"annotations":{"{{{{Annotations.Paused}}}}":null}}}""");
            }
        };
        world.PassUntil(() => world.Facts().Audit.Any(a => a.Record.Reason == Reason.PutBacksExhausted), TimeSpan.FromMinutes(10), "we stop fighting");
        var audit = world.Facts().Audit.Select(a => a.Record).ToList();
        Assert.Equal(world.Policy.PutBacks, audit.Count(a => a.Reason == Reason.PausePutBack));
        Assert.Contains("argocd-controller", Assert.Single(audit, a => a.Reason == Reason.PutBacksExhausted).Text);
        world.Ticked = null;
        world.Pass(TimeSpan.FromMinutes(3));
        Assert.Equal(["keda-hpa-edge"], world.HpasNow());
        Assert.Equal(BreakerState.Held, Breakers.One(world.Panel, world.LastSeen!, world.Policy, Id)!.State);
    }

    [Fact]
    public void Whoever_pauses_it_during_the_incident_keeps_it_on_its_fallback_until_they_let_go()
    {
        using var world = new SimWorld(27);
        world.AddTarget();
        world.OperatorDies();
        world.Annotate(Annotations.Paused, null);
        world.Annotate(Annotations.Paused, "true");
        world.Faults.SetOperator(OperatorState.Alive);
        world.Pass(TimeSpan.FromMinutes(40));
        Assert.Equal(["edge-fallback"], world.HpasNow());
        Assert.Equal("true", world.Edge().Paused);
        world.Annotate(Annotations.Paused, null);
        world.Heal();
        Assert.Equal(["keda-hpa-edge"], world.HpasNow());
    }

    [Fact]
    public void Whoever_pauses_it_at_a_count_gets_that_count_from_the_operator_and_no_fallback_beside_it()
    {
        using var world = new SimWorld(27);
        world.AddTarget();
        world.OperatorDies();
        world.Annotate(Annotations.PausedReplicas, "4");
        world.Pass(TimeSpan.FromMinutes(2));
        Assert.Equal(["edge-fallback"], world.HpasNow()); // nobody has taken it
        world.Faults.SetOperator(OperatorState.Alive);
        world.Pass(TimeSpan.FromMinutes(40));
        Assert.Empty(world.HpasNow());
        Assert.Equal(4, world.Edge().Replicas);
        world.Annotate(Annotations.PausedReplicas, null);
        world.Heal();
        Assert.Equal(["keda-hpa-edge"], world.HpasNow());
    }
}
