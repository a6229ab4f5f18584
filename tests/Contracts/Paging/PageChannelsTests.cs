using Sophia.Keda.Reactor.Paging;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

public sealed class PageChannelsTests
{
    private readonly ManualTime time = new(Pages.Noon);

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task A_test_page_goes_past_the_queue_and_does_not_stay_open_where_pages_do()
    {
        var (slack, pager) = (new FakeChannel("slack"), new FakeChannel("pagerduty") { KeepsOpen = true });
        var channels = new PageChannels([slack, pager], time);

        var tests = await channels.TestAsync(Pages.Full with { Id = "test" }, ["slack", "pagerduty"], None, None);

        Assert.Equal([("slack", SendStatus.Delivered), ("pagerduty", SendStatus.Delivered)], tests.Select(test => (test.Channel, test.Status)));
        Assert.Equal(["test"], slack.Sent);
        Assert.Equal(["test", "test/over"], pager.Sent);
    }

    [Fact]
    public async Task A_check_that_breaks_tells_its_kind_without_its_message_and_stops_no_other()
    {
        var broken = new FakeChannel("slack") { Check = _ => throw new InvalidOperationException("https://hooks.slack.com/secret") };
        var channels = new PageChannels([broken, new FakeChannel("pagerduty") { Check = _ => Task.FromResult<string?>("refused") }, new FakeChannel("email")], time);

        var checks = await channels.CheckAsync(None);

        Assert.Equal(
            [("slack", "the check failed with InvalidOperationException"), ("pagerduty", "refused"), ("email", null)],
            checks.Select(check => (check.Channel, check.Problem)));
        Assert.All(checks, check => Assert.Equal(Pages.Noon, check.At));
    }

    [Fact]
    public async Task A_check_that_never_ends_is_left_after_the_time_of_a_send()
    {
        var never = new FakeChannel("slack") { Check = _ => new TaskCompletionSource<string?>().Task };
        var checking = new PageChannels([never], time, TimeSpan.FromSeconds(10)).CheckAsync(None);

        time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(checking.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("no answer within 10 s", Assert.Single(await checking).Problem);
    }

    [Theory]
    [InlineData(null, 60)]
    [InlineData("answers 404", 1)]
    public async Task What_was_found_stands_for_an_hour_and_what_was_wrong_for_a_minute_since_it_may_be_mended(string? problem, int minutes)
    {
        var looks = 0;
        var latest = new LatestChannelCheck(cancel => new PageChannels([new FakeChannel("slack") { Check = _ => Task.FromResult(++looks == 1 ? problem : null) }], time).CheckAsync(cancel), time);

        await latest.LookAsync(None);
        time.Advance(TimeSpan.FromMinutes(minutes) - TimeSpan.FromSeconds(1));
        await latest.LookAsync(None);
        Assert.Equal((1, problem), (looks, Assert.Single(latest.Latest).Problem));
        time.Advance(TimeSpan.FromSeconds(1));
        await latest.LookAsync(None);

        Assert.Equal((2, null), (looks, Assert.Single(latest.Latest).Problem));
    }

    [Fact]
    public async Task Whoever_ends_the_check_gets_no_answer()
    {
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new PageChannels([new FakeChannel("slack")], time).CheckAsync(gone.Token));
    }
}
