namespace Sophia.Keda.Reactor.Core.Tests.Trips;

public sealed class ActionTests
{
    private readonly World _world = new("a");

    private TargetMemory Trip(FallbackAction? ordered = null, int? replicas = null)
    {
        _world.Run();
        _world.Hear(Given.Trip(_world, "a", action: ordered) with { Replicas = replicas });
        return _world.Panel.Targets[World.Id("a")].Memory;
    }

    private void AssertFrozen()
    {
        Assert.Empty(_world["a"].Hpas);
        Assert.True(Pauses.IsOurs(_world["a"]));
        Assert.Equal(4, _world["a"].Replicas!.Desired);
        Assert.Equal(Phase.OnFallback, _world.Panel.Targets[World.Id("a")].Phase);
    }

    [Fact]
    public void Without_a_CPU_request_it_freezes_and_the_page_says_which_container()
    {
        _world.Change("a", v => v with { Replicas = v.Replicas! with { Containers = [new("worker", false)] } });
        Trip();
        AssertFrozen();
        Assert.Contains(_world.Audit, a => a.Reason == Reason.FrozenWithoutCpuRequest);
        Assert.Contains(_world.Pages[0].Targets, t => t.Contains("container worker has no CPU request", StringComparison.Ordinal));
    }

    [Fact]
    public void Beside_a_mesh_sidecar_without_a_request_the_app_container_is_watched()
    {
        _world.Change("a", v => v with { Replicas = v.Replicas! with { Containers = [new("istio-proxy", false), new("app", true)] } });
        Assert.Equal("app", Trip().Container);
        Assert.Equal("app", _world["a"].FallbackHpa!.Container);
    }

    [Fact]
    public void A_sidecars_own_request_does_not_stand_in_for_the_apps()
    {
        _world.Change("a", v => v with { Replicas = v.Replicas! with { Containers = [new("istio-proxy", true), new("app", false)] } });
        Trip();
        AssertFrozen();
    }

    [Theory]
    [InlineData("freeze")]
    [InlineData(" freeze ")]
    public void Annotated_to_freeze_it_freezes(string value)
    {
        _world.Annotate("a", Annotations.Action, value);
        Assert.Equal(FallbackAction.Freeze, Trip().Action);
        AssertFrozen();
        Assert.Contains(_world.Audit, a => a.Reason == Reason.FrozenByAnnotation);
    }

    [Theory]
    [InlineData("replicas: 7", 7)]
    [InlineData("replicas:7", 7)]
    [InlineData(" replicas: 7", 7)]
    [InlineData("replicas: 0", 2)] // within [min, max]
    [InlineData("replicas: 99", 20)]
    public void Annotated_with_a_number_it_is_fixed_at_it(string value, int expected)
    {
        _world.Annotate("a", Annotations.Action, value);
        Assert.Equal(FallbackAction.Replicas, Trip().Action);
        Assert.Empty(_world["a"].Hpas);
        Assert.Equal(expected, _world["a"].Replicas!.Desired);
        Assert.Contains(_world.Pages[0].Targets, t => t.Contains($"fixed at {expected} replicas", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("cpu")]
    [InlineData("")]
    [InlineData("explode")]
    [InlineData("replicas: many")]
    [InlineData("replicas: -3")]
    public void Anything_else_is_a_CPU_HPA(string value)
    {
        _world.Annotate("a", Annotations.Action, value);
        Assert.Equal(FallbackAction.Cpu, Trip().Action);
        Assert.NotNull(_world["a"].FallbackHpa);
    }

    [Fact]
    public void A_policy_without_enable_hpa_fallback_freezes()
    {
        _world.Policy = _world.Policy with { OnTrip = _world.Policy.OnTrip.Remove(TripAction.EnableHpaFallback) };
        Trip();
        AssertFrozen();
        Assert.Contains(_world.Audit, a => a.Reason == Reason.FrozenByPolicy);
    }

    [Fact]
    public void An_order_says_more_than_an_annotation()
    {
        _world.Annotate("a", Annotations.Action, "replicas: 7");
        Trip(FallbackAction.Freeze);
        AssertFrozen();
        Assert.Contains(_world.Audit, a => a.Reason == Reason.FrozenByOrder);
    }

    [Fact]
    public void An_order_for_a_CPU_HPA_says_more_than_an_annotation_too()
    {
        _world.Annotate("a", Annotations.Action, "freeze");
        Assert.Equal(FallbackAction.Cpu, Trip(FallbackAction.Cpu).Action);
        Assert.NotNull(_world["a"].FallbackHpa);
    }

    [Fact]
    public void An_order_for_a_number_fixes_it()
    {
        Assert.Equal(7, Trip(FallbackAction.Replicas, 7).FixedReplicas);
        Assert.Equal(7, _world["a"].Replicas!.Desired);
        _world.Change("a", v => v with { Replicas = v.Replicas! with { Desired = 3 } });
        _world.Pass(1);
        Assert.Equal(7, _world["a"].Replicas!.Desired);
    }

    [Theory]
    [InlineData(FallbackAction.Freeze)]
    [InlineData(FallbackAction.Replicas)]
    [InlineData(FallbackAction.Cpu)]
    public void Whatever_the_action_it_is_given_back_clean(FallbackAction action)
    {
        Trip(action, 7);
        _world.Hear(Given.Reset(_world, "a", ResetMode.Gradual));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Empty(_world["a"].Annotations);
        Assert.Empty(_world.Panel.Targets);
    }

    [Fact]
    public void A_fallback_HPA_that_does_not_scale_is_paged_once_at_its_second_sync()
    {
        Trip();
        _world.Change("a", v => v with { Hpas = [.. v.Hpas.Select(h => h with { ScalingActive = new("False", "FailedGetResourceMetric", "no metrics API") })] });
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.DoesNotContain(_world.Audit, a => a.Reason == Reason.FallbackNotScaling);
        _world.Pass(5);
        var page = Assert.Single(_world.Pages, p => p.Title.Contains("does not scale", StringComparison.Ordinal));
        Assert.Contains("FailedGetResourceMetric: no metrics API", page.Happened);
        Assert.Contains("sophia-mesh/a", page.Happened);
    }
}
