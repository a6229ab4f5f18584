using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

/// <summary>Pages that a channel refuses for its secret.</summary>
public sealed class RefusedPagesTests : DeliveryTestBase
{
    private readonly FakeChannel slack = new("slack")
    {
        Credential = "old",
        Answer = _ => new SendResult(SendStatus.Refused, "404 no_service"),
    };

    [Fact]
    public async Task A_refusal_that_a_new_secret_may_cure_is_tried_for_ten_minutes_with_growing_waits_and_then_given_up()
    {
        var delivery = Delivery(slack);
        await QueueAsync(["slack"], NewPage("p"));
        var tries = new List<double>();

        while (!(await store.PagesAsync(new PageQuery { State = DeliveryState.Waiting }, None)).IsEmpty)
        {
            if ((await delivery.DeliverAsync(Later(), None)).Attempts.Length > 0) tries.Add((time.GetUtcNow() - Pages.Noon).TotalSeconds);
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((0, 600), (tries[0], tries[^1]));
        Assert.InRange(tries.Count, 8, 16);
        Assert.True(tries[^2] - tries[^3] > 4 * (tries[2] - tries[1]), "the waits do not grow");
        var trail = await TrailAsync();
        Assert.Equal([.. Enumerable.Repeat(Reason.PageRetried, tries.Count - 1), Reason.PageUndeliverable], trail.Select(record => record.Reason));
        Assert.Contains("given up: 404 no_service (for 10 min)", trail[^1].Text);
        Assert.Equal("404 no_service (for 10 min)", Assert.Single(await store.PagesAsync(new PageQuery { State = DeliveryState.Dead }, None)).LastError);
    }

    [Fact]
    public async Task With_a_new_secret_what_the_old_one_was_refused_for_is_sent_at_once()
    {
        var delivery = Delivery(slack);
        await QueueAsync(["slack"], NewPage("trigger"), NewPage("resolve"));
        await TryAsync(delivery, minutes: 6);
        for (; await DueAtAsync() <= time.GetUtcNow(); time.Advance(TimeSpan.FromSeconds(1))) await delivery.DeliverAsync(Later(), None);

        (slack.Credential, slack.Answer) = ("new", _ => new SendResult(SendStatus.Delivered, "200 ok"));
        var report = await delivery.DeliverAsync(Later(), None);

        Assert.Equal(["trigger", "resolve"], report.Attempts.Select(attempt => attempt.PageId));
        Assert.Equal(2, report.Delivered);
    }

    [Fact]
    public async Task A_new_secret_that_is_refused_too_has_its_own_ten_minutes_and_is_not_tried_without_a_pause()
    {
        var delivery = Delivery(slack);
        await QueueAsync(["slack"], NewPage("p"));
        await TryAsync(delivery, minutes: 9);

        slack.Credential = "new";
        Assert.Equal(1, (await delivery.DeliverAsync(Later(), None)).Retried);
        Assert.Empty((await delivery.DeliverAsync(Later(), None)).Attempts);
        await TryAsync(delivery, minutes: 9);
        Assert.Empty(await store.PagesAsync(new PageQuery { State = DeliveryState.Dead }, None));
        await TryAsync(delivery, minutes: 2);

        Assert.Single(await store.PagesAsync(new PageQuery { State = DeliveryState.Dead }, None));
    }

    [Fact]
    public async Task A_new_secret_of_one_channel_hurries_no_page_of_another()
    {
        var pager = new FakeChannel("pagerduty") { Credential = "key", Answer = _ => new SendResult(SendStatus.Retry, "503") };
        var delivery = Delivery(slack, pager);
        await QueueAsync(["slack", "pagerduty"], NewPage("p"));
        await TryAsync(delivery, minutes: 6);

        slack.Credential = "new";
        var report = await delivery.DeliverAsync(Later(), None);

        Assert.Equal(["slack"], report.Attempts.Select(attempt => attempt.Channel));
    }

    [Fact]
    public async Task A_page_refused_after_an_hour_of_other_failures_still_has_its_ten_minutes()
    {
        slack.Answer = _ => new SendResult(SendStatus.Retry, "503");
        var delivery = Delivery(slack);
        await QueueAsync(["slack"], NewPage("p"));
        await TryAsync(delivery, minutes: 60);

        slack.Answer = _ => new SendResult(SendStatus.Refused, "403 invalid_token");
        await TryAsync(delivery, minutes: 8);

        Assert.Equal("403 invalid_token", Assert.Single(await store.PagesAsync(new PageQuery { State = DeliveryState.Waiting }, None)).LastError);
    }

    [Fact]
    public async Task A_test_page_that_is_refused_says_so()
    {
        var test = Assert.Single(await new PageChannels([slack], time).TestAsync(NewPage("test"), ["slack"], None, None));

        Assert.Equal((SendStatus.Refused, "404 no_service"), (test.Status, test.Detail));
    }

    private async Task TryAsync(PageDelivery delivery, int minutes)
    {
        for (var end = time.GetUtcNow().AddMinutes(minutes); time.GetUtcNow() < end; time.Advance(TimeSpan.FromSeconds(1)))
            await delivery.DeliverAsync(Later(), None);
    }
}
