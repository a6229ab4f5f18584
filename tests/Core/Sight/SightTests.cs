namespace Sophia.Keda.Reactor.Core.Tests.Seeing;

public sealed class SightTests
{
    private readonly World _world = new("a", "b");

    [Fact]
    public void Two_minutes_of_blindness_are_paged_once_change_nothing_and_resolve_with_sight()
    {
        _world.Run();
        _world.Visible = false;
        _world.Pass(2);
        Assert.Empty(_world.Pages);
        _world.Pass(30);
        var page = Assert.Single(_world.Pages);
        Assert.Contains("connection refused", page.Happened);
        Assert.Contains("Nothing was changed", page.Did);
        _world.Visible = true;
        _world.Run();
        Assert.Equal(PageKind.Resolve, _world.Pages[^1].Kind);
        Assert.Equal(page.DedupKey, _world.Pages[^1].DedupKey);
        Assert.Empty(_world.Written);
        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void An_alert_never_trips_on_blindness()
    {
        _world.Run();
        _world.Visible = false;
        _world.Hear(Given.Alert(_world, Cause.OperatorUnhealthy), Given.Alert(_world, Cause.ScalerErrors, "a", fingerprint: "f2"));
        _world.Pass(20);
        Assert.Empty(_world.Panel.Incidents);
        Assert.Empty(_world.Written);
    }

    [Fact]
    public void A_trip_ordered_while_blind_is_paged_as_one_incident_whatever_comes_of_it()
    {
        _world.Run();
        _world.Visible = false;
        _world.Hear(Given.Trip(_world, "a", duration: TimeSpan.FromMinutes(1)));
        _world.Pass(10);
        var pages = _world.Pages.Where(p => p.IncidentId is not null).ToList();
        Assert.Equal([PageKind.Trigger, PageKind.Resolve], pages.Select(p => p.Kind));
    }

    [Fact]
    public void Observe_only_decides_pages_would_and_writes_nothing()
    {
        _world.Policy = _world.Policy with { ObserveOnly = true };
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.Pass(10);
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Empty(_world.Written);
        Assert.Empty(_world.Panel.Targets);
        Assert.Equal([PageKind.Trigger, PageKind.Resolve], _world.Pages.Select(p => p.Kind));
        Assert.StartsWith("[observe-only]", _world.Pages[0].Title, StringComparison.Ordinal);
        Assert.Contains("would have moved 2 workloads", _world.Pages[0].Did);
        Assert.Contains("would", _world.Pages[0].Next);
        Assert.All(_world.Pages[0].Targets, t => Assert.Contains("would move to its fallback", t));
        Assert.Contains("nothing was written", _world.Pages[1].Did);
        Assert.Contains(_world.Audit, a => a.Text.Contains("would trip (observe-only)", StringComparison.Ordinal));
    }
}
