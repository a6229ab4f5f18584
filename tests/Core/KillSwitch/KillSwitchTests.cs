namespace Sophia.Keda.Reactor.Core.Tests.Stopping;

public sealed class KillSwitchTests
{
    private readonly World _world = new("a", "b", "c", "d");

    public KillSwitchTests() => _world.Run();

    private int OnFallback => _world.Targets.Values.Count(v => v.FallbackHpa is not null);

    private void Switch(bool stop, string id) => _world.Hear(Given.KillSwitch(_world, stop, id));

    private BreakerView Breaker(string name = "a") => Breakers.One(_world.Panel, _world.Decisions[^1].Input.Observation!, _world.Policy, World.Id(name))!;

    private void TripTheOperator()
    {
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
    }

    [Fact]
    public void While_it_is_on_nothing_is_written_and_the_decision_is_made_all_the_same()
    {
        Switch(stop: true, "on");
        TripTheOperator();
        _world.Pass(30);
        Assert.Empty(_world.Written);
        Assert.Equal(BreakerState.Tripping, Breaker().State);
        Assert.Contains("writes are stopped by ana since 02:00:00Z: drill", Breaker().Why);
        Assert.StartsWith("Nothing is written: writes are stopped by ana since 02:00:00Z: drill. When writes are allowed again: Stays on the fallback while", Breaker().Next);
        Assert.Contains(_world.Audit, a => a.Reason == Reason.TargetTripped);
        Assert.All(_world.TheIncident.Members.Values, m => Assert.Equal(MemberState.Protected, m.State));
    }

    [Fact]
    public void When_it_is_off_again_what_waited_is_written()
    {
        Switch(stop: true, "on");
        TripTheOperator();
        Switch(stop: false, "off");
        Assert.Equal(4, OnFallback);
        Assert.All(_world.Panel.Targets.Values, t => Assert.Equal(_world.Now + _world.Policy.FloorPeriod, t.Memory.FloorUntil));
    }

    [Fact]
    public void One_page_says_that_it_is_on_and_one_that_it_is_off_and_every_page_between_says_so_too()
    {
        Switch(stop: true, "on");
        TripTheOperator();
        Switch(stop: false, "off");
        var on = _world.Pages[0];
        Assert.Equal(("Kill switch on: the reactor writes nothing to the cluster", Severity.Critical), (on.Title, on.Severity));
        Assert.Contains("writes are stopped by ana", on.Happened);
        var trip = Assert.Single(_world.Pages, p => p.Kind == PageKind.Trigger && p.IncidentId is not null);
        Assert.Contains("Decided: 4 workloads to a fallback. It is not carried out now. But writes are stopped by ana since 02:00:00Z: drill.", trip.Did);
        Assert.StartsWith("Nothing is written: writes are stopped", trip.Next);
        var off = Assert.Single(_world.Pages, p => p.Kind == PageKind.Resolve);
        Assert.Equal(on.DedupKey, off.DedupKey);
        Assert.Contains("Writes are allowed again after", off.Happened);
        Assert.DoesNotContain("But writes are stopped", off.Did);
    }

    [Fact]
    public void A_hand_back_under_way_waits_without_a_timeout_or_an_attempt()
    {
        TripTheOperator();
        _world.OperatorAlive = true;
        _world.Stuck = true; // KEDA does not make its HPA: the canary would run into its timeout
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Canary, "a canary");
        Switch(stop: true, "on");
        var canary = _world.TheIncident.Recovery.Batch.Single();
        _world.Pass(60);
        Assert.Equal((0, Stage.Canary), (_world.TheIncident.Attempts, _world.TheIncident.Recovery.Stage));
        Assert.Equal((Phase.HandingBack, null), (_world.Panel.Targets[canary].Phase, _world.Panel.Targets[canary].WakingSince));
        Assert.Equal(BreakerState.Testing, Breaker(canary.Name).State);
        _world.Stuck = false;
        Switch(stop: false, "off");
        Assert.Equal(_world.Now, _world.TheIncident.Recovery.Since);
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end of it");
        Assert.Equal(0, OnFallback);
        Assert.DoesNotContain(_world.Audit, a => a.Reason is Reason.PutBackOnFallback or Reason.HandbackUnnoticed);
    }

    [Fact]
    public void A_soak_begins_anew_when_writes_are_allowed_again()
    {
        TripTheOperator();
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.TheIncident.Recovery is { Stage: Stage.Canary, BatchBackAt: not null }, "a canary");
        Switch(stop: true, "on");
        _world.Pass(60);
        Assert.Equal(Stage.Canary, _world.TheIncident.Recovery.Stage);
        Switch(stop: false, "off");
        Assert.Equal(_world.Now, _world.TheIncident.Recovery.BatchBackAt);
    }

    [Fact]
    public void What_others_undo_meanwhile_is_not_counted_and_put_back_when_it_is_off()
    {
        TripTheOperator();
        Switch(stop: true, "on");
        _world.Annotate("a", Annotations.Paused, null);
        _world.Pass(10);
        Assert.Empty(_world.Panel.Targets[World.Id("a")].PutBacks);
        Assert.False(Pauses.Stops(_world["a"]));
        Switch(stop: false, "off");
        Assert.True(Pauses.IsOurs(_world["a"]));
    }

    [Fact]
    public void An_incident_of_which_nothing_has_to_be_written_closes()
    {
        foreach (var name in new[] { "a", "b", "c", "d" })
            _world.Annotate(name, Annotations.OptOut, "true");
        Switch(stop: true, "on");
        TripTheOperator();
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end of it");
    }

    [Fact]
    public void Orders_are_taken_and_wait_too()
    {
        Switch(stop: true, "on");
        _world.Hear(Given.Trip(_world, "a"));
        var answer = _world.Verdicts[^1].Answer!;
        Assert.True(answer.Accepted);
        Assert.StartsWith("Nothing is written: writes are stopped by ana", answer.Next);
        Assert.Empty(_world.Written);
        Switch(stop: false, "off");
        Assert.NotNull(_world["a"].FallbackHpa);
    }

    [Fact]
    public void Contradictions_are_refused_with_the_reason_and_repeats_get_the_same_answer()
    {
        Switch(stop: false, "off");
        Refused("writes are not stopped");
        Switch(stop: true, "on");
        Switch(stop: true, "on");
        Assert.Equal((true, Reason.OrderRepeated), (_world.Verdicts[^1].Answer!.Accepted, _world.Verdicts[^1].Reason));
        Switch(stop: true, "again");
        Refused("writes are stopped by ana since 02:00:00Z: drill");

        void Refused(string says)
        {
            var answer = _world.Verdicts[^1].Answer!;
            Assert.Equal((false, Reason.OrderRefusedContradiction), (answer.Accepted, answer.Reason));
            Assert.Equal(says, answer.Detail);
        }
    }

    [Fact]
    public void By_policy_it_is_on_from_the_start_and_only_the_policy_takes_it_back()
    {
        _world.Policy = _world.Policy with { WritesStopped = true };
        TripTheOperator();
        Assert.Empty(_world.Written);
        Assert.Contains("writes are stopped by policy", Breaker().Why);
        Switch(stop: false, "off");
        Assert.Contains("only the policy takes that back", _world.Verdicts[^1].Answer!.Detail);
        _world.Policy = _world.Policy with { WritesStopped = false };
        _world.Pass(1);
        Assert.Equal(4, OnFallback);
        Assert.Equal([Reason.WritesStopped, Reason.WritesAllowed], _world.Audit.Where(a => a.Reason is Reason.WritesStopped or Reason.WritesAllowed).Select(a => a.Reason));
    }

    [Fact]
    public void An_order_is_not_taken_back_by_a_policy_that_allows_writes()
    {
        Switch(stop: true, "on");
        _world.Pass(10);
        Assert.NotNull(_world.Panel.WritesStop);
    }

    [Fact]
    public void It_is_audited_with_who_was_authenticated()
    {
        Switch(stop: true, "on");
        Switch(stop: false, "off");
        Assert.Equal(
            ["ana (claimed; authenticated as key:operator#1)", "ana (claimed; authenticated as key:operator#1)"],
            _world.Audit.Where(a => a is { Kind: AuditKind.Order, Reason: Reason.WritesStopped or Reason.WritesAllowed }).Select(a => a.Actor));
        Assert.Equal([Reason.ReleasedByHuman, Reason.HeldByHuman], _world.Panel.Orders.Values.Select(o => o.Reason));
    }

    [Fact]
    public void An_explanation_names_it_first()
    {
        Switch(stop: true, "on");
        var why = Explain.Of(_world.Panel, _world.Decisions[^1].Input.Observation!, _world.Policy, World.Id("a"), _world.Now)!;
        Assert.Equal("Kill switch: writes are stopped by ana since 02:00:00Z: drill", why.Applies[0]);
        Assert.Contains("/api/kill-switch", why.WouldChange[0]);
    }
}
