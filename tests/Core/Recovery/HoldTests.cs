namespace Sophia.Keda.Reactor.Core.Tests.Recovering;

public sealed class HoldTests
{
    private readonly World _world = new("a", "b", "c", "d");

    private void Trip()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.OperatorAlive = true;
    }

    private int OnFallback => _world.Targets.Values.Count(v => v.FallbackHpa is not null);

    private void Order(IncidentOrderKind kind, string id) => _world.Hear(Given.OnIncident(_world, _world.TheIncident.Id, kind, id));

    [Fact]
    public void After_max_attempts_it_is_held_and_paged_and_waits_longer_each_time()
    {
        Trip();
        foreach (var view in _world.Targets.Values)
            _world.Sourceless.Add(view.Id.Name);
        var waits = new List<TimeSpan>();
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            var expected = attempt;
            _world.PassUntil(() => _world.TheIncident.Attempts == expected, $"attempt {attempt}");
            waits.Add(_world.TheIncident.Recovery.NotBefore!.Value - _world.Now);
        }

        Assert.Equal(Reason.HeldAfterAttempts, _world.TheIncident.Hold!.Reason);
        for (var i = 0; i < 4; i++)
            Assert.InRange(waits[i] / TimeSpan.FromMinutes(2 << i), 0.8, 1.2);
        var pages = _world.Pages.Count;
        _world.Sourceless.Clear();
        _world.Pass(60);
        Assert.All(_world.Pages.Skip(pages), page => Assert.EndsWith(": a human is still needed", page.Title, StringComparison.Ordinal));
        Assert.Equal(4, OnFallback);
        var held = Assert.Single(_world.Pages, p => p.Title.Contains("a human must decide", StringComparison.Ordinal));
        Assert.Contains("/release", held.YouMay);
        Assert.Contains("Nothing until a human releases it", held.Next);
    }

    [Fact]
    public void A_release_lets_it_go_on_with_a_fresh_count()
    {
        Trip();
        Order(IncidentOrderKind.Hold, "h");
        _world.Pass(30);
        Assert.Equal(4, OnFallback);
        Order(IncidentOrderKind.Release, "r");
        Assert.Equal(0, _world.TheIncident.Attempts);
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal(0, OnFallback);
    }

    [Fact]
    public void A_hold_during_a_wave_keeps_what_is_back_and_starts_no_other()
    {
        Trip();
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Canary, "a canary");
        Order(IncidentOrderKind.Hold, "h");
        _world.Pass(60);
        Assert.Equal(3, OnFallback);
        Order(IncidentOrderKind.Release, "r");
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void A_held_wave_that_turns_bad_is_put_back_and_the_humans_hold_stays_theirs()
    {
        _world.Policy = _world.Policy with { MaxAttempts = 1 };
        Trip();
        _world.PassUntil(() => _world.TheIncident.Recovery is { Stage: Stage.Canary, BatchBackAt: not null }, "a canary");
        var canary = _world.TheIncident.Recovery.Batch.Single();
        Order(IncidentOrderKind.Hold, "h");
        _world.KedaHpaShows(canary.Name, "False", "AmbiguousSelector");
        _world.Pass(2);
        Assert.Equal(4, OnFallback);
        Assert.Equal(Reason.HeldByHuman, _world.TheIncident.Hold!.Reason);
        Assert.Contains("waiting for the vendor", _world.TheIncident.Hold.Words);
    }

    [Fact]
    public void Marks_of_a_key_that_is_being_replaced_are_signed_anew_once_and_nothing_else_is_written()
    {
        Trip();
        _world.Change("b", v => v with { MemoryByOldKey = true });
        _world.Written.Clear();
        Order(IncidentOrderKind.Hold, "h");
        _world.Pass(5);
        Assert.Equal(["note the hold in the cluster"], _world.Written.Select(w => w.Purpose).Distinct());

        _world.Change("b", v => v with { MemoryByOldKey = true });
        _world.Written.Clear();
        _world.Pass(5);
        var signed = Assert.IsType<AnnotateScaledObject>(Assert.Single(_world.Written));
        Assert.Equal(("sign our marks with the new key", "b"), (signed.Purpose, signed.Target.Name));
        Assert.Equal(_world.Panel.Targets[signed.Target].Memory, signed.Memory);
    }

    [Fact]
    public void A_held_incident_says_so_at_every_breaker()
    {
        Trip();
        Order(IncidentOrderKind.Hold, "h");
        var view = Breakers.All(_world.Panel, _world.Decisions[^1].Input.Observation!, _world.Policy);
        Assert.All(view, b => Assert.Equal(BreakerState.Held, b.State));
        Assert.All(view, b => Assert.Contains("Nothing until a human releases it", b.Next));
    }
}
