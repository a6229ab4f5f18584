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
    public void An_incident_that_nobody_acknowledges_goes_to_more_people_again_and_again_until_somebody_does()
    {
        var world = Conditioned();
        world.Policy = world.Policy with { AlertChannels = ["slack"], EscalationChannels = ["pagerduty"], EscalateAfter = TimeSpan.FromMinutes(15), EscalateEvery = TimeSpan.FromMinutes(30) };
        OperatorDies(world);
        var opened = world.TheIncident.OpenedAt;
        world.Pass(50);

        var calls = world.Pages.Where(page => page.Title.Contains("nobody has acknowledged", StringComparison.Ordinal)).ToList();
        Assert.Equal([15, 45], calls.Select(page => (page.At - opened).TotalMinutes));
        Assert.All(calls, page => Assert.Equal((PageKind.Update, Severity.Critical), (page.Kind, page.Severity)));
        Assert.All(calls, page => Assert.Equal(["pagerduty", "slack"], ChannelsOf(page)));
        Assert.Equal(2, world.Audit.Count(record => record.Reason == Reason.Escalated));

        world.Hear(Given.OnIncident(world, world.TheIncident.Id, IncidentOrderKind.Ack));
        world.Pass(120);

        Assert.Equal(2, world.Audit.Count(record => record.Reason == Reason.Escalated));
        Assert.Equal(["pagerduty", "slack"], ChannelsOf(world.Pages.Single(page => page.Kind == PageKind.Acknowledge)));
    }

    [Fact]
    public void A_less_severe_incident_is_not_escalated_nor_is_any_without_channels_for_it()
    {
        var (minor, silent) = (Conditioned(), Conditioned());
        minor.Policy = minor.Policy with { EscalationChannels = ["pagerduty"], EscalateAtLeast = Severity.Critical };
        foreach (var world in (World[])[minor, silent])
        {
            world.Sourceless.Add("a");
            world.Hear(Given.Alert(world, Cause.ScalerErrors, "a"));
            world.Pass(40);
            Assert.Single(world.Panel.Incidents);
            Assert.DoesNotContain(world.Audit, record => record.Reason == Reason.Escalated);
        }
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
