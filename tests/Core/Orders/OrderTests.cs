namespace Sophia.Keda.Reactor.Core.Tests.Orders;

public sealed class OrderTests
{
    private readonly World _world = new("a", "b");

    public OrderTests() => _world.Run();

    private OrderAnswer Answer => _world.Verdicts[^1].Answer!;

    private void AssertRefused(Reason reason, string words)
    {
        Assert.False(Answer.Accepted);
        Assert.Equal(reason, Answer.Reason);
        Assert.Contains(words, Answer.Detail);
        Assert.Empty(Answer.Targets);
    }

    [Fact]
    public void A_trip_is_answered_with_what_it_will_do_to_each_target()
    {
        _world.Hear(Given.Trip(_world, "a"));
        Assert.True(Answer.Accepted);
        Assert.Equal(Reason.TripOrdered, Answer.Reason);
        Assert.Equal(_world.TheIncident.Id, Answer.IncidentId);
        var target = Assert.Single(Answer.Targets);
        Assert.Equal(("sophia-mesh", "a", BreakerState.Tripping), (target.Namespace, target.Name, target.State));
        Assert.StartsWith("pause, delete KEDA's HPA, then: CPU HPA a-fallback", target.WillDo, StringComparison.Ordinal);
        Assert.NotEmpty(Answer.Next);
        Assert.Equal("ana (claimed; authenticated as key:operator#1)", _world.Audit.Last(a => a.Reason == Reason.TripOrdered).Actor);
    }

    [Fact]
    public void A_reset_is_answered_too()
    {
        _world.Hear(Given.Trip(_world, null));
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate));
        Assert.Equal(Reason.ResetOrdered, Answer.Reason);
        Assert.Equal("un-pause, wait for KEDA's HPA, then delete the fallback HPA", Assert.Single(Answer.Targets).WillDo);
        _world.Hear(Given.Reset(_world, "b", ResetMode.Gradual, "r9"));
        Assert.StartsWith("stays on its fallback until its turn", Assert.Single(Answer.Targets).WillDo, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_requestId_gets_the_same_answer_and_does_nothing_again()
    {
        _world.Hear(Given.Trip(_world, "a"));
        var first = Answer;
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        var written = _world.Written.Count;
        _world.Hear(Given.Trip(_world, "a"));
        Assert.Equal(first, Answer);
        Assert.Equal(Reason.OrderRepeated, _world.Verdicts[^1].Reason);
        Assert.Equal(written, _world.Written.Count);
        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void A_refusal_is_repeated_too()
    {
        _world.Hear(Given.Trip(_world, "nobody"));
        _world.Add("nobody");
        _world.Hear(Given.Trip(_world, "nobody"));
        AssertRefused(Reason.OrderRefusedUnknownTarget, "sophia-mesh/nobody");
    }

    [Fact]
    public void Unknown_targets_and_incidents_are_refused()
    {
        _world.Hear(Given.Trip(_world, "nobody"));
        AssertRefused(Reason.OrderRefusedUnknownTarget, "sophia-mesh/nobody");
        _world.Hear(Given.Reset(_world, "nobody", ResetMode.Gradual));
        AssertRefused(Reason.OrderRefusedUnknownTarget, "sophia-mesh/nobody");
        _world.Hear(Given.OnIncident(_world, "x", IncidentOrderKind.Hold));
        AssertRefused(Reason.OrderRefusedUnknownIncident, "x");
    }

    [Fact]
    public void A_reset_of_what_is_not_tripped_is_refused()
    {
        _world.Hear(Given.Reset(_world, "a", ResetMode.Gradual));
        AssertRefused(Reason.OrderRefusedNothingTripped, "sophia-mesh/a");
    }

    [Fact]
    public void A_reset_while_KEDA_is_sick_is_refused_with_the_sign()
    {
        _world.Hear(Given.Trip(_world, "a"));
        _world.OperatorAlive = false;
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate));
        AssertRefused(Reason.OrderRefusedStillUnhealthy, "no available replica");
        Assert.NotNull(_world["a"].FallbackHpa);
    }

    [Theory]
    [InlineData(ResetMode.Gradual)]
    [InlineData(ResetMode.Immediate)]
    public void A_reset_while_blind_is_refused_since_nobody_knows_whether_KEDA_could_take_it(ResetMode mode)
    {
        _world.Hear(Given.Trip(_world, "a"));
        _world.Visible = false;
        _world.Pass(3);
        _world.Hear(Given.Reset(_world, "a", mode));
        AssertRefused(Reason.OrderRefusedStillUnhealthy, "can't be seen");
        Assert.Equal(Stage.Tripped, _world.TheIncident.Recovery.Stage);
    }

    [Fact]
    public void One_look_that_fails_does_not_refuse_a_reset()
    {
        _world.Hear(Given.Trip(_world, "a"));
        _world.Visible = false;
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate));
        Assert.True(_world.Verdicts[^1].Accepted);
    }

    [Fact]
    public void A_reset_of_some_at_once_leaves_the_rest_held_as_a_human_said()
    {
        HoldAll();
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate));
        Assert.True(_world.Verdicts[^1].Accepted);
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
        _world.Pass(60);
        Assert.NotNull(_world.TheIncident.Hold);
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["b"].Hpas).Owner);
    }

    [Fact]
    public void A_gradual_reset_of_some_of_what_is_held_is_refused_with_what_to_do()
    {
        HoldAll();
        _world.Hear(Given.Reset(_world, "a", ResetMode.Gradual));
        AssertRefused(Reason.OrderRefusedContradiction, "waiting for the vendor");
        Assert.Contains("mode immediate", _world.Verdicts[^1].Because);
        Assert.NotNull(_world.TheIncident.Hold);
        _world.Hear(Given.Reset(_world, null, ResetMode.Gradual, "r5"));
        Assert.True(_world.Verdicts[^1].Accepted);
        Assert.Null(_world.TheIncident.Hold);
    }

    private void HoldAll()
    {
        _world.Hear(Given.Trip(_world, null));
        _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, IncidentOrderKind.Hold));
    }

    [Fact]
    public void A_disabled_breaker_refuses_a_trip()
    {
        _world.Policy = _world.Policy with { Enabled = false };
        _world.Hear(Given.Trip(_world, "a"));
        AssertRefused(Reason.OrderRefusedDisabled, "disabled");
    }

    [Theory]
    [InlineData(IncidentOrderKind.Hold, Reason.HeldByHuman)]
    [InlineData(IncidentOrderKind.Ack, Reason.AcknowledgedByHuman)]
    public void Orders_on_an_incident_are_accepted(IncidentOrderKind kind, Reason reason)
    {
        _world.Hear(Given.Trip(_world, "a"));
        _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, kind));
        Assert.Equal((true, reason), (Answer.Accepted, Answer.Reason));
        Assert.Equal(kind == IncidentOrderKind.Ack ? "ana" : null, _world.TheIncident.AcknowledgedBy);
    }

    [Fact]
    public void Contradictory_orders_are_refused()
    {
        _world.Hear(Given.Trip(_world, "a"));
        var id = _world.TheIncident.Id;
        _world.Hear(Given.OnIncident(_world, id, IncidentOrderKind.Release, "1"));
        AssertRefused(Reason.OrderRefusedContradiction, "not held");
        _world.Hear(Given.OnIncident(_world, id, IncidentOrderKind.Hold, "2"));
        _world.Hear(Given.OnIncident(_world, id, IncidentOrderKind.Hold, "3"));
        AssertRefused(Reason.OrderRefusedContradiction, "held already");
        _world.Hear(Given.OnIncident(_world, id, IncidentOrderKind.Release, "4"));
        Assert.Equal(Reason.ReleasedByHuman, Answer.Reason);
    }

    [Fact]
    public void A_trip_with_another_action_for_what_is_on_its_fallback_is_refused_with_what_it_is()
    {
        _world.Hear(Given.Trip(_world, "a"));
        _world.Hear(Given.Trip(_world, "a", requestId: "freeze it", action: FallbackAction.Freeze));
        AssertRefused(Reason.OrderRefusedContradiction, "is on its fallback already: CPU HPA a-fallback");
        _world.Hear(Given.Trip(_world, "a", requestId: "the same", action: FallbackAction.Cpu));
        Assert.True(Answer.Accepted);
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate));
        _world.Hear(Given.Trip(_world, "a", requestId: "now freeze it", action: FallbackAction.Freeze));
        Assert.True(Answer.Accepted);
    }

    [Fact]
    public void A_duration_ends_by_itself_and_the_page_says_when()
    {
        _world.Hear(Given.Trip(_world, "a", duration: TimeSpan.FromMinutes(20)));
        Assert.Equal(_world.Now.AddMinutes(20), _world.Pages[0].NextAt);
        _world.Pass(19);
        Assert.Equal(Stage.Tripped, _world.TheIncident.Recovery.Stage);
        _world.Pass(1);
        Assert.Contains(_world.Audit, a => a.Reason == Reason.ManualTripExpired);
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void Each_duration_is_its_own_orders_end_and_a_target_of_two_waits_for_the_later()
    {
        var (early, late) = (Given.Trip(_world, "a", "1", duration: TimeSpan.FromMinutes(20)), Given.Trip(_world, "a", "2", duration: TimeSpan.FromMinutes(40)));
        _world.Hear(early, late);
        Assert.Equal(_world.Now.AddMinutes(20), NextStep.Of(_world.Panel, _world.Of(early), _world.Policy, _world.Now).At);
        Assert.Contains("until 02:40:00Z", Answer.Next);
        _world.Hear(Given.Trip(_world, "a", "3"));
        Assert.Contains("until a reset by hand", Answer.Next);
        Assert.Equal(3, _world.Panel.Incidents.Count);
    }

    [Fact]
    public void A_trip_with_hold_stays_after_its_duration_until_released()
    {
        _world.Hear(Given.Trip(_world, "a", duration: TimeSpan.FromMinutes(2)) with { Hold = true });
        _world.Pass(60);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
        _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, IncidentOrderKind.Release));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void A_reset_of_some_leaves_the_rest_where_they_are()
    {
        _world.Hear(Given.Trip(_world, null));
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate));
        _world.Pass(30);
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["b"].Hpas).Owner);
        Assert.Equal(0, _world.TheIncident.Attempts);
        _world.Hear(Given.Reset(_world, null, ResetMode.Gradual, "r9"));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Theory]
    [InlineData("a")]
    [InlineData(null)]
    public void A_trip_that_could_move_nothing_can_be_taken_back(string? what)
    {
        foreach (var name in new[] { "a", "b" })
            _world.Annotate(name, Annotations.OptOut, "true");
        _world.Hear(Given.Trip(_world, what));
        Assert.Equal("nothing: opted out by reactor.sophia-intel.ai/opt-out", Answer.Targets[0].WillDo);
        _world.Hear(Given.Reset(_world, what, ResetMode.Gradual));
        Assert.True(Answer.Accepted);
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void An_overruled_alert_counts_again_only_with_a_newer_start()
    {
        _world.Hear(Given.Alert(_world, Cause.Oscillation, "a"));
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate));
        _world.Hear(Given.Alert(_world, Cause.Oscillation, "a"));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        _world.Hear(Given.Alert(_world, Cause.Oscillation, "a", startsAt: _world.Now));
        Assert.Single(_world.Panel.Incidents);
    }

    [Fact]
    public void Only_the_latest_answers_are_kept()
    {
        for (var i = 0; i < 250; i++)
        {
            _world.Skip(TimeSpan.FromSeconds(1));
            _world.Hear(Given.Trip(_world, "nobody", $"n{i}"));
        }

        Assert.Equal(200, _world.Panel.Orders.Count);
        Assert.Contains("n249", _world.Panel.Orders.Keys);
        Assert.DoesNotContain("n49", _world.Panel.Orders.Keys);
    }
}
