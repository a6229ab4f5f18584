using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Faults;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Simulation.Tests.Edges;

/// <summary>Trouble that is not KEDA's: the API server slow, throttling, failing, not writing. Nothing of it trips, and nothing of it loses a target.</summary>
public sealed class BlameEdges
{
    public static TheoryData<ApiFaultKind, int> Faults => new()
    {
        { ApiFaultKind.Status, 429 },
        { ApiFaultKind.Status, 500 },
        { ApiFaultKind.Status, 503 },
        { ApiFaultKind.Status, 504 },
        { ApiFaultKind.Hang, 0 },
        { ApiFaultKind.ResetBefore, 0 },
        { ApiFaultKind.ResetAfter, 0 },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void An_API_server_that_fails_is_paged_as_blindness_and_trips_nothing(ApiFaultKind kind, int status)
    {
        using var world = new SimWorld(40);
        world.Pass(TimeSpan.FromMinutes(2));
        world.Faults.Add(new ApiFault { Kind = kind, Status = status });
        world.Pass(TimeSpan.FromMinutes(15));
        Assert.Single(world.Paged, p => p is { Channel: "slack", Kind: PageKind.Trigger });
        Assert.Contains(world.Facts().Audit, a => a.Record.Reason == Reason.Blind);
        world.Faults.ClearApi();
        world.Pass(TimeSpan.FromMinutes(10));
        Assert.DoesNotContain(world.Facts().Audit, a => a.Record.Reason == Reason.IncidentOpened);
        Assert.Equal(0, world.AcceptedWrites);
        world.AssertAllInvariants();
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.3)]
    public void An_API_server_that_fails_now_and_then_trips_nothing_in_hours(double probability)
    {
        using var world = new SimWorld(41);
        world.Faults.Add(new ApiFault { Kind = ApiFaultKind.Status, Status = 500, Probability = probability });
        world.Faults.Add(new ApiFault { Kind = ApiFaultKind.Status, Status = 429, RetryAfter = TimeSpan.FromSeconds(1), Probability = probability });
        world.Pass(TimeSpan.FromHours(2));
        Assert.DoesNotContain(world.Facts().Audit, a => a.Record.Reason == Reason.IncidentOpened);
    }

    [Fact]
    public void An_API_server_that_takes_no_writes_stops_KEDAs_lease_too_and_that_is_not_held_against_KEDA()
    {
        using var world = new SimWorld(42);
        world.Pass(TimeSpan.FromMinutes(3));
        world.Faults.SetWrites(work: false);
        world.Pass(TimeSpan.FromMinutes(10));
        Assert.DoesNotContain(world.Facts().Audit, a => a.Record.Reason == Reason.IncidentOpened);
        Assert.Contains(world.Facts().Audit, a => a.Record.Reason == Reason.ControlPlaneQuiet);
        world.Faults.SetWrites(work: true);
        world.Pass(TimeSpan.FromMinutes(5));
        world.AssertAllInvariants();
    }

    [Fact]
    public void A_dead_controller_manager_is_told_and_trips_nothing()
    {
        using var world = new SimWorld(43);
        world.Pass(TimeSpan.FromMinutes(3));
        world.Faults.SetControllerManager(alive: false);
        world.Pass(TimeSpan.FromMinutes(10));
        Assert.DoesNotContain(world.Facts().Audit, a => a.Record.Reason == Reason.IncidentOpened);
        Assert.Contains(world.Facts().Audit, a => a.Record.Reason == Reason.ControlPlaneQuiet);
    }

    [Fact]
    public void An_operator_that_dies_while_nothing_is_written_trips_when_its_Deployment_says_so()
    {
        using var world = new SimWorld(44);
        world.Pass(TimeSpan.FromMinutes(3));
        world.Faults.SetOperator(OperatorState.Dead);
        world.Faults.SetControllerManager(alive: false);
        world.PassUntil(() => world.Panel.OpenIncident(Cause.OperatorUnhealthy) is not null, TimeSpan.FromMinutes(5), "a trip");
        world.Faults.SetControllerManager(alive: true);
        world.Heal();
        world.AssertAllInvariants();
    }

    [Fact]
    public void Each_targets_failure_is_its_own()
    {
        using var world = new SimWorld(45);
        world.AddTarget();
        world.Faults.Add(new ApiFault { Kind = ApiFaultKind.Status, Status = 500, When = r => r.Method == "PATCH" && r.Path.EndsWith("/scaledobjects/edge", StringComparison.Ordinal) });
        world.OperatorDies();
        Assert.Equal(world.Protectable - 1, world.OnFallback);
        world.Faults.ClearApi();
        world.Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(world.Protectable, world.OnFallback);
        world.Heal();
        world.AssertAllInvariants();
    }
}
