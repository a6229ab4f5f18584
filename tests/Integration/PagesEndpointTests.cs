using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests;

public sealed class PagesEndpointTests
{
    private const string Word = """{"reason":"the webhook was replaced","by":"ana"}""";

    private static OutboxEntry Entry(string id, DeliveryState state) => new()
    {
        Sequence = 1,
        Channel = "slack",
        State = state,
        Attempts = 3,
        DueAt = RunningHost.Start,
        LastError = "404 no_service",
        Page = new Page
        {
            Id = id, Kind = PageKind.Trigger, DedupKey = "of-" + id, IncidentId = "i", Cluster = "test", Severity = Severity.Critical, At = RunningHost.Start, Title = "KEDA's operator is down", Happened = "no lease",
        },
    };

    [Fact]
    public async Task Pages_that_have_not_arrived_are_listed_with_what_the_channel_said_last()
    {
        await using var host = await RunningHost.StartAsync();
        host.Store.Pages.AddRange([Entry("p", DeliveryState.Dead), Entry("q", DeliveryState.Waiting)]);

        using var answer = await host.SendAsync("GET", "pages?state=dead", "viewer");
        var page = (await RunningHost.JsonOf(answer))["pages"]!.AsArray().Single()!;

        Assert.Equal(("p", "slack", "dead", "404 no_service", 3), ((string)page["id"]!, (string)page["channel"]!, (string)page["state"]!, (string)page["lastError"]!, (int)page["attempts"]!));
    }

    [Fact]
    public async Task Delivered_pages_are_asked_for_elsewhere_and_the_refusal_says_where()
    {
        await using var host = await RunningHost.StartAsync();

        using var answer = await host.SendAsync("GET", "pages?state=delivered", "viewer");

        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains("/api/audit?kind=page", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dead_pages_are_sent_again_by_order_of_an_operator_and_only_with_the_header()
    {
        await using var host = await RunningHost.StartAsync();
        host.Store.Pages.Add(Entry("p", DeliveryState.Dead));

        using var without = await host.SendAsync("POST", "pages", "operator", Word, request => request.Headers.Remove("X-Reactor-Order"));
        using var viewer = await host.SendAsync("POST", "pages", "viewer", Word);
        Assert.Equal((400, 403), ((int)without.StatusCode, (int)viewer.StatusCode));
        Assert.Empty(host.Store.Resent);

        using var answer = await host.SendAsync("POST", "pages", "operator", Word);

        Assert.Equal(202, (int)answer.StatusCode);
        Assert.Equal([("p", "slack")], host.Store.Resent);
        Assert.Equal((Reason.PageResent, "key:operator#1"), (host.Store.Audit[^1].Reason, host.Store.Audit[^1].Actor));
    }

    [Fact]
    public async Task A_test_page_says_how_each_channel_answered()
    {
        await using var host = await RunningHost.StartAsync();

        using var answer = await host.SendAsync("POST", "pages/test", "operator", Word);
        var channel = (await RunningHost.JsonOf(answer))["channels"]!.AsArray().Single()!;

        // Nobody listens where the rig's Slack should be.
        Assert.Equal(("slack", "retry"), ((string)channel["channel"]!, (string)channel["status"]!));
        Assert.Contains(host.Store.Audit, record => record.Reason == Reason.PageTested && record.Text.Contains("the webhook was replaced", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_missing_or_unknown_in_the_order_is_named()
    {
        await using var host = await RunningHost.StartAsync();

        using var answer = await host.SendAsync("POST", "pages/test", "operator", """{"chanel":"slack"}""");

        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Equal(
            ["chanel: unknown member; expected channel, reason, by", "reason: missing", "by: missing"],
            (await RunningHost.JsonOf(answer))["errors"]!.AsArray().Select(error => (string)error!));
    }

    [Theory]
    [InlineData("ack")]
    [InlineData("hold")]
    [InlineData("release")]
    [InlineData("reset")]
    public async Task A_link_opens_a_form_that_changes_nothing_carries_no_key_and_loads_nothing_from_elsewhere(string order)
    {
        await using var host = await RunningHost.StartAsync();

        using var answer = await host.SendAsync("GET", $"confirm/{order}?incident=20260801-120000-operator", null);
        var html = await answer.Content.ReadAsStringAsync();

        Assert.Equal((200, "text/html"), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Contains("20260801-120000-operator", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http", html.Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.Ordinal);
        var policy = string.Join(' ', answer.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'sha256-", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Empty(host.Loop.Accepted);
        Assert.Empty(host.Store.Audit);
    }

    [Fact]
    public async Task Give_back_in_a_page_is_about_that_incident_alone_and_says_so()
    {
        await using var host = await RunningHost.StartAsync();

        using var answer = await host.SendAsync("GET", "confirm/reset?incident=20260801-120000-manual-2", null);
        var html = System.Net.WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());

        Assert.Contains("""data-body="{"scope":"incident","incident":"20260801-120000-manual-2","mode":"gradual"}""", html, StringComparison.Ordinal);
        Assert.Contains("No other target is touched", html, StringComparison.Ordinal);
        Assert.DoesNotContain("cluster", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("confirm/ack", 400)]
    [InlineData("confirm/ack?incident=%3Cscript%3E", 400)]
    [InlineData("confirm/trip?incident=a", 404)]
    public async Task A_link_that_is_none_of_ours_is_refused(string path, int status)
    {
        await using var host = await RunningHost.StartAsync();

        using var answer = await host.SendAsync("GET", path, null);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }
}
