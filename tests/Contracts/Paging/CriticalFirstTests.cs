using System.Collections.Concurrent;
using Sophia.Keda.Reactor.Contracts.Tests.State;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Keeping;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

/// <summary>A critical page leaves within seconds, whatever else is queued, on a clock that goes by hand.</summary>
public sealed class CriticalFirstTests : IDisposable
{
    private const int Notices = 1_500;

    /// <summary>As functions/Wiring.cs has it.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(8);

    private readonly TemporaryFolder folder = new();
    private readonly StepTime time = new(Pages.Noon);
    private readonly StandInOutbox outbox = new();
    private readonly ConcurrentQueue<(string Channel, string Page, TimeSpan After)> sent = [];
    private readonly SqliteStore store;

    public CriticalFirstTests() => store = new SqliteStore("unused", new SqliteSettings { Path = Path.Combine(folder.Path, "state.db") }, time);

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void It_is_the_first_send_of_each_channel_when_fifteen_hundred_notices_wait_already()
    {
        var channels = new[] { Channel("slack", TimeSpan.FromSeconds(1)), Channel("email", TimeSpan.Zero) };
        outbox.Queue([.. Enumerable.Range(0, Notices).Select(Notice), Critical], ["slack", "email"]);

        Deliver(channels);

        Assert.All(sent.GroupBy(one => one.Channel), channel => Assert.Equal("critical", channel.First().Page));
        Assert.Equal(2, sent.DistinctBy(one => one.Channel).Count());
    }

    [Fact]
    public void One_that_comes_while_a_channel_works_through_notices_is_sent_within_two_seconds()
    {
        FakeChannel? slack = null;
        slack = Channel("slack", TimeSpan.FromSeconds(1), _ =>
        {
            if (slack!.Sent.Count == 3) outbox.Queue([Critical], ["slack"]);
            return new SendResult(SendStatus.Delivered, "ok");
        });
        outbox.Queue([.. Enumerable.Range(0, Notices).Select(Notice)], ["slack"]);

        Deliver(slack);

        var queued = sent.ElementAt(2).After;
        var after = Assert.Single(sent, one => one.Page == "critical").After;
        Assert.InRange(after - queued, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void A_channel_that_never_answers_holds_up_no_other_even_after_the_time_of_the_call()
    {
        var dead = new FakeChannel("dead") { Hangs = true };
        FakeChannel? slack = null;
        slack = Channel("slack", TimeSpan.FromSeconds(1), _ =>
        {
            if (slack!.Sent.Count == 7) outbox.Queue([Of("for-dead", "x")], ["dead"]); // 6 s after the call began: it hangs until 16 s
            if (slack.Sent.Count == 9) outbox.Queue([Critical], ["slack"]); // at the call's deadline
            return new SendResult(SendStatus.Delivered, "ok");
        });
        outbox.Queue([.. Enumerable.Range(0, 20).Select(Notice)], ["slack"]);

        Deliver(slack, dead);

        Assert.Single(dead.Sent);
        Assert.InRange(Assert.Single(sent, one => one.Page == "critical").After, TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(11));
    }

    [Fact]
    public void A_pause_that_a_channel_asked_for_after_a_notice_holds_a_critical_page_for_ten_seconds_at_most()
    {
        var slack = Channel("slack", TimeSpan.FromSeconds(1), page =>
            page.Id == "critical" ? new SendResult(SendStatus.Delivered, "ok") : new SendResult(SendStatus.Retry, "429", TimeSpan.FromHours(1)));
        outbox.Queue([Notice(1)], ["slack"]);
        var delivery = Delivery(slack);
        time.Run(() => delivery.DeliverAsync(outbox, time.GetUtcNow() + Budget, CancellationToken.None));
        outbox.Queue([Critical], ["slack"]);

        for (var tick = 1; tick <= 2; tick++)
        {
            time.PassUntil(Pages.Noon + TimeSpan.FromSeconds(10) * tick);
            time.Run(() => delivery.DeliverAsync(outbox, time.GetUtcNow() + Budget, CancellationToken.None));
        }

        Assert.InRange(Assert.Single(sent, one => one.Page == "critical").After, TimeSpan.Zero, TimeSpan.FromSeconds(11));
        Assert.Equal(2, slack.Sent.Count);
    }

    private static Page Critical { get; } = Of("critical", "incident-1") with { Severity = Severity.Critical, IncidentId = "incident-1", Title = "KEDA's operator is down" };

    private static Page Notice(int number) => Of($"notice-{number}", $"latency-{number}");

    private static Page Of(string id, string dedupKey) =>
        Pages.Full with { Id = id, DedupKey = dedupKey, IncidentId = null, Severity = Severity.Warning, Targets = [] };

    private void Deliver(params FakeChannel[] channels)
    {
        var delivery = Delivery(channels);
        time.Run(() => delivery.DeliverAsync(outbox, time.GetUtcNow() + Budget, CancellationToken.None));
    }

    private PageDelivery Delivery(params FakeChannel[] channels)
    {
        var trail = Task.FromResult(new TrailState("chain", 0, AuditPoint.Beginning, AuditPoint.Beginning));
        return new PageDelivery(store, new PageChannels(channels, time), _ => trail, time, new Random(5), "test");
    }

    private FakeChannel Channel(string name, TimeSpan spacing, Func<Page, SendResult>? answer = null) => new(name)
    {
        MinimumSpacing = spacing,
        Answer = page =>
        {
            sent.Enqueue((name, page.Id, time.GetUtcNow() - Pages.Noon));
            return answer?.Invoke(page) ?? new SendResult(SendStatus.Delivered, "ok");
        },
    };
}
