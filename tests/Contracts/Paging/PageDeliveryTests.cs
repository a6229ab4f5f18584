using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Paging.Channels;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

public sealed class PageDeliveryTests : DeliveryTestBase
{
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
        var delivery = Delivery(slack);
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
    public async Task A_page_for_a_channel_that_is_gone_waits_for_an_instance_that_has_it_and_is_given_up_in_the_end()
    {
        var slack = new FakeChannel("slack");
        await QueueAsync(["slack", "email"], NewPage("trigger"), NewPage("resolve"));

        var report = await DeliverAsync(slack);
        Assert.Equal((2, 0), (report.Delivered, report.Dead));

        // An instance with its settings, in a rollout, would have sent it by then.
        time.Advance(TimeSpan.FromMinutes(11));
        await DeliverAsync(slack);
        Assert.Equal(new OutboxCount("email", 0, 2, null), Assert.Single(await store.CountPagesAsync(None)));
        Assert.Contains(await TrailAsync(), record =>
            record.Reason == Reason.PageUndeliverable && record.Text.Contains("channel 'email' is not configured here any more"));
    }

    [Fact]
    public async Task A_dead_channel_holds_up_no_other_and_costs_one_timeout()
    {
        var dead = new FakeChannel("dead") { Hangs = true };
        var slack = new FakeChannel("slack");
        await QueueAsync(["dead", "slack"], NewPage("p1", "i1"), NewPage("p2", "i2"), NewPage("p3", "i3"));
        var delivery = Delivery(dead, slack);

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
        var delivery = Delivery(dead, slack);

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
    public async Task A_bug_in_a_channel_is_a_failed_attempt_that_tells_no_secret()
    {
        var slack = new FakeChannel("slack") { Answer = _ => throw new InvalidOperationException("https://hooks/secret") };
        await QueueAsync(["slack"], NewPage("p"));

        var report = await DeliverAsync(slack);

        Assert.Equal("the channel failed with InvalidOperationException", Assert.Single(report.Attempts).Detail);
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
}
