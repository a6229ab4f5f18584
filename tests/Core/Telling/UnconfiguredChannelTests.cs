namespace Sophia.Keda.Reactor.Core.Tests.Telling;

public sealed class UnconfiguredChannelTests
{
    private readonly World _world = new("a", "b") { Policy = new Policy { Cluster = "test", NamedChannels = ["slack", "email"] }.Paging(["slack", "pagerduty"]) };

    private Page[] News => [.. _world.Pages.Where(page => page.IncidentId is null)];

    [Fact]
    public void Without_names_every_configured_channel_is_paged()
    {
        var policy = new Policy().Paging(["slack", "webhook"]);
        Assert.Equal(["slack", "webhook"], policy.AlertChannels.ToArray());
        Assert.Empty(policy.UnconfiguredChannels);
    }

    [Fact]
    public void With_names_those_that_are_configured_are_paged_and_no_others()
    {
        Assert.Equal(["slack"], _world.Policy.AlertChannels.ToArray());
        Assert.Equal(["email"], _world.Policy.UnconfiguredChannels.ToArray());
    }

    [Fact]
    public void A_channel_that_is_named_and_not_configured_is_told_of_once_on_the_others()
    {
        _world.Pass(3);
        var page = Assert.Single(News);
        Assert.Equal((PageKind.Trigger, Severity.Warning), (page.Kind, page.Severity));
        Assert.Contains("email", page.Title, StringComparison.Ordinal);
        Assert.Contains(_world.Audit, record => record.Reason == Reason.ChannelUnconfigured);
    }

    [Fact]
    public void Another_instance_that_has_it_during_a_rollout_does_not_page_back_and_forth()
    {
        var (without, with) = (_world.Policy, _world.Policy.Paging(["slack", "email"]));
        for (var run = 0; run < 5; run++)
        {
            _world.Policy = run % 2 == 0 ? without : with;
            _world.Pass(1);
        }

        Assert.Single(News);
    }

    [Fact]
    public void Once_it_is_configured_that_is_told_too()
    {
        _world.Pass(1);
        _world.Policy = _world.Policy.Paging(["slack", "email"]);
        _world.Pass(TimeSpan.FromMinutes(6));
        Assert.Equal([PageKind.Trigger, PageKind.Resolve], News.Select(page => page.Kind));
        Assert.Empty(_world.Panel.Notices);
    }

    [Fact]
    public void With_no_channel_at_all_there_is_nobody_to_tell()
    {
        _world.Policy = _world.Policy.Paging([]);
        _world.Pass(2);
        Assert.Empty(News);
    }

    [Fact]
    public void A_channel_that_is_taken_away_gets_no_more_pages_of_an_incident_that_it_was_told_of()
    {
        _world.Policy = _world.Policy with { AlertChannels = ["slack", "email"], UnconfiguredChannels = [], PageRoutes = [new PageRoute("email", Severity.Error, [])] };
        Trip();
        Assert.Equal(["email", "slack"], _world.Pages[^1].Channels!);
        _world.Policy = _world.Policy with { AlertChannels = ["slack"], UnconfiguredChannels = ["email"] };
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "its end");
        Assert.Equal((PageKind.Resolve, "slack"), (_world.Pages[^1].Kind, string.Join(' ', _world.Pages[^1].Channels!)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_incident_whose_pages_reach_no_configured_channel_is_unheard(bool byItsConditions)
    {
        _world.Policy = byItsConditions
            ? _world.Policy with { PageRoutes = [new PageRoute("slack", Severity.Info, [Cause.Oscillation])] }
            : _world.Policy.Paging([]);
        Trip();
        Assert.NotNull(_world.TheIncident.UnheardSince);

        _world.Policy = _world.Policy.Paging(["slack"]) with { PageRoutes = [] };
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.Panel.Incidents.Values.All(i => i.Recovery.Stage == Stage.Canary), "news");
        Assert.Null(_world.TheIncident.UnheardSince);
    }

    [Fact]
    public void An_incident_that_one_channel_takes_is_heard()
    {
        Trip();
        Assert.Null(_world.TheIncident.UnheardSince);
    }

    private void Trip()
    {
        _world.Pass(1);
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
    }
}
