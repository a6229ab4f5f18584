namespace Sophia.Keda.Reactor.Core.Tests.Refusals;

public sealed class RefusalTests
{
    private readonly World _world = new("a", "b");

    private TargetId A { get; } = World.Id("a");

    private static string? OfPause(ClusterWrite w) => w is AnnotateScaledObject { Memory: not null } ? "denied by policy" : null;

    private static string? OfFallback(ClusterWrite w) => w is ApplyFallbackHpa ? "exceeded quota" : null;

    [Fact]
    public void A_refused_pause_changes_nothing_is_paged_once_and_tried_again()
    {
        _world.Run();
        _world.Refuses = OfPause;
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        _world.Pass(5);
        Assert.Empty(_world.Written);
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
        var page = Assert.Single(_world.Pages, p => p.Title.Contains("refused", StringComparison.Ordinal));
        Assert.Contains("denied by policy", page.Happened);
        Assert.Contains("Its autoscaler was not changed", page.Happened);
        Assert.True(_world.Audit.Count(a => a.Reason == Reason.WriteRefused) >= 10);
        _world.Refuses = _ => null;
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Equal("", _world.Panel.Targets[A].Problem);
    }

    [Fact]
    public void A_refused_fallback_of_one_target_under_a_healthy_operator_is_given_back_for_good()
    {
        _world.Run();
        _world.Refuses = OfFallback;
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        _world.Pass(5);
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Empty(_world["a"].Annotations);
        Assert.Equal((MemberState.LeftAlone, Reason.FallbackRefused), (_world.TheIncident.Members[A].State, _world.TheIncident.Members[A].Reason));
        Assert.Single(_world.Audit, a => a.Reason == Reason.WriteRefused);
        var page = Assert.Single(_world.Pages, p => p.Severity == Severity.Critical);
        Assert.Contains("stays with KEDA", page.Title);
        Assert.Contains("exceeded quota", page.Happened);
    }

    [Fact]
    public void A_refused_fallback_under_a_dead_operator_freezes_is_paged_once_and_tried_again()
    {
        _world.Run();
        _world.Refuses = OfFallback;
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.Pass(10);
        Assert.All(_world.Targets.Values, v => Assert.Empty(v.Hpas));
        Assert.All(_world.Targets.Values, v => Assert.True(Pauses.IsOurs(v)));
        Assert.Equal(2, _world.Pages.Count(p => p.Happened.Contains("exceeded quota", StringComparison.Ordinal)));
        Assert.Contains("It is frozen", _world.Pages[^1].Happened);
        _world.Refuses = _ => null;
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.All(_world.Targets.Values, v => Assert.Equal(HpaOwner.Reactor, Assert.Single(v.Hpas).Owner));
    }

    [Theory]
    [InlineData(Outcome.Conflict, Reason.WriteConflict)]
    [InlineData(Outcome.Failed, Reason.WriteFailed)]
    [InlineData(Outcome.LostReply, Reason.WriteLostReply)]
    [InlineData(Outcome.AlreadyDone, Reason.WriteFoundDone)]
    public void However_a_write_ends_it_is_audited_and_the_next_look_goes_on(Outcome end, Reason reason)
    {
        _world.Run();
        var once = 0;
        _world.Ends = w => w is DeleteHpa && once++ == 0 ? end : Outcome.Done;
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        _world.Pass(1);
        var record = Assert.Single(_world.Audit, a => a.Reason == reason);
        Assert.Equal(A, record.Target);
        Assert.Equal(_world.TheIncident.Id, record.IncidentId);
        Assert.Equal("DeleteHpa", record.Facts["write"]);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
    }

    [Fact]
    public void A_skipped_write_leaves_no_record()
    {
        _world.Run();
        var skipped = new WriteOutcome
        {
            Write = new DeleteHpa { Target = A, Purpose = "p", Name = "n", Uid = "u", Owner = HpaOwner.Keda }, Outcome = Outcome.Skipped, At = _world.Now,
        };
        Assert.Empty(Decide.Record(_world.Panel, [skipped], _world.Policy, _world.Now).Audit);
    }

    [Fact]
    public void A_hand_back_whose_un_pause_the_webhook_refuses_lets_the_fallback_go_first()
    {
        // KEDA before 2.14 knows neither the annotation nor, sometimes, the owner reference.
        _world.Run();
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", firing: false));
        _world.Refuses = w => w is AnnotateScaledObject { Purpose: var p } && p.StartsWith("un-pause", StringComparison.Ordinal) && _world["a"].FallbackHpa is not null
            ? "admission webhook \"vscaledobject.kb.io\" denied the request: the workload 'a' of type 'apps/v1.Deployment' is already managed by the hpa 'a-fallback'"
            : null;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Empty(_world["a"].Annotations);
        Assert.Contains(_world.Pages, p => p.Happened.Contains("already managed by the hpa", StringComparison.Ordinal));
        Assert.Single(_world.Closed);
    }

    [Fact]
    public void A_hand_back_that_is_refused_for_another_reason_keeps_the_fallback()
    {
        _world.Run();
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", firing: false));
        _world.Refuses = w => w is AnnotateScaledObject { Purpose: var p } && p.StartsWith("un-pause", StringComparison.Ordinal) ? "forbidden" : null;
        _world.Pass(15);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Contains("forbidden", _world.TheIncident.Members[World.Id("a")].Note);
        Assert.True(_world.TheIncident.Members[World.Id("a")].Failures > 0);
    }
}
