namespace Sophia.Keda.Reactor.Core.Tests.Edges;

/// <summary>A control plane that does not write is never held against KEDA.</summary>
public sealed class ControlPlaneTests
{
    private readonly World _world = new("a", "b", "c") { ControlPlaneWrites = true };

    [Fact]
    public void When_kube_controller_managers_lease_stands_still_too_KEDAs_lease_proves_nothing()
    {
        _world.Pass(3);
        _world.ControlPlaneWrites = false;
        _world.Pass(10);
        Assert.Empty(_world.Panel.Incidents);
        Assert.Empty(_world.Written);
        Assert.Contains("kube-controller-manager", Assert.Single(_world.Pages).Happened);
        _world.ControlPlaneWrites = true;
        _world.Pass(2);
        Assert.Equal(PageKind.Resolve, _world.Pages[^1].Kind);
        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void An_operator_that_hangs_beside_a_control_plane_that_writes_trips_as_ever()
    {
        _world.Pass(3);
        _world.Hangs = true;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        Assert.Equal(Cause.OperatorUnhealthy, _world.TheIncident.Cause);
    }

    [Fact]
    public void An_operator_without_a_replica_trips_although_nobodys_lease_moves()
    {
        _world.Pass(3);
        _world.ControlPlaneWrites = false;
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
    }

    [Theory]
    [InlineData(null)]
    [InlineData(false)]
    public void A_lease_that_was_never_seen_moving_counts_for_nothing(bool? writes)
    {
        _world.ControlPlaneWrites = null;
        _world.Pass(1); // KEDA's own moves
        _world.ControlPlaneWrites = writes;
        _world.Hangs = true;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
    }

    [Fact]
    public void Nothing_is_handed_back_while_it_does_not_write()
    {
        _world.Pass(3);
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        _world.ControlPlaneWrites = false;
        _world.Pass(2);
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", firing: false));
        _world.Pass(20);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
        _world.ControlPlaneWrites = true;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void After_a_gap_of_our_own_nobodys_lease_is_held_against_KEDA_either()
    {
        _world.Pass(3);
        _world.Visible = false;
        _world.ControlPlaneWrites = false;
        _world.Pass(10);
        _world.Visible = true;
        _world.Pass(10);
        Assert.Empty(_world.Panel.Incidents);
        Assert.Empty(_world.Written);
    }
}
