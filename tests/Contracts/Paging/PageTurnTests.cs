using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

/// <summary>Who sends when several could: calls at once, instances at once, a call that ends in the middle.</summary>
public sealed class PageTurnTests : DeliveryTestBase
{
    [Fact]
    public async Task Nothing_is_sent_at_or_after_the_deadline()
    {
        var slack = new FakeChannel("slack") { MinimumSpacing = TimeSpan.FromSeconds(1) };
        await QueueAsync(["slack"], NewPage("p1", "i1"), NewPage("p2", "i2"));
        var delivery = Delivery(slack);

        Assert.Empty((await delivery.DeliverAsync(time.GetUtcNow(), None)).Attempts);
        Assert.Single((await delivery.DeliverAsync(time.GetUtcNow().AddSeconds(1), None)).Attempts);
        Assert.Equal(["p1"], slack.Sent);
    }

    [Fact]
    public async Task Two_calls_at_once_send_each_page_once()
    {
        var slack = new FakeChannel("slack");
        await QueueAsync(["slack"], [.. Enumerable.Range(0, 10).Select(n => NewPage($"p{n}", $"i{n}"))]);
        var delivery = Delivery(slack);

        await Task.WhenAll(delivery.DeliverAsync(Later(), None), delivery.DeliverAsync(Later(), None));

        Assert.Equal(10, slack.Sent.Count);
    }

    [Fact]
    public async Task A_call_that_is_cancelled_leaves_the_page_due()
    {
        var dead = new FakeChannel("dead") { Hangs = true };
        await QueueAsync(["dead"], NewPage("p"));
        using var cancel = new CancellationTokenSource();
        var delivery = Delivery(dead);

        var delivering = delivery.DeliverAsync(Later(), cancel.Token);
        await UntilAsync(() => dead.Sent.Count == 1);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivering);
        Assert.Equal(0, Assert.Single(await store.DuePagesAsync(Pages.Noon, 10, None)).Attempts);
        Assert.Empty(await TrailAsync());
    }

    [Fact]
    public async Task Two_instances_that_deliver_at_once_send_each_page_once()
    {
        var answers = new TaskCompletionSource();
        var (slack, other) = (new FakeChannel("slack") { Wait = answers.Task }, new FakeChannel("slack"));
        await QueueAsync(["slack"], NewPage("a"), NewPage("b", "incident-2"));
        var one = Delivery(slack);
        var two = new PageDelivery(store, new PageChannels([other], time), store.TrailAsync, time, random, "another");

        var first = one.DeliverAsync(Later(), None);
        await UntilAsync(() => slack.Sent.Count == 1);
        var second = two.DeliverAsync(Later(), None);
        await WaitAsync(second);

        Assert.Empty((await second).Attempts);
        Assert.Empty(other.Sent);
        answers.SetResult();
        Assert.Equal(2, (await first).Delivered);
        Assert.Equal(["a", "b"], slack.Sent);
    }

    [Fact]
    public async Task The_turn_of_an_instance_that_died_while_it_sent_ends_by_itself()
    {
        var slack = new FakeChannel("slack");
        await QueueAsync(["slack"], NewPage("a"));
        var left = (await store.AcquireLeaseAsync(LeaseName.Delivery, "died", TimeSpan.FromSeconds(28), None)).Lease!;

        await WaitAsync(Delivery(slack).DeliverAsync(Later(), None));
        Assert.Empty(slack.Sent);

        time.Advance(left.Until - time.GetUtcNow());
        await DeliverAsync(slack);
        Assert.Equal(["a"], slack.Sent);
    }

    [Fact]
    public async Task A_turn_is_given_back_when_a_channel_fails_and_when_the_store_does()
    {
        var slack = new FakeChannel("slack") { Answer = _ => new SendResult(SendStatus.Retry, "503") };
        await QueueAsync(["slack"], NewPage("a"));

        await DeliverAsync(slack);

        Assert.NotNull((await store.AcquireLeaseAsync(LeaseName.Delivery, "another", TimeSpan.FromSeconds(1), None)).Lease);
    }
}
