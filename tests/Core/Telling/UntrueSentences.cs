namespace Sophia.Keda.Reactor.Core.Tests.Telling;

/// <summary>Sentences of pages and answers that were untrue in the state they were said in, as a reader of SENTENCES.md found them.</summary>
public sealed class UntrueSentences
{
    private readonly World _world = new("a", "b");

    public UntrueSentences() => _world.Run();

    private Page Last => _world.Pages[^1];

    [Fact]
    public void A_trip_that_moved_nothing_keeps_nothing_on_the_fallback_and_offers_nothing_to_give_back()
    {
        _world.Annotate("a", Annotations.OptOut, "true");
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        Assert.Equal("Nothing was changed in the cluster.", Last.Did);
        Assert.Equal("Nothing is on a fallback for it; it closes once the evidence is gone for 60 s.", Last.Next);
        Assert.DoesNotContain("POST", Last.YouMay);
    }

    [Fact]
    public void A_trip_by_hand_that_moved_nothing_closes_after_a_reset()
    {
        _world.Annotate("a", Annotations.OptOut, "true");
        _world.Hear(Given.Trip(_world, "a"));
        Assert.Equal("Nothing is on a fallback for it; it closes after a reset by hand", _world.Verdicts[^1].Answer!.Next);
        _world.Hear(Given.Reset(_world, "a", ResetMode.Gradual));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void After_the_last_wave_no_next_wave_is_promised()
    {
        _world.Hear(Given.Trip(_world, null));
        _world.Hear(Given.Reset(_world, null, ResetMode.Immediate));
        _world.PassUntil(() => _world.TheIncident.Recovery.BatchBackAt is not null, "all back");
        Assert.Contains("; then the incident closes, or back on the fallback", NextStep.Of(_world.Panel, _world.TheIncident, _world.Policy, _world.Now).Words);
    }

    [Fact]
    public void A_batch_that_is_under_way_is_watched_although_its_incident_is_held()
    {
        _world.Hear(Given.Trip(_world, null));
        _world.Hear(Given.Reset(_world, null, ResetMode.Immediate));
        _world.PassUntil(() => _world.TheIncident.Recovery.BatchBackAt is not null, "all back");
        _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, IncidentOrderKind.Hold));
        Assert.Contains("; then nothing more until a human releases it", NextStep.Of(_world.Panel, _world.TheIncident, _world.Policy, _world.Now, World.Id("a")).Words);
    }

    [Fact]
    public void What_is_on_its_fallback_already_is_not_said_to_be_moved_by_a_second_order()
    {
        _world.Hear(Given.Trip(_world, "a"));
        _world.Hear(Given.Trip(_world, "a", "again"));
        Assert.StartsWith("is on its fallback already: CPU HPA a-fallback", _world.Verdicts[^1].Answer!.Targets.Single().WillDo);
    }

    [Fact]
    public void An_order_under_the_kill_switch_says_when_it_is_carried_out()
    {
        _world.Hear(Given.KillSwitch(_world, stop: true));
        _world.Hear(Given.Trip(_world, "a"));
        Assert.StartsWith("when writes are allowed again: pause, delete KEDA's HPA", _world.Verdicts[^1].Answer!.Targets.Single().WillDo);
    }

    [Fact]
    public void A_reset_does_not_say_that_KEDA_scales_what_others_paused()
    {
        _world.Annotate("b", Annotations.PausedReplicas, "3");
        _world.Hear(Given.Trip(_world, "a"));
        _world.Hear(Given.Reset(_world, null, ResetMode.Gradual));
        Assert.Equal($"nothing: somebody else paused it ({Annotations.PausedReplicas}: \"3\")", _world.Verdicts[^1].Answer!.Targets.Single(t => t.Name == "b").WillDo);
    }

    [Fact]
    public void An_alert_without_a_summary_leaves_no_colon_behind()
    {
        _world.Hear(Given.Alert(_world, Cause.OperatorUnhealthy) with { Summary = "" });
        Assert.StartsWith($"Alertmanager says: KEDAOperatorDown since {Words.Clock(World.Start, _world.Now)}. The reactor sees:", Last.Happened);
        Assert.EndsWith("is firing", _world.Verdicts[^1].Because);
    }

    [Fact]
    public void An_operator_that_is_not_found_is_not_told_by_an_empty_name()
    {
        var input = _world.Decisions[^1].Input;
        var page = Assert.Single(Decide.Run(input with { Observation = input.Observation! with { Operator = new OperatorView() }, Signals = [Given.Alert(_world, Cause.OperatorUnhealthy)] }).Pages);
        Assert.Contains("The reactor sees: no operator Deployment was found, no lease of it counts", page.Happened);
    }
}
