using System.Collections.Concurrent;
using Sophia.Keda.Reactor.Contracts.Tests.State;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Paging.Channels;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

public sealed class PageDeliveryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ManualTime time = new(Pages.Noon);
    private readonly Random random = new(1);
    private readonly SqliteStore store;

    public PageDeliveryTests() =>
        store = new SqliteStore("prod", new SqliteSettings { Path = Path.Combine(folder.Path, "state.db") }, time);

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task What_is_due_goes_out_in_order_is_recorded_and_audited()
    {
        var slack = new FakeChannel("slack");
        await QueueAsync(["slack"], NewPage("trigger"), NewPage("update"), NewPage("resolve"));

        var report = await DeliverAsync(slack);

        Assert.Equal(["trigger", "update", "resolve"], slack.Sent);
        Assert.Equal((3, 0, 0), (report.Delivered, report.Retried, report.Dead));
        Assert.Empty((await DeliverAsync(slack)).Attempts);
        var trail = await TrailAsync();
        Assert.All(trail, record => Assert.Equal((AuditKind.Page, Reason.PageDelivered, "incident-1"), (record.Kind, record.Reason, record.IncidentId)));
        Assert.Equal("slack", trail[0].Facts["channel"]);
        Assert.Equal(["trigger", "update", "resolve"], trail.Select(record => record.Facts["page"]));
    }

    [Fact]
    public async Task A_failure_is_tried_again_after_growing_waits_with_the_last_error_kept()
    {
        var slack = new FakeChannel("slack") { Answer = _ => new SendResult(SendStatus.Retry, "503 no") };
        await QueueAsync(["slack"], NewPage("p"));
        var waits = new List<double>();

        for (var attempt = 1; attempt <= 14; attempt++)
        {
            Assert.Equal(1, (await DeliverAsync(slack)).Retried);
            var before = time.GetUtcNow();
            while ((await store.DuePagesAsync(time.GetUtcNow(), 10, None)).IsEmpty) time.Advance(TimeSpan.FromSeconds(0.25));
            var entry = Assert.Single(await store.DuePagesAsync(time.GetUtcNow(), 10, None));
            Assert.Equal((attempt, "503 no"), (entry.Attempts, entry.LastError));
            waits.Add((time.GetUtcNow() - before).TotalSeconds);
        }

        for (var attempt = 0; attempt < waits.Count; attempt++)
        {
            var longest = Math.Min(Math.Pow(2, attempt), 300);
            Assert.InRange(waits[attempt], longest / 2, longest + 0.25);
        }

        Assert.True(waits.TakeLast(5).Distinct().Count() > 1, "the waits are not spread");
        Assert.All(await TrailAsync(), record => Assert.Equal(Reason.PageRetried, record.Reason));

        slack.Answer = _ => new SendResult(SendStatus.Delivered, "200 ok");
        Assert.Equal(1, (await DeliverAsync(slack)).Delivered);
    }

    [Fact]
    public async Task A_wait_that_the_channel_asks_for_holds_for_all_its_pages()
    {
        var slack = new FakeChannel("slack") { Answer = _ => new SendResult(SendStatus.Retry, "429", TimeSpan.FromMinutes(20)) };
        await QueueAsync(["slack"], NewPage("p1", "i1"), NewPage("p2", "i2"));
        using var delivery = Delivery(slack);
        await delivery.DeliverAsync(Later(), None);

        slack.Answer = _ => new SendResult(SendStatus.Delivered, "200 ok");
        time.Advance(TimeSpan.FromMinutes(19.9));
        Assert.Empty((await delivery.DeliverAsync(time.GetUtcNow().AddSeconds(5), None)).Attempts);
        time.Advance(TimeSpan.FromMinutes(0.1));
        Assert.Equal(2, (await delivery.DeliverAsync(time.GetUtcNow().AddSeconds(5), None)).Delivered);
    }

    [Fact]
    public async Task An_absurd_wait_is_cut_so_that_the_pager_is_not_silent_for_a_year()
    {
        var slack = new FakeChannel("slack") { Answer = _ => new SendResult(SendStatus.Retry, "429", TimeSpan.FromDays(365)) };
        await QueueAsync(["slack"], NewPage("p"));
        await DeliverAsync(slack);

        Assert.Equal(Pages.Noon.AddHours(1), await DueAtAsync());
    }

    [Fact]
    public async Task What_a_channel_will_never_take_is_dead_and_the_next_page_of_the_incident_goes_on()
    {
        var slack = new FakeChannel("slack")
        {
            Answer = page => page.Id == "trigger" ? new SendResult(SendStatus.Final, "400 invalid_payload") : new SendResult(SendStatus.Delivered, "ok"),
        };
        await QueueAsync(["slack"], NewPage("trigger"), NewPage("resolve"));

        var report = await DeliverAsync(slack);

        Assert.Equal((1, 1), (report.Dead, report.Delivered));
        Assert.Equal([Reason.PageUndeliverable, Reason.PageDelivered], (await TrailAsync()).Select(record => record.Reason));
        Assert.Contains("400 invalid_payload", (await TrailAsync())[0].Text);
        Assert.Equal(1, Assert.Single(await store.CountPagesAsync(None)).Dead);
    }

    [Fact]
    public async Task A_channel_that_nobody_configured_is_never_passed_over_in_silence()
    {
        var slack = new FakeChannel("slack");
        await QueueAsync(["slack", "email"], NewPage("trigger"), NewPage("resolve"));

        var report = await DeliverAsync(slack);

        Assert.Equal((2, 2), (report.Delivered, report.Dead));
        Assert.Equal(new OutboxCount("email", 0, 2, null), Assert.Single(await store.CountPagesAsync(None)));
        Assert.Contains(await TrailAsync(), record =>
            record.Reason == Reason.PageUndeliverable && record.Text.Contains("channel 'email' is listed in alert_channels and not configured here"));
    }

    [Fact]
    public async Task A_dead_channel_holds_up_no_other_and_costs_one_timeout()
    {
        var dead = new FakeChannel("dead") { Hangs = true };
        var slack = new FakeChannel("slack");
        await QueueAsync(["dead", "slack"], NewPage("p1", "i1"), NewPage("p2", "i2"), NewPage("p3", "i3"));
        using var delivery = Delivery(dead, slack);

        var delivering = delivery.DeliverAsync(Later(), None);
        await UntilAsync(() => slack.Sent.Count == 3 && dead.Sent.Count == 1);
        Assert.False(delivering.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(10));
        var report = await delivering;

        Assert.Equal((3, 1), (report.Delivered, report.Retried));
        Assert.Contains(report.Attempts, attempt => attempt is { Channel: "dead", Detail: "no answer within 10 s" } && attempt.Took == TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task What_is_queued_meanwhile_goes_out_on_the_others_while_a_sick_channel_still_waits()
    {
        var dead = new FakeChannel("dead") { Hangs = true };
        var slack = new FakeChannel("slack");
        await QueueAsync(["dead", "slack"], NewPage("p1", "i1"));
        using var delivery = Delivery(dead, slack);

        var delivering = delivery.DeliverAsync(Later(), None);
        await UntilAsync(() => slack.Sent.Count == 1 && dead.Sent.Count == 1);
        await QueueAsync(["slack"], NewPage("p2", "i2"));
        time.Advance(TimeSpan.FromSeconds(1));
        await UntilAsync(() => slack.Sent.Count == 2);
        Assert.False(delivering.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(10));
        await delivering;
    }

    [Fact]
    public async Task A_channel_that_fails_three_times_in_a_row_rests_until_the_next_call()
    {
        var slack = new FakeChannel("slack") { Answer = _ => new SendResult(SendStatus.Retry, "500") };
        await QueueAsync(["slack"], [.. Enumerable.Range(0, 5).Select(n => NewPage($"p{n}", $"i{n}"))]);
        using var delivery = Delivery(slack);

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
        using var delivery = Delivery(slack);

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
        using var delivery = Delivery(slack);
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

    [Fact]
    public async Task Nothing_is_sent_at_or_after_the_deadline()
    {
        var slack = new FakeChannel("slack") { MinimumSpacing = TimeSpan.FromSeconds(1) };
        await QueueAsync(["slack"], NewPage("p1", "i1"), NewPage("p2", "i2"));
        using var delivery = Delivery(slack);

        Assert.Empty((await delivery.DeliverAsync(time.GetUtcNow(), None)).Attempts);
        Assert.Single((await delivery.DeliverAsync(time.GetUtcNow().AddSeconds(1), None)).Attempts);
        Assert.Equal(["p1"], slack.Sent);
    }

    [Fact]
    public async Task Two_calls_at_once_send_each_page_once()
    {
        var slack = new FakeChannel("slack");
        await QueueAsync(["slack"], [.. Enumerable.Range(0, 10).Select(n => NewPage($"p{n}", $"i{n}"))]);
        using var delivery = Delivery(slack);

        await Task.WhenAll(delivery.DeliverAsync(Later(), None), delivery.DeliverAsync(Later(), None));

        Assert.Equal(10, slack.Sent.Count);
    }

    [Fact]
    public async Task A_bug_in_a_channel_is_a_failed_attempt_that_tells_no_secret()
    {
        var slack = new FakeChannel("slack") { Answer = _ => throw new InvalidOperationException("https://hooks/secret") };
        await QueueAsync(["slack"], NewPage("p"));

        var report = await DeliverAsync(slack);

        Assert.Equal("the channel failed with InvalidOperationException", Assert.Single(report.Attempts).Detail);
    }

    [Fact]
    public async Task A_call_that_is_cancelled_leaves_the_page_due()
    {
        var dead = new FakeChannel("dead") { Hangs = true };
        await QueueAsync(["dead"], NewPage("p"));
        using var cancel = new CancellationTokenSource();
        using var delivery = Delivery(dead);

        var delivering = delivery.DeliverAsync(Later(), cancel.Token);
        await UntilAsync(() => dead.Sent.Count == 1);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivering);
        Assert.Equal(0, Assert.Single(await store.DuePagesAsync(Pages.Noon, 10, None)).Attempts);
        Assert.Empty(await TrailAsync());
    }

    [Fact]
    public async Task Secrets_reach_neither_the_audit_trail_nor_the_outbox_nor_the_report()
    {
        await using var server = await LoopbackServer.StartAsync();
        const string Key = "0123456789abcdef0123456789abcdef";
        server.Answer = context => LoopbackServer.AnswerAsync(context, 500, $"{server.Url("/services/T0000/secret-token").AbsoluteUri} {Key}");
        using var http = PageHttp.Create();
        await QueueAsync(["slack", "pagerduty"], NewPage("p"));

        var report = await DeliverAsync(
            new SlackChannel(http, new SlackSettings { WebhookUrl = server.Url("/services/T0000/secret-token").AbsoluteUri }),
            new PagerDutyChannel(http, new PagerDutySettings { RoutingKey = Key, Url = server.Url("/v2/enqueue") }));

        Assert.Equal(2, report.Retried);
        time.Advance(TimeSpan.FromSeconds(2));
        var due = await store.DuePagesAsync(time.GetUtcNow(), 10, None);
        var trail = await TrailAsync();
        var slack = string.Join('\n', Told("slack"));
        var pagerDuty = string.Join('\n', Told("pagerduty"));
        Assert.Contains("500", slack);
        Assert.DoesNotContain("secret-token", slack);
        Assert.DoesNotContain(Key, pagerDuty);

        IEnumerable<string> Told(string channel) =>
        [
            .. report.Attempts.Where(attempt => attempt.Channel == channel).Select(attempt => attempt.Detail),
            .. due.Where(entry => entry.Channel == channel).Select(entry => entry.LastError),
            .. trail.Where(record => record.Facts["channel"] == channel).Select(record => record.Text + record.Facts["answer"]),
        ];
    }

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
    }

    private static Page NewPage(string id, string incident = "incident-1") => Pages.Full with { Id = id, IncidentId = incident, DedupKey = incident };

    [Fact]
    public async Task Two_instances_that_deliver_at_once_send_each_page_once()
    {
        var answers = new TaskCompletionSource();
        var (slack, other) = (new FakeChannel("slack") { Wait = answers.Task }, new FakeChannel("slack"));
        await QueueAsync(["slack"], NewPage("a"), NewPage("b", "incident-2"));
        using var one = Delivery(slack);
        using var two = new PageDelivery(store, new PageChannels([other], time), time, random, "another");

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

    /// <summary>Moves the clock while something waits by it.</summary>
    private async Task WaitAsync(Task task)
    {
        for (var tries = 0; !task.IsCompleted; tries++)
        {
            Assert.True(tries < 5_000, "it does not end");
            time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, None);
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (var tries = 0; !condition(); tries++)
        {
            Assert.True(tries < 5_000, "what was waited for did not happen");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, None);
        }
    }

    private PageDelivery Delivery(params IPageChannel[] channels) => new(store, new PageChannels(channels, time), time, random, "me");

    private async Task<DeliveryReport> DeliverAsync(params IPageChannel[] channels)
    {
        using var delivery = Delivery(channels);
        return await delivery.DeliverAsync(Later(), None);
    }

    private DateTimeOffset Later() => time.GetUtcNow().AddMinutes(5);

    private async Task QueueAsync(string[] channels, params Page[] pages)
    {
        var stored = await store.LoadAsync(None);
        Assert.True(await store.SaveAsync(
            new Commit { Panel = stored.Panel, ExpectedRevision = stored.Revision, Lease = null, Pages = [.. pages], Channels = [.. channels] }, None));
    }

    private async Task<List<AuditRecord>> TrailAsync() => [.. (await store.AuditAsync(new AuditQuery(), None)).Select(stored => stored.Record)];

    private async Task<DateTimeOffset> DueAtAsync() => Assert.Single(await store.DuePagesAsync(DateTimeOffset.MaxValue, 10, None)).DueAt;
}
