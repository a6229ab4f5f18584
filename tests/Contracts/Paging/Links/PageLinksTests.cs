using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging.Links;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging.Links;

public sealed class PageLinksTests
{
    [Theory]
    [InlineData(PageKind.Trigger, "ack hold release reset")]
    [InlineData(PageKind.Update, "ack hold release reset")]
    [InlineData(PageKind.Acknowledge, "hold release reset")]
    [InlineData(PageKind.Resolve, "")]
    public void Each_kind_of_page_offers_what_can_still_be_ordered(PageKind kind, string orders)
    {
        var links = PageLinks.Of(Pages.Full with { Kind = kind }, Pages.Linked);

        Assert.Equal(
            orders.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(order => $"https://reactor.example.org/api/confirm/{order}?incident=incident-7")
                .Append("https://reactor.example.org/api/incidents/incident-7").Append("https://wiki.example.org/keda?page=1&part=2"),
            links.Select(link => link.Url.AbsoluteUri));
    }

    [Fact]
    public void A_reactor_behind_a_path_and_an_odd_id_make_whole_addresses()
    {
        var links = PageLinks.Of(Pages.Full with { IncidentId = "a/../b?c=d&code=e#f" }, new LinkSettings { BaseUrl = new Uri("https://gate.example.org/keda/") });

        Assert.Equal("https://gate.example.org/keda/api/confirm/ack?incident=a%2F..%2Fb%3Fc%3Dd%26code%3De%23f", links[0].Url.AbsoluteUri);
        Assert.Equal("https://gate.example.org/keda/api/incidents/a%2F..%2Fb%3Fc%3Dd%26code%3De%23f", links[^1].Url.AbsoluteUri);
    }

    [Fact]
    public void A_notice_without_an_incident_links_to_the_runbook_alone_and_without_settings_nothing_links()
    {
        Assert.Equal(["Runbook"], PageLinks.Of(Pages.Full with { IncidentId = null }, Pages.Linked).Select(link => link.Text));
        Assert.Empty(PageLinks.Of(Pages.Full, LinkSettings.None));
    }

    [Theory]
    [InlineData("see https://grafana.example.org/d/abc?x=1.", "https://grafana.example.org/d/abc?x=1")]
    [InlineData("(https://GRAFANA.example.org/d)", "https://grafana.example.org/d")]
    [InlineData("http://grafana.example.org/d", null)]
    [InlineData("https://grafana.example.org.evil.example/d", null)]
    [InlineData("https://grafana.example.org@evil.example/d", null)]
    [InlineData("https://user@grafana.example.org/d", null)]
    [InlineData("https://grafana.example.org:8443/d", null)]
    [InlineData("https://sub.grafana.example.org/d", null)]
    [InlineData("javascript://grafana.example.org/%0aalert(1)", null)]
    public void An_alert_s_address_becomes_a_link_for_allowed_hosts_only(string text, string? link)
    {
        var found = PageLinks.Of(Pages.Full with { IncidentId = null, Happened = text }, Pages.Linked with { Runbook = null });

        Assert.Equal(link is null ? [] : [link], found.Select(one => one.Url.AbsoluteUri));
        Assert.Equal(link is not null, AlertUrls.Shown(text, Pages.Linked) == text);
        Assert.All(found, one => Assert.Equal("The alert's link to grafana.example.org", one.Text));
    }

    [Theory]
    [InlineData("go to https://evil.example/a now", "go to https[:]//evil.example/a now")]
    [InlineData("www.evil.example", "www[.]evil.example")]
    [InlineData("WWW.evil.example/x", "www[.]evil.example/x")]
    [InlineData("https://grafana.example.org/x and ftp://evil.example", "https://grafana.example.org/x and ftp[:]//evil.example")]
    [InlineData("sophia-mesh/sophia-ai-services: on fallback", "sophia-mesh/sophia-ai-services: on fallback")]
    public void Every_other_address_can_be_read_and_not_clicked(string text, string shown)
    {
        var page = AlertUrls.Shown(Pages.Full with { Title = text, Happened = text, Did = text, Next = text, YouMay = text, Targets = [text, "b"] }, Pages.Linked);

        Assert.All([page.Title, page.Happened, page.Did, page.Next, page.YouMay, page.Targets[0]], part => Assert.Equal(shown, part));
        Assert.Equal("b", page.Targets[1]);
    }
}
