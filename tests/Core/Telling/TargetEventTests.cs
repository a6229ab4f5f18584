namespace Sophia.Keda.Reactor.Core.Tests.Telling;

/// <summary>What people find on a ScaledObject itself: one Event for each transition, and none for anything else.</summary>
public sealed class TargetEventTests
{
    private readonly World _world = new("a", "b");

    private IEnumerable<TargetEvent> Events => _world.Told.SelectMany(told => told.Decision.Events);

    private IEnumerable<TargetEvent> Of(string name) => Events.Where(e => e.Target == World.Id(name));

    private void Trip()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Targets.Values.Count(t => t.Phase == Phase.OnFallback) == 2, "both on their fallback");
    }

    [Fact]
    public void A_trip_says_which_incident_why_what_its_fallback_is_and_what_comes_next()
    {
        Trip();
        var told = Assert.Single(Of("a"));
        Assert.Equal((TargetEventReason.ReactorTripped, "uid-a", _world.TheIncident.Id, 1), (told.Reason, told.Uid, told.IncidentId, told.Number));
        Assert.StartsWith("Tripped. Fallback: CPU HPA a-fallback, at least ", told.Message, StringComparison.Ordinal);
        Assert.Contains($"Incident {_world.TheIncident.Id} (operator-unhealthy): {_world.TheIncident.Why.TrimEnd('.')}.", told.Message, StringComparison.Ordinal);
        Assert.Contains(" Next: Stays on the fallback while the evidence stands; ", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_target_on_its_fallback_is_told_again_only_when_it_is_back()
    {
        Trip();
        _world.Pass(20);
        Assert.Equal(2, Events.Count());
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        foreach (var name in (string[])["a", "b"])
        {
            Assert.Equal([TargetEventReason.ReactorTripped, TargetEventReason.ReactorHandedBack], Of(name).Select(e => e.Reason));
            Assert.Equal([1, 2], Of(name).Select(e => e.Number));
            Assert.StartsWith($"sophia-mesh/{name} is back with KEDA (keda-hpa-{name}) after ", Of(name).Last().Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_canary_that_fails_is_told_back_and_put_back()
    {
        Trip();
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.TheIncident.Recovery is { Stage: Stage.Canary, BatchBackAt: not null }, "a canary that is back");
        var canary = _world.TheIncident.Recovery.Batch.Single();
        _world.KedaHpaShows(canary.Name, "False", "FailedGetExternalMetric");
        _world.PassUntil(() => _world.TheIncident.Members[canary].Failures == 1, "being put back");
        Assert.Equal(
            [TargetEventReason.ReactorTripped, TargetEventReason.ReactorHandedBack, TargetEventReason.ReactorTripped], Of(canary.Name).Select(e => e.Reason));
        Assert.Equal(3, Of(canary.Name).Select(e => e.Key).Distinct().Count());
    }

    [Fact]
    public void A_fallback_that_does_not_scale_is_told_once()
    {
        Trip();
        _world.Change("a", v => v with { Hpas = [.. v.Hpas.Select(h => h with { ScalingActive = new("False", "FailedGetResourceMetric", "no metrics API") })] });
        _world.Pass(10);
        var told = Assert.Single(Of("a"), e => e.Reason == TargetEventReason.ReactorFallbackNotScaling);
        Assert.Contains("FailedGetResourceMetric: no metrics API", told.Message, StringComparison.Ordinal);
        Assert.Contains(" Next: ", told.Message, StringComparison.Ordinal);
        Assert.Single(Of("b"));
    }

    [Fact]
    public void A_fallback_that_is_refused_is_told_in_the_server_s_words()
    {
        _world.Refuses = write => write is ApplyFallbackHpa { Target.Name: "a" } ? "exceeded quota" : null;
        _world.Run();
        _world.OperatorAlive = false;
        _world.Pass(5);
        Assert.Equal([TargetEventReason.ReactorTripped, TargetEventReason.ReactorFallbackNotScaling], Of("a").Select(e => e.Reason));
        Assert.Contains("exceeded quota", Of("a").Last().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hold_is_told_on_every_target_that_it_keeps_with_who_and_why()
    {
        Trip();
        _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, IncidentOrderKind.Hold));
        _world.Pass(5);
        foreach (var name in (string[])["a", "b"])
        {
            var told = Assert.Single(Of(name), e => e.Reason == TargetEventReason.ReactorHeld);
            Assert.Matches("^Held on its fallback by ana .*: waiting for the vendor\\. Incident ", told.Message);
            Assert.Contains(" Next: Nothing until a human releases it", told.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_target_that_somebody_paused_meanwhile_is_told_held_and_no_other_is()
    {
        Trip();
        _world.Annotate("a", Annotations.PausedReplicas, "3");
        _world.Pass(5);
        Assert.Contains("somebody else paused it meanwhile", Assert.Single(Of("a"), e => e.Reason == TargetEventReason.ReactorHeld).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Of("b"), e => e.Reason == TargetEventReason.ReactorHeld);
    }

    [Fact]
    public void Observing_only_tells_nothing_on_the_objects()
    {
        _world.Policy = _world.Policy with { ObserveOnly = true };
        _world.Run();
        _world.OperatorAlive = false;
        _world.Pass(5);
        Assert.NotEmpty(_world.Panel.Incidents);
        Assert.Empty(Events);
    }

    [Fact]
    public void While_writes_are_stopped_nothing_is_told_on_the_objects()
    {
        Trip();
        _world.Hear(Given.KillSwitch(_world, stop: true));
        var before = Events.Count();
        _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, IncidentOrderKind.Hold));
        _world.Pass(5);
        Assert.NotNull(_world.TheIncident.Hold);
        Assert.Equal(before, Events.Count());
    }

    [Fact]
    public void What_is_found_tripped_after_the_store_was_lost_is_not_told_anew()
    {
        Trip();
        _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, IncidentOrderKind.Hold));
        _world.Pass(2);
        _world.Told.Clear();
        _world.Panel = Panel.Empty(_world.Policy.Cluster);
        _world.Pass(2);
        Assert.Equal(2, _world.Panel.Targets.Count);
        Assert.NotNull(_world.TheIncident.Hold);
        Assert.Empty(Events);
    }

    [Fact]
    public void However_much_there_is_to_say_an_Event_holds_it_and_says_what_comes_next()
    {
        Trip();
        _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, IncidentOrderKind.Hold) with { Reason = new string('x', 5_000) });
        var told = Assert.Single(Of("a"), e => e.Reason == TargetEventReason.ReactorHeld);
        Assert.InRange(told.Message.Length, 300, TargetEvent.LongestMessage);
        Assert.Contains(" Next: Nothing until a human releases it", told.Message, StringComparison.Ordinal);
    }
}
