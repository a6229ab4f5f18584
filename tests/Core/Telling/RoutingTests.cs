using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Telling;

public sealed class RoutingTests
{
    private static World Conditioned(params PageRoute[] routes)
    {
        var world = new World("a", "b", "c", "d");
        world.Policy = world.Policy with { AlertChannels = ["slack", "pagerduty", "email"], PageRoutes = [.. routes] };
        world.Pass(2);
        return world;
    }

    private static void OperatorDies(World world)
    {
        world.OperatorAlive = false;
        world.PassUntil(() => world.Panel.Incidents.Count == 1, "a trip");
        world.Pass(1);
    }

    private static string[] ChannelsOf(Page page) => [.. page.Channels ?? ["all"]];

    [Fact]
    public void Without_conditions_every_channel_gets_every_page_and_nothing_is_remembered()
    {
        var world = Conditioned();
        OperatorDies(world);

        Assert.All(world.Pages, page => Assert.Null(page.Channels));
        Assert.Empty(world.Panel.PagedOn);
    }

    [Fact]
    public void A_channel_gets_pages_of_its_severity_and_causes_only()
    {
        var world = Conditioned(
            new PageRoute("pagerduty", Severity.Error, []),
            new PageRoute("email", Severity.Info, [Cause.Oscillation]));

        world.Hear(Given.Alert(world, Cause.ScalingLatencyHigh, "a"));
        OperatorDies(world);

        Assert.Equal(["slack"], ChannelsOf(world.Pages[0]));
        Assert.Equal(["pagerduty", "slack"], ChannelsOf(world.Pages.First(page => page.Cause == Cause.OperatorUnhealthy)));
        Assert.Contains(world.Audit, record => record.Reason == Reason.PageQueued && record.Facts.GetValueOrDefault("channels") == "pagerduty, slack");
    }

    [Fact]
    public void Who_was_told_that_it_began_is_told_that_it_is_over()
    {
        var world = Conditioned(new PageRoute("pagerduty", Severity.Critical, []), new PageRoute("email", Severity.Critical, [Cause.Oscillation]));
        OperatorDies(world);
        world.OperatorAlive = true;
        world.PassUntil(() => world.Panel.Incidents.IsEmpty, "its end");

        var over = world.Pages.Last();
        Assert.Equal((PageKind.Resolve, Severity.Info), (over.Kind, over.Severity));
        Assert.Equal(["pagerduty", "slack"], ChannelsOf(over));
        Assert.Empty(world.Panel.PagedOn);
    }

    [Fact]
    public void An_acknowledgement_is_told_once_with_who_gave_it()
    {
        var world = Conditioned();
        OperatorDies(world);
        var id = world.TheIncident.Id;

        world.Hear(Given.OnIncident(world, id, IncidentOrderKind.Ack, "first"));
        world.Hear(Given.OnIncident(world, id, IncidentOrderKind.Ack, "second"));

        var told = world.Pages.Single(page => page.Kind == PageKind.Acknowledge);
        Assert.Equal((id, world.TheIncident.DedupKey), (told.IncidentId, told.DedupKey));
        Assert.Contains(world.TheIncident.AcknowledgedBy!, told.Title, StringComparison.Ordinal);
    }
}
