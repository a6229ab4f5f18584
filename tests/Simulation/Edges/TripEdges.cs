using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Simulation.Tests.Edges;

/// <summary>Trips of targets that are not as the textbook has them, in a cluster that behaves as the real ones did.</summary>
public sealed class TripEdges
{
    private const string Fallback = Hands.Name + "-fallback";

    public static TheoryData<int> Writes => [.. Enumerable.Range(1, 18)];

    [Theory]
    [MemberData(nameof(Writes))]
    public void An_operator_that_returns_in_the_middle_of_the_trip_leaves_no_target_without_its_one_autoscaler(int write)
    {
        using var world = new SimWorld(5);
        world.Pass(TimeSpan.FromMinutes(1));
        world.Writing = number =>
        {
            if (number == write)
                world.Faults.SetOperator(OperatorState.Alive);
        };
        world.OperatorDies();
        world.Heal();
        world.AssertAllInvariants();
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public void An_operator_that_dies_in_the_middle_of_a_trip_by_hand_changes_nothing_about_it(int write)
    {
        using var world = new SimWorld(6);
        world.Pass(TimeSpan.FromMinutes(1));
        world.Writing = number =>
        {
            if (number == write)
                world.Faults.SetOperator(OperatorState.Dead);
        };
        world.Hear(Orders.TripAll(world));
        world.PassUntil(() => world.OnFallback == world.Protectable, TimeSpan.FromMinutes(2), "every target is on its fallback");
        world.Writing = null;
        world.Faults.SetOperator(OperatorState.Alive);
        world.Pass(TimeSpan.FromMinutes(5));
        Assert.Equal(world.Protectable, world.OnFallback);
        world.Hear(Orders.Reset(world));
        world.Heal();
        world.AssertAllInvariants();
    }

    [Fact]
    public void An_operator_that_dies_and_returns_again_and_again_meets_one_incident()
    {
        using var world = new SimWorld(7);
        world.Pass(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 4; i++)
        {
            world.Faults.SetOperator(OperatorState.Dead);
            world.Pass(TimeSpan.FromMinutes(4));
            world.Faults.SetOperator(OperatorState.Alive);
            world.Pass(TimeSpan.FromSeconds(50));
        }

        world.Heal();
        Assert.Single(world.Facts().Closed);
        world.AssertAllInvariants();
    }

    [Fact]
    public void A_KEDA_HPA_with_a_name_of_its_own_goes_and_comes_back_under_it()
    {
        using var world = new SimWorld(8);
        var target = world.AddTarget(more: ""","advanced":{"horizontalPodAutoscalerConfig":{"name":"our-own-name"}}""");
        Assert.Equal("our-own-name", Assert.Single(target.Hpas).Name);
        world.OperatorDies();
        Assert.Equal([Fallback], world.HpasNow());
        world.Heal();
        Assert.Equal(["our-own-name"], world.HpasNow());
        world.AssertAllInvariants();
    }

    [Fact]
    public void A_StatefulSet_is_moved_and_given_back()
    {
        using var world = new SimWorld(9);
        world.AddTarget(kind: "StatefulSet");
        world.OperatorDies();
        Assert.Equal([Fallback], world.HpasNow());
        world.Heal();
        world.AssertAllInvariants();
    }

    [Fact]
    public void A_workload_at_0_is_raised_to_its_fallback()
    {
        using var world = new SimWorld(10);
        Assert.Equal(0, world.AddTarget(min: 0, demand: 0).Replicas);
        world.OperatorDies();
        Assert.Equal((Fallback, 1), (Assert.Single(world.HpasNow()), world.Edge().Replicas));
        world.Heal();
        world.AssertAllInvariants();
    }

    /// <summary>KEDA's idleReplicaCount: 0 while no trigger is active, minReplicaCount and more as soon as one is.</summary>
    [Fact]
    public void An_idle_workload_below_its_own_min_is_raised_too()
    {
        using var world = new SimWorld(17);
        Assert.Equal(0, world.AddTarget(min: 2, demand: 0, more: ""","idleReplicaCount":0""").Replicas);
        world.OperatorDies();
        Assert.Equal((Fallback, 2), (Assert.Single(world.HpasNow()), world.Edge().Replicas));
        world.Heal();
        world.AssertAllInvariants();
    }

    [Fact]
    public void A_kind_of_others_costs_a_look_at_its_scale_until_its_replicas_are_there()
    {
        using var world = new SimWorld(18);
        world.AddTarget(kind: "Rollout", apiVersion: "argoproj.io/v1alpha1");
        world.Requests.Clear();
        world.OperatorDies();
        Assert.Equal(Fallback, Assert.Single(world.HpasNow()));
        var looks = world.Requests.Count(r => r.Path.EndsWith("/rollouts/edge/scale", StringComparison.Ordinal));
        Assert.InRange(looks, 1, 4);
        world.Pass(TimeSpan.FromMinutes(3));
        Assert.Equal(looks, world.Requests.Count(r => r.Path.EndsWith("/rollouts/edge/scale", StringComparison.Ordinal)));
        world.Heal();
        world.AssertAllInvariants();
    }

    [Fact]
    public void A_kind_of_others_at_0_is_raised_once()
    {
        using var world = new SimWorld(19);
        Assert.Equal(0, world.AddTarget(min: 0, demand: 0, kind: "Rollout", apiVersion: "argoproj.io/v1alpha1").Replicas);
        world.Requests.Clear();
        world.OperatorDies();
        Assert.Equal((Fallback, 1), (Assert.Single(world.HpasNow()), world.Edge().Replicas));
        Assert.Single(world.Requests, r => r.Method == "PATCH" && r.Path.Contains("/rollouts/edge/scale", StringComparison.Ordinal));
        world.Heal();
        world.AssertAllInvariants();
    }

    [Fact]
    public void Where_a_VPA_sets_the_CPU_requests_it_is_frozen()
    {
        using var world = new SimWorld(20, options: new SandboxOptions { VerticalPodAutoscalers = true });
        world.AddTarget();
        world.Call("POST", $"/apis/autoscaling.k8s.io/v1/namespaces/{Hands.Space}/verticalpodautoscalers", """{"apiVersion":"autoscaling.k8s.io/v1","kind":"VerticalPodAutoscaler","metadata":{"name":"edge-vpa"},"spec":{"targetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"edge"}}}""", "application/json");
        world.OperatorDies();
        Assert.Empty(world.HpasNow());
        Assert.Contains(world.Facts().Audit, a => a.Record is { Reason: Reason.FrozenBesideVpa, Target.Name: Hands.Name });
        world.Heal();
        Assert.Equal("keda-hpa-edge", Assert.Single(world.HpasNow()));
    }

    /// <summary>Linkerd's proxy has no CPU request: a sum over the pod fails, the app's own container does not.</summary>
    [Fact]
    public void In_a_mesh_whose_proxies_the_template_does_not_show_the_fallback_scales_all_the_same()
    {
        using var world = new SimWorld(21);
        world.Call("PATCH", $"/api/v1/namespaces/{Hands.Space}", """{"metadata":{"annotations":{"linkerd.io/inject":"enabled"}}}""");
        world.AddTarget();
        world.OperatorDies();
        world.Pass(TimeSpan.FromMinutes(2));
        var fallback = Assert.Single(world.Edge().Hpas);
        Assert.Equal((Fallback, true), (fallback.Name, fallback.ScalingActive));
        Assert.DoesNotContain(world.Facts().Audit, a => a.Record.Reason == Reason.FallbackNotScaling);
    }

    /// <summary>No mark tells of it, and its container asks for no CPU: the HPA watches the app's container, so that nothing is missing.</summary>
    [Fact]
    public void Beside_a_container_that_an_unknown_webhook_injects_the_fallback_scales_all_the_same()
    {
        using var world = new SimWorld(23);
        world.Call("PATCH", $"/api/v1/namespaces/{Hands.Space}", """{"metadata":{"annotations":{"sandbox.sophia-intel.ai/inject":"somebodys-agent"}}}""");
        world.AddTarget();
        world.OperatorDies();
        world.Pass(TimeSpan.FromMinutes(2));
        var fallback = Assert.Single(world.Edge().Hpas);
        Assert.Equal((Fallback, true), (fallback.Name, fallback.ScalingActive));
        Assert.DoesNotContain(world.Facts().Audit, a => a.Record.Reason == Reason.FallbackNotScaling);
    }

    /// <summary>Where several containers ask for CPU it is their sum, until the HPA says who is missing.</summary>
    [Fact]
    public void Beside_an_unknown_container_and_several_that_ask_for_CPU_the_fallback_comes_to_scale()
    {
        using var world = new SimWorld(24);
        world.Call("PATCH", $"/api/v1/namespaces/{Hands.Space}", """{"metadata":{"annotations":{"sandbox.sophia-intel.ai/inject":"somebodys-agent"}}}""");
        world.AddTarget();
        world.Call("PATCH", $"/apis/apps/v1/namespaces/{Hands.Space}/deployments/{Hands.Name}", """{"spec":{"template":{"spec":{"containers":[{"name":"app","image":"x","resources":{"requests":{"cpu":"100m"}}},{"name":"worker","image":"x","resources":{"requests":{"cpu":"100m"}}}]}}}}""");
        world.OperatorDies();
        world.Pass(TimeSpan.FromMinutes(3));
        Assert.Contains(world.Facts().Audit, a => a.Record is { Reason: Reason.FallbackWatchesContainer, Target.Name: Hands.Name });
        Assert.Equal((Fallback, true), Assert.Single(world.Edge().Hpas) is var fallback ? (fallback.Name, fallback.ScalingActive) : default);
        Assert.DoesNotContain(world.Facts().Audit, a => a.Record is { Reason: Reason.FallbackNotScaling, Target.Name: Hands.Name });
    }

    [Theory]
    [InlineData(Sandbox.Hpa.MetricsApi.Absent)]
    [InlineData(Sandbox.Hpa.MetricsApi.Down)]
    public void Without_the_resource_metrics_API_the_fallback_keeps_its_floor_and_people_know(Sandbox.Hpa.MetricsApi api)
    {
        using var world = new SimWorld(22);
        world.AddTarget();
        world.Faults.SetMetricsApi(api);
        world.OperatorDies();
        world.Pass(TimeSpan.FromMinutes(2));
        Assert.Equal((Fallback, 10), (Assert.Single(world.HpasNow()), world.Edge().Replicas));
        Assert.Equal(world.Protectable, world.Facts().Audit.Count(a => a.Record.Reason == Reason.FallbackNotScaling));
        Assert.Single(world.Facts().Audit, a => a.Record.Reason == Reason.PageQueued && a.Record.Text.Contains("do not scale", StringComparison.Ordinal));
        world.Faults.SetMetricsApi(Sandbox.Hpa.MetricsApi.Up);
        world.Heal();
        world.AssertAllInvariants();
    }

    [Fact]
    public void Without_CPU_requests_it_is_frozen_with_what_it_has()
    {
        using var world = new SimWorld(11);
        var before = world.AddTarget(cpuRequests: false).Replicas;
        world.OperatorDies();
        Assert.Empty(world.HpasNow());
        Assert.Equal((before, "true"), (world.Edge().Replicas, world.Edge().Paused));
        Assert.Contains(world.Facts().Audit, a => a.Record is { Reason: Reason.FrozenWithoutCpuRequest, Target.Name: Hands.Name });
        world.Heal();
        Assert.Equal(["keda-hpa-edge"], world.HpasNow());
    }

    [Fact]
    public void KEDAs_own_fallback_that_cut_the_replicas_already_does_not_hide_what_ran_before()
    {
        using var world = new SimWorld(12, policy: new Policy { Cluster = "sim", AlertChannels = ["slack"], FallbackReplicas = 1 });
        var before = world.AddTarget(demand: 9, more: ""","fallback":{"behavior":"static","failureThreshold":3,"replicas":2}""").Replicas;
        Assert.Equal(9, before);
        world.Faults.SetTriggerSource(Hands.Space, Hands.Name, TriggerFailure.Prometheus);
        world.PassUntil(() => world.Panel.OpenIncident(Cause.ScalerErrors)?.FallbackInPlaceAt is not null, TimeSpan.FromMinutes(20), "on its fallback");
        Assert.Equal(9, world.Panel.Targets[new TargetId(Hands.Space, Hands.Name)].Memory.CachedReplicas);
        world.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal((Fallback, 9), (Assert.Single(world.HpasNow()), world.Edge().Replicas));
    }

    [Fact]
    public void A_foreign_HPA_that_stands_there_already_is_never_touched_and_the_target_is_held()
    {
        using var world = new SimWorld(13, options: new SandboxOptions { Webhook = false });
        world.AddTarget();
        world.Call("POST", Hands.Hpas, $$$"""{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"somebodys"},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"{{{Hands.Name}}}"},"minReplicas":1,"maxReplicas":10}}""", "application/json");
        world.OperatorDies();
        Assert.Equal(["keda-hpa-edge", "somebodys"], world.HpasNow().Order());
        Assert.DoesNotContain(world.Requests, r => r.Method != "GET" && r.Path.Contains($"/{Hands.Name}", StringComparison.Ordinal));
        Assert.Equal(BreakerState.Held, Breakers.One(world.Panel, world.LastSeen!, world.Policy, new TargetId(Hands.Space, Hands.Name))!.State);
    }

    [Fact]
    public void A_stranger_on_another_workload_who_has_the_name_of_the_fallback_keeps_it()
    {
        using var world = new SimWorld(14);
        world.AddTarget();
        world.Call("POST", Hands.Hpas, $$$"""{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"{{{Fallback}}}"},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"nobody"},"minReplicas":1,"maxReplicas":10}}""", "application/json");
        world.OperatorDies();
        Assert.Empty(world.HpasNow());
        Assert.Equal("nobody", (string?)world.Call("GET", $"{Hands.Hpas}/{Fallback}").Document()["spec"]!["scaleTargetRef"]!["name"]);
        world.Heal();
        Assert.Equal("nobody", (string?)world.Call("GET", $"{Hands.Hpas}/{Fallback}").Document()["spec"]!["scaleTargetRef"]!["name"]);
    }

    [Fact]
    public void An_exhausted_quota_is_paged_with_the_clusters_words()
    {
        using var world = new SimWorld(15);
        world.AddTarget();
        world.Call("POST", $"/api/v1/namespaces/{Hands.Space}/resourcequotas", """{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"small"},"spec":{"hard":{"pods":"1"}}}""", "application/json");
        world.Hear(Orders.Trip(world, Hands.Space, Hands.Name));
        world.Pass(TimeSpan.FromMinutes(3));
        var told = Assert.Single(world.Facts().Audit, a => a.Record.Reason == Reason.FallbackShort).Record.Text;
        Assert.Contains("exceeded quota: small", told);
        Assert.Contains("of 10 replicas available", told);
    }

    [Fact]
    public void Pods_that_find_no_node_are_paged_when_none_comes_in_time()
    {
        using var world = new SimWorld(16);
        world.AddTarget();
        world.Faults.SetRoom(world.Cluster.Snapshot().Targets.Sum(t => t.Replicas) + 8);
        world.Hear(Orders.Trip(world, Hands.Space, Hands.Name));
        world.Pass(TimeSpan.FromMinutes(1));
        Assert.DoesNotContain(world.Facts().Audit, a => a.Record.Reason == Reason.FallbackShort);
        world.Pass(TimeSpan.FromMinutes(4));
        Assert.Contains("nodes are available", Assert.Single(world.Facts().Audit, a => a.Record.Reason == Reason.FallbackShort).Record.Text);
    }
}
