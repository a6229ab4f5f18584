using System.Collections.Concurrent;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

/// <summary>How fast, in what order, and what a channel that fails costs the others.</summary>
public sealed class PagePaceTests : DeliveryTestBase
{
    [Fact]
    public async Task A_channel_that_fails_three_times_in_a_row_rests_until_the_next_call()
    {
        var slack = new FakeChannel("slack") { Answer = _ => new SendResult(SendStatus.Retry, "500") };
        await QueueAsync(["slack"], [.. Enumerable.Range(0, 5).Select(n => NewPage($"p{n}", $"i{n}"))]);
        var delivery = Delivery(slack);

        await delivery.DeliverAsync(Later(), None);
        Assert.Equal(["p0", "p1", "p2"], slack.Sent);
        await delivery.DeliverAsync(Later(), None);
        Assert.Equal(["p0", "p1", "p2", "p3", "p4"], slack.Sent);
    }

    [Fact]
    public async Task Of_a_burst_of_news_the_last_word_is_sent_and_nothing_that_calls_somebody_is_left_out()
    {
        var slack = new FakeChannel("slack");
        await QueueAsync(
            ["slack"],
            NewPage("trigger"),
            NewPage("old-news") with { Kind = PageKind.Update, Severity = Severity.Info },
            NewPage("bad-news") with { Kind = PageKind.Update, Severity = Severity.Error },
            NewPage("last-news") with { Kind = PageKind.Update, Severity = Severity.Info });

        await DeliverAsync(slack);

        Assert.Equal(["trigger", "bad-news", "last-news"], slack.Sent);
        var folded = Assert.Single(await TrailAsync(), record => record.Reason == Reason.PageFolded);
        Assert.Equal("old-news", folded.Facts["page"]);
        Assert.Empty(await store.PagesAsync(new PageQuery(), None));
    }

    [Fact]
    public async Task A_page_that_always_fails_does_not_keep_the_channel_from_the_others()
    {
        var slack = new FakeChannel("slack")
        {
            Answer = page => page.Id == "poison" ? new SendResult(SendStatus.Retry, "500") : new SendResult(SendStatus.Delivered, "ok"),
        };
        await QueueAsync(["slack"], NewPage("poison", "i1"), NewPage("fine", "i2"));
        var delivery = Delivery(slack);

        await delivery.DeliverAsync(Later(), None);
        await delivery.DeliverAsync(Later(), None);

        Assert.Equal(["poison", "fine"], slack.Sent);
    }

    [Fact]
    public async Task Sends_keep_the_channels_spacing_across_calls()
    {
        var slack = new FakeChannel("slack") { MinimumSpacing = TimeSpan.FromSeconds(1) };
        var (start, times) = (time.GetUtcNow(), new ConcurrentQueue<DateTimeOffset>());
        slack.Answer = _ =>
        {
            times.Enqueue(time.GetUtcNow());
            return new SendResult(SendStatus.Delivered, "ok");
        };
        var delivery = Delivery(slack);
        for (var call = 0; call < 2; call++)
        {
            await QueueAsync(["slack"], NewPage($"a{call}", $"a{call}"), NewPage($"b{call}", $"b{call}"));
            var delivering = delivery.DeliverAsync(Later(), None);
            while (!delivering.IsCompleted)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, None);
                time.Advance(TimeSpan.FromMilliseconds(50));
            }

            await delivering;
        }

        Assert.Equal(4, times.Count);

        // The clock goes on between a send's turn and its record: only the turns are exactly a second apart.
        Assert.All(times.Select((at, number) => (at, number)), send => Assert.True(send.at >= start + send.number * TimeSpan.FromSeconds(1), $"{send}"));
    }
}
