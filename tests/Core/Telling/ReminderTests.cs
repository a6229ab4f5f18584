namespace Sophia.Keda.Reactor.Core.Tests.Telling;

public sealed class ReminderTests
{
    private readonly World _world = new("a", "b", "c", "d");

    private List<Page> Said => [.. _world.Pages.Where(page => page.Title.EndsWith(": a human is still needed", StringComparison.Ordinal))];

    private void OperatorDies()
    {
        _world.Pass(2);
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.Pass(1);
    }

    private void Held(string by = "hold")
    {
        OperatorDies();
        _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, IncidentOrderKind.Hold, by));
    }

    private void Ack(string requestId = "ack") => _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, IncidentOrderKind.Ack, requestId));

    [Fact]
    public void An_incident_that_is_held_is_said_again_every_30_minutes_under_its_key_with_why_and_what_to_do()
    {
        Held();
        var (held, page) = (_world.Now, _world.Pages[^1]);
        _world.Pass(95);

        Assert.Equal([30, 60, 90], Said.Select(said => (said.At - held).TotalMinutes));
        Assert.All(Said, said =>
        {
            Assert.Equal((PageKind.Update, Severity.Critical, page.DedupKey, page.IncidentId), (said.Kind, said.Severity, said.DedupKey, said.IncidentId));
            Assert.Contains("recovery is held since 02:0", said.Happened);
            Assert.Contains("waiting for the vendor", said.Happened);
            Assert.Contains($"POST /api/incidents/{said.IncidentId}/release", said.YouMay);
            Assert.Contains($"POST /api/incidents/{said.IncidentId}/ack", said.YouMay);
        });
        Assert.Equal(3, _world.Audit.Count(record => record.Reason == Reason.HumanStillNeeded));
    }

    [Fact]
    public void Once_somebody_acknowledged_it_nothing_is_repeated_and_something_new_is_said_once()
    {
        Held();
        _world.Pass(35);
        Assert.Single(Said);

        Ack();
        var before = _world.Pages.Count;
        _world.Pass(60);
        Assert.Equal(before, _world.Pages.Count);

        _world.Annotate("a", Annotations.PausedReplicas, "3");
        _world.Pass(90);
        Assert.Equal($"{IncidentPages.Title(Cause.OperatorUnhealthy)}: sophia-mesh/a is held", Assert.Single(_world.Pages.Skip(before)).Title);
        Assert.Single(Said);
    }

    [Fact]
    public void It_ends_with_what_needed_the_human()
    {
        Held();
        _world.Pass(35);
        _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, IncidentOrderKind.Release, "release"));
        _world.Pass(90);
        Assert.Single(_world.Panel.Incidents);
        Assert.Single(Said);

        _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, IncidentOrderKind.Hold, "held-again"));
        _world.Pass(29);
        Assert.Single(Said); // the half hour begins anew with what is new
        _world.Pass(1);
        Assert.Equal(2, Said.Count);

        _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, IncidentOrderKind.Release, "released-again"));
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        _world.Pass(90);
        Assert.Equal(2, Said.Count);
    }

    [Fact]
    public void One_that_needs_no_human_is_not_repeated_however_long_it_lasts()
    {
        OperatorDies();
        _world.Pass(180);

        Assert.Single(_world.Panel.Incidents);
        Assert.Empty(Said);
        Assert.Null(_world.TheIncident.HumanAskedAt);
    }

    [Fact]
    public void A_frozen_target_is_named_with_what_freezes_it()
    {
        _world.Annotate("a", Annotations.Action, "freeze");
        OperatorDies();
        _world.Pass(30);

        var said = Assert.Single(Said);
        Assert.Contains($"sophia-mesh/a is frozen by annotation {Annotations.Action}; nothing scales it", said.Happened);
        Assert.DoesNotContain("sophia-mesh/b", said.Happened);
        Assert.Contains("kubectl scale", said.YouMay);
    }

    [Fact]
    public void A_fallback_that_the_cluster_refuses_is_named_with_its_words_frozen_or_left_to_KEDA()
    {
        _world.Refuses = write => write is ApplyFallbackHpa && write.Target == World.Id("a") ? "exceeded quota" : null;
        OperatorDies();
        _world.Pass(30);
        Assert.Contains(": refused: exceeded quota", Assert.Single(Said).Happened);

        var own = new World("a", "b", "c") { Refuses = write => write is ApplyFallbackHpa ? "exceeded quota" : null };
        own.Pass(2);
        own.Hear(Given.Trip(own, "a"));
        own.Pass(31);
        var said = Assert.Single(own.Pages, page => page.Title.EndsWith("a human is still needed", StringComparison.Ordinal));
        Assert.Contains("sophia-mesh/a is left alone: ", said.Happened);
        Assert.Contains("Mend what refuses the fallback", said.YouMay);
    }

    [Fact]
    public void A_target_that_others_hold_or_own_is_named()
    {
        _world.Change("b", view => view with { Hpas = view.Hpas.Add(World.KedaHpa("b", 4, _world.Now) with { Name = "somebodys", Uid = "u", Owner = HpaOwner.Other }) });
        OperatorDies();
        _world.Annotate("a", Annotations.PausedReplicas, "3");
        _world.Pass(31);

        var said = Assert.Single(Said);
        Assert.Contains("sophia-mesh/a is held: somebody else paused it meanwhile", said.Happened);
        Assert.Contains("sophia-mesh/b is left alone: HPA somebodys", said.Happened);
    }

    [Fact]
    public void A_target_of_two_incidents_is_named_by_one_of_them()
    {
        _world.Annotate("a", Annotations.Action, "freeze");
        OperatorDies();
        _world.Hear(Given.Trip(_world, "a"));
        _world.Pass(35);

        Assert.Equal(2, _world.Panel.Incidents.Count);
        Assert.Equal(Cause.OperatorUnhealthy, Assert.Single(Said).Cause);
    }

    [Fact]
    public void A_long_list_is_cut()
    {
        var world = new World([.. Enumerable.Range(10, 12).Select(i => $"t{i}")]);
        foreach (var target in world.Targets.Keys.ToList())
            world.Annotate(target.Name, Annotations.Action, "freeze");
        world.Pass(2);
        world.Hear(Given.Trip(world, null));
        world.Pass(31);

        var said = world.Pages[^1];
        Assert.Contains("sophia-mesh/t19 is frozen", said.Happened);
        Assert.DoesNotContain("sophia-mesh/t20 is frozen", said.Happened);
        Assert.Contains("; and 2 more.", said.Happened);
        Assert.Equal(2, said.YouMay.Split("kubectl scale").Length); // once for all of them
    }

    [Fact]
    public void A_reactor_that_slept_says_it_once_and_counts_from_there()
    {
        Held();
        _world.Skip(TimeSpan.FromHours(5));
        _world.Pass(20);

        Assert.Single(Said);
        _world.Pass(11);
        Assert.Equal(2, Said.Count);
    }

    [Fact]
    public void In_observe_only_mode_nothing_waits_for_anybody()
    {
        _world.Policy = _world.Policy with { ObserveOnly = true };
        Held();
        _world.Pass(90);

        Assert.Single(_world.Panel.Incidents);
        Assert.Empty(Said);
    }

    [Fact]
    public void A_policy_that_pages_nobody_repeats_nothing_and_does_not_say_that_it_did()
    {
        _world.Policy = _world.Policy with { OnTrip = _world.Policy.OnTrip.Remove(TripAction.SendAlert) };
        Held();
        _world.Pass(90);

        Assert.Empty(_world.Pages);
        Assert.DoesNotContain(_world.Audit, record => record.Reason == Reason.HumanStillNeeded);
    }

    [Fact]
    public void Maintenance_is_silent_and_what_still_needs_somebody_is_said_at_its_end()
    {
        Held();
        _world.Hear(Given.Maintenance(_world, TimeSpan.FromHours(2)));
        _world.Pass(119);
        Assert.Empty(Said);

        _world.Pass(2);
        Assert.Single(Said);
    }

    [Fact]
    public void Maintenance_of_one_target_does_not_silence_another()
    {
        _world.Annotate("a", Annotations.Action, "freeze");
        _world.Annotate("b", Annotations.Action, "freeze");
        OperatorDies();
        _world.Hear(Given.Maintenance(_world, TimeSpan.FromHours(2), new Selection(Scope.Target, "sophia-mesh", "a")));
        _world.Pass(31);

        Assert.Single(Said);
    }

    [Fact]
    public void Nobody_is_reminded_of_what_nobody_was_told()
    {
        _world.Pass(2);
        _world.Visible = false;
        _world.Hear(Given.Trip(_world, "a") with { Hold = true });
        _world.Pass(60);

        Assert.Equal(0, _world.TheIncident.Pages);
        Assert.Empty(Said);
    }

    [Fact]
    public void It_goes_to_whom_the_incident_was_told_and_to_no_others()
    {
        _world.Policy = _world.Policy with { AlertChannels = ["slack", "pagerduty", "email"], PageRoutes = [new PageRoute("email", Severity.Info, [Cause.Oscillation])] };
        Held();
        _world.Pass(31);

        Assert.Equal(["pagerduty", "slack"], Assert.Single(Said).Channels!);
    }
}
