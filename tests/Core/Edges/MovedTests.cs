namespace Sophia.Keda.Reactor.Core.Tests.Edges;

/// <summary>A ScaledObject that is changed, or deleted and made again, while it is on its fallback.</summary>
public sealed class MovedTests
{
    private static readonly WorkloadRef Next = new("apps/v1", "Deployment", "a-next");

    private readonly World _world = new("a", "b");

    public MovedTests()
    {
        _world.Run();
        _world.Hear(Given.Trip(_world, "a"));
        _world.Pass(1);
    }

    private void Retarget(int replicas = 6, bool cpuRequest = true) => _world.Change("a", v => v with
    {
        Workload = Next,
        NamesakeElsewhere = v.FallbackHpa,
        Hpas = [],
        Replicas = new WorkloadView { Desired = replicas, Available = replicas, Containers = [new("app", cpuRequest)] },
    });

    [Fact]
    public void The_fallback_follows_to_the_new_workload_with_what_runs_there()
    {
        Retarget(replicas: 12);
        _world.Pass(1);
        var memory = _world.Panel.Targets[World.Id("a")].Memory;
        Assert.Equal((Next, 12), (memory.Workload, memory.CachedReplicas));
        Assert.Equal(12, _world["a"].FallbackHpa!.Min);
        Assert.Null(_world["a"].NamesakeElsewhere);
        Assert.Equal(Next, _world["a"].Memory!.Workload);
        Assert.Contains("a-next", Assert.Single(_world.Audit, a => a.Reason == Reason.TargetMoved).Text);
        Assert.Single(_world.Pages, p => p.Title.Contains("another workload", StringComparison.Ordinal));
        _world.Hear(Given.Reset(_world, "a", ResetMode.Gradual));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Empty(_world["a"].Annotations);
    }

    [Fact]
    public void A_new_workload_that_can_have_no_CPU_HPA_is_frozen_and_the_old_one_is_freed()
    {
        Retarget(cpuRequest: false);
        _world.Pass(1);
        Assert.Equal(FallbackAction.Freeze, _world.Panel.Targets[World.Id("a")].Memory.Action);
        Assert.Null(_world["a"].NamesakeElsewhere);
        Assert.Empty(_world["a"].Hpas);
    }

    [Fact]
    public void Handed_back_at_once_after_the_change_the_fallback_on_the_old_workload_goes_too()
    {
        _world.OperatorAlive = true;
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        _world.Hear(Given.Trip(_world, "a", requestId: "again"));
        _world.Stuck = true;
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate, requestId: "and back"));
        Retarget();
        _world.Stuck = false;
        _world.PassUntil(() => _world.Panel.Targets.IsEmpty, "its hand-back");
        Assert.Null(_world["a"].NamesakeElsewhere);
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
    }

    [Fact]
    public void When_the_incident_that_tripped_it_is_over_and_another_holds_it_the_fallback_follows_too()
    {
        var held = _world.Panel.Targets[World.Id("a")];
        _world.Panel = _world.Panel with { Targets = _world.Panel.Targets.SetItem(held.Id, held with { IncidentId = "over" }) };
        Retarget(replicas: 12);
        _world.Pass(1);
        Assert.Equal(Next, _world.Panel.Targets[World.Id("a")].Memory.Workload);
        Assert.Equal(12, _world["a"].FallbackHpa!.Min);
    }

    [Fact]
    public void A_new_workload_that_is_not_there_yet_is_waited_for()
    {
        _world.Change("a", v => v with { Workload = Next, NamesakeElsewhere = v.FallbackHpa, Hpas = [], Replicas = null });
        _world.Pass(2);
        Assert.DoesNotContain(_world.Audit, a => a.Reason == Reason.TargetMoved);
        _world.Change("a", v => v with { Replicas = new WorkloadView { Desired = 3, Available = 3, Containers = [new("app", true)] } });
        _world.Pass(1);
        Assert.Single(_world.Audit, a => a.Reason == Reason.TargetMoved);
    }

    [Fact]
    public void Of_one_that_is_made_again_the_fallback_gets_its_new_owner_before_the_garbage_collector_comes()
    {
        _world.Change("a", v => v with { Uid = "uid-a-2", Annotations = v.Annotations.Clear(), Memory = null });
        _world.Pass(1);
        Assert.Equal(("uid-a-2", "uid-a-2"), (_world.Panel.Targets[World.Id("a")].Uid, _world["a"].FallbackHpa!.OwnerUid));
    }
}
