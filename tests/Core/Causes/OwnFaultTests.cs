namespace Sophia.Keda.Reactor.Core.Tests.Causes;

/// <summary>A target with a workload and an HPA, of which only the words say that its own configuration is at fault.</summary>
public sealed class OwnFaultTests
{
    private const string Fault = "error parsing redis metadata: no address given";
    private const string Deleted = "secrets \"redis-auth\" not found";
    private readonly World _world = new("a", "b", "c", "d");

    private TargetId A { get; } = World.Id("a");

    private void Break(string words, params string[] names)
    {
        foreach (var name in names)
            _world.Change(name, v => v with { Ready = new("False", "ScaledObjectCheckFailed", words) });
    }

    private void Mend(string name) => _world.Change(name, v => v with { Ready = new("True", "ScaledObjectReady", "") });

    private List<Page> Notes() => [.. _world.Pages.Where(p => p.Title.EndsWith("can't work as written", StringComparison.Ordinal))];

    /// <summary>In observe mode nothing is tripped, so nothing but the incident's evidence remembers what failed once it is quiet.</summary>
    [Fact]
    public void In_observe_mode_one_that_broke_and_was_mended_is_followed_to_its_end()
    {
        _world.Policy = _world.Policy with { ObserveOnly = true };
        _world.Run();
        Break(Deleted, "a");
        _world.PassUntil(() => !_world.Panel.Incidents.IsEmpty, "what would have tripped");
        Mend("a");
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "its end");
        Assert.Empty(_world.Written);
    }

    [Fact]
    public void One_that_never_worked_is_told_once_as_a_note_and_trips_nothing()
    {
        Break(Fault, "a");
        _world.Pass(60);
        Assert.Empty(_world.Panel.Incidents);
        Assert.Empty(_world.Written);
        var note = Assert.Single(_world.Pages);
        Assert.Equal((PageKind.Trigger, Severity.Info, "1 target can't work as written"), (note.Kind, note.Severity, note.Title));
        Assert.Contains($"{A}: its configuration is at fault: Ready=False, ScaledObjectCheckFailed: {Fault}", note.Happened);
        Assert.DoesNotContain("it worked before", note.Happened);
        Assert.Single(_world.Audit, a => a.Reason == Reason.TargetCantWork);
    }

    [Fact]
    public void An_alert_about_one_that_never_worked_moves_nothing_either_and_why_says_it()
    {
        Break(Fault, "a");
        _world.Pass(5);
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        _world.Pass(10);
        Assert.Empty(_world.Panel.Incidents);
        var seen = _world.Decisions[^1].Input.Observation!;
        Assert.Contains("Nothing while it can't work as it is written", Breakers.One(_world.Panel, seen, _world.Policy, A)!.Next);
    }

    [Fact]
    public void One_that_worked_before_is_told_once_as_a_note_and_gets_its_fallback()
    {
        _world.Run();
        Break(Deleted, "a");
        _world.Pass(30);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Contains(_world.Closed.Append(_world.Panel.Incidents.Values.FirstOrDefault()).OfType<Incident>(), i => i.Cause == Cause.ScalerErrors);
        var trip = _world.Pages.First(p => p.Title.StartsWith("Scalers fail", StringComparison.Ordinal));
        Assert.Contains("its own configuration is at fault, not KEDA", trip.Happened);
        var note = Assert.Single(Notes(), p => p.Kind == PageKind.Trigger);
        Assert.Contains("it worked before, so it gets its fallback if that lasts", note.Happened);
    }

    [Fact]
    public void One_that_worked_once_since_we_look_worked_before()
    {
        Break(Fault, "a");
        _world.Pass(5);
        Mend("a");
        _world.Pass(5);
        Break(Deleted, "a");
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        Assert.Equal([A], _world.TheIncident.Members.Keys);
    }

    [Fact]
    public void One_that_could_not_be_read_or_was_paused_meanwhile_has_not_worked_for_that()
    {
        Break(Fault, "a");
        _world.Pass(5);
        _world.Unreadable["a"] = "a number";
        _world.Pass(5);
        _world.Unreadable.Clear();
        _world.Annotate("a", Annotations.Paused, "true");
        _world.Pass(5);
        _world.Annotate("a", Annotations.Paused, null);
        _world.Pass(30);
        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void Failing_from_the_start_for_another_reason_trips_as_ever()
    {
        Break("the source does not answer", "a");
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        Assert.Equal(Cause.ScalerErrors, _world.TheIncident.Cause);
        Assert.Empty(Notes());
    }

    [Fact]
    public void It_counts_in_neither_number_of_the_error_rate()
    {
        Break(Fault, "a");
        _world.Run();
        _world.Sourceless.Add("b");
        _world.Sourceless.Add("c");
        _world.Pass(5);
        Assert.DoesNotContain(_world.Panel.Incidents.Values, i => i.Cause == Cause.ErrorRate);
    }

    [Fact]
    public void The_note_resolves_when_it_works()
    {
        Break(Fault, "a");
        _world.Pass(5);
        Mend("a");
        _world.Pass(2);
        Assert.Equal(PageKind.Resolve, _world.Pages[^1].Kind);
        Assert.Empty(_world.Panel.CantWork);
        Assert.Empty(_world.Panel.Windows);
    }
}
