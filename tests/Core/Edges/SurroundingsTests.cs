namespace Sophia.Keda.Reactor.Core.Tests.Edges;

/// <summary>What stands around a workload and decides whether, and how, an HPA on CPU suits it.</summary>
public sealed class SurroundingsTests
{
    private readonly World _world = new("a", "b");

    private static readonly HpaView Strange = World.KedaHpa("x", 4, World.Start) with { Name = "a-fallback", Uid = "strange", Owner = HpaOwner.Other };

    private TargetMemory Trip()
    {
        _world.Run();
        _world.Hear(Given.Trip(_world, "a"));
        return _world.Panel.Targets[World.Id("a")].Memory;
    }

    [Fact]
    public void Where_a_VPA_sets_the_CPU_requests_it_is_frozen_and_the_audit_says_why()
    {
        _world.Change("a", v => v with { VpaOnCpu = "a-vpa" });
        Assert.Equal(FallbackAction.Freeze, Trip().Action);
        Assert.Empty(_world["a"].Hpas);
        Assert.Contains("a-vpa", Assert.Single(_world.Audit, a => a.Reason == Reason.FrozenBesideVpa).Text);
    }

    [Fact]
    public void An_order_for_a_CPU_HPA_says_more_than_a_VPA()
    {
        _world.Change("a", v => v with { VpaOnCpu = "a-vpa" });
        _world.Run();
        _world.Hear(Given.Trip(_world, "a", action: FallbackAction.Cpu));
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
    }

    [Fact]
    public void When_a_stranger_has_the_name_of_its_fallback_elsewhere_it_is_frozen_and_the_stranger_is_not_touched()
    {
        _world.Change("a", v => v with { NamesakeElsewhere = Strange });
        Assert.Equal(FallbackAction.Freeze, Trip().Action);
        Assert.Single(_world.Audit, a => a.Reason == Reason.FrozenNameTaken);
        _world.Hear(Given.Reset(_world, "a", ResetMode.Gradual));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal(Strange, _world["a"].NamesakeElsewhere);
        Assert.DoesNotContain(_world.Written, w => w is ApplyFallbackHpa or DeleteHpa { Uid: "strange" });
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
    }

    [Fact]
    public void A_stranger_who_takes_the_name_in_the_moment_of_the_trip_is_a_conflict_and_then_seen()
    {
        _world.Run();
        _world.Ends = w =>
        {
            if (w is not ApplyFallbackHpa)
                return Outcome.Done;
            _world.Change("a", v => v with { NamesakeElsewhere = Strange });
            return Outcome.Conflict;
        };
        _world.Hear(Given.Trip(_world, "a"));
        _world.Ends = _ => Outcome.Done;
        _world.Pass(2);
        Assert.Equal(FallbackAction.Freeze, _world.Panel.Targets[World.Id("a")].Memory.Action);
        Assert.Equal(Phase.OnFallback, _world.Panel.Targets[World.Id("a")].Phase);
        Assert.Single(_world.Pages, p => p.Title.Contains("is frozen", StringComparison.Ordinal));
        Assert.DoesNotContain(_world.Written, w => w is ApplyFallbackHpa);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(null, false)]
    public void Without_the_resource_metrics_API_the_page_says_what_the_fallback_can_do(bool? served, bool said)
    {
        _world.ResourceMetrics = served;
        Trip();
        Assert.Equal(said, _world.Pages[0].Happened.Contains("metrics.k8s.io", StringComparison.Ordinal));
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
    }
}
