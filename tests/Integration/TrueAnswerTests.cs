using Microsoft.Extensions.DependencyInjection;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests;

/// <summary>An answer says what is known, and blames what failed.</summary>
public sealed class TrueAnswerTests
{
    private const string Word = """{"reason":"the webhook was replaced","by":"ana"}""";
    private const string Trip = """{"scope":"cluster","reason":"r","by":"ana","requestId":"mine"}""";
    private const string Alerts = """{"version":"4","groupKey":"g","status":"firing","receiver":"r","alerts":[{"status":"firing","labels":{"alertname":"KEDAOperatorDown"},"startsAt":"2026-08-01T09:59:00Z","fingerprint":"a1"}]}""";

    [Theory]
    [InlineData(true, "Nothing of this request was kept. Send it again with the same requestId, \"mine\": it counts once.")]
    [InlineData(false, "Whether it was kept is not known. Send it again with the same requestId, \"mine\": it counts once.")]
    public async Task A_503_says_whether_anything_was_kept_as_far_as_that_is_known(bool nothingKept, string says)
    {
        await using var host = await RunningHost.StartAsync();
        host.Loop.Throw = () => new StoreUnavailableException("gone") { NothingKept = nothingKept };

        using var order = await host.SendAsync("POST", "breakers/trip", "operator", Trip);
        using var alert = await host.SendAsync("POST", "alerts", "sender", Alerts);

        Assert.Equal((503, 503), ((int)order.StatusCode, (int)alert.StatusCode));
        Assert.Contains(says, (string?)(await RunningHost.JsonOf(order))["detail"], StringComparison.Ordinal);
        Assert.Contains(says.Split('.')[0], (string?)(await RunningHost.JsonOf(alert))["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_stored_and_can_not_be_decided_is_no_202()
    {
        await using var host = await RunningHost.StartAsync();
        host.Loop.Undecidable = true;

        using var order = await host.SendAsync("POST", "breakers/trip", "operator", Trip);
        using var alert = await host.SendAsync("POST", "alerts", "sender", Alerts);

        Assert.Equal((503, 503), ((int)order.StatusCode, (int)alert.StatusCode));
        Assert.Contains("It is stored. Whether it was decided is not known", (string?)(await RunningHost.JsonOf(order))["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_order_that_the_store_is_too_slow_for_is_not_said_to_be_lost()
    {
        var clock = new ManualTime(RunningHost.Start);
        await using var host = await RunningHost.StartAsync(more: services => services.AddSingleton(new RequestTime(clock)));
        host.Loop.Hangs = true;

        var trip = host.SendAsync("POST", "breakers/trip", "operator", Trip);
        await UntilAsync(() => host.Loop.Waiting == 1);
        clock.Advance(RequestTime.Longest);
        using var response = await trip;

        Assert.Equal(503, (int)response.StatusCode);
        Assert.Contains("Whether it was kept is not known. Send it again with the same requestId, \"mine\"", (string?)(await RunningHost.JsonOf(response))["detail"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("breakers/trip", "operator", """{"scope":"nowhere"}""")]
    [InlineData("alerts", "sender", "{")]
    [InlineData("events", "sender", "[]")]
    [InlineData("alerts/azure-monitor", "sender", "{")]
    public async Task What_will_never_be_accepted_is_refused_for_good_also_when_that_can_not_be_recorded(string path, string role, string body)
    {
        await using var host = await RunningHost.StartAsync();
        host.Store.Down = true;

        using var response = await host.SendAsync("POST", path, role, body);

        Assert.InRange((int)response.StatusCode, 400, 415);
        Assert.Contains(host.Log, line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains("audit trail", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Alerts_that_count_are_kept_also_when_the_ignored_ones_beside_them_can_not_be_recorded()
    {
        await using var host = await RunningHost.StartAsync();
        host.Store.Down = true;

        using var response = await host.SendAsync("POST", "alerts", "sender", Alerts.Replace("\"alerts\":[", "\"alerts\":[{\"status\":\"firing\",\"labels\":{\"alertname\":\"Foreign\"},\"startsAt\":\"2026-08-01T09:59:00Z\",\"fingerprint\":\"ff\"},", StringComparison.Ordinal));

        Assert.Equal(202, (int)response.StatusCode);
        Assert.Single(host.Loop.Accepted);
    }

    [Fact]
    public async Task Pages_that_wait_again_are_no_503_whatever_happens_to_sending_them()
    {
        var clock = new ManualTime(RunningHost.Start);
        await using var host = await RunningHost.StartAsync(more: services => services.AddSingleton(new RequestTime(clock)));
        foreach (var deliver in (Func<Task>[])[() => Task.FromException(new StoreUnavailableException("gone")), () => new TaskCompletionSource().Task])
        {
            host.Store.Pages.Clear();
            host.Store.Pages.Add(Dead("p"));
            host.Loop.Deliver = deliver;
            var sent = host.Loop.Deliveries;

            var resend = host.SendAsync("POST", "pages", "operator", Word);
            await UntilAsync(() => host.Loop.Deliveries == sent + 1);
            await TickUntilAsync(clock, resend);
            using var response = await resend;

            Assert.Equal(202, (int)response.StatusCode);
            Assert.True((bool?)(await RunningHost.JsonOf(response))["pages"]![0]!["resent"]);
        }
    }

    [Fact]
    public async Task A_page_whose_fate_is_not_known_is_told_so()
    {
        await using var host = await RunningHost.StartAsync();
        host.Store.Pages.Add(Dead("p"));
        host.Store.LosesReplyOfResend = true;

        using var response = await host.SendAsync("POST", "pages", "operator", Word);
        var page = (await RunningHost.JsonOf(response))["pages"]![0]!;

        Assert.Equal((202, false), ((int)response.StatusCode, (bool)page["resent"]!));
        Assert.Contains("not known", (string?)page["because"], StringComparison.Ordinal);
        Assert.Single(host.Store.Resent);
    }

    [Fact]
    public async Task A_slow_channel_is_named_and_the_store_is_not_blamed()
    {
        var clock = new ManualTime(RunningHost.Start);
        var slow = new SlowChannel();
        await using var host = await RunningHost.StartAsync(more: services => services
            .AddSingleton(new RequestTime(clock)).AddSingleton(new PageChannels([slow], new ManualTime(RunningHost.Start))));

        var test = host.SendAsync("POST", "pages/test", "operator", Word);
        await UntilAsync(() => slow.Asked);
        clock.Advance(RequestTime.Longest - TimeSpan.FromSeconds(1));
        using var response = await test;
        var channel = (await RunningHost.JsonOf(response))["channels"]![0]!;

        Assert.Equal((200, "slow", "retry"), ((int)response.StatusCode, (string?)channel["channel"], (string?)channel["status"]));
        Assert.Contains("the channel gave no answer in time", (string?)channel["detail"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_test_page_that_was_sent_is_told_although_it_could_not_be_recorded(bool lost)
    {
        await using var host = await RunningHost.StartAsync();
        (host.Store.LosesReplies, host.Store.Down) = (lost, !lost);

        using var response = await host.SendAsync("POST", "pages/test", "operator", Word);

        Assert.Equal((200, false), ((int)response.StatusCode, (bool)(await RunningHost.JsonOf(response))["recorded"]!));
    }

    [Theory]
    [InlineData(Misfit.Newer, "Newer version at work")]
    [InlineData(Misfit.Damaged, "Store not readable")]
    [InlineData(Misfit.Foreign, "Store not readable")]
    public async Task What_a_store_holds_and_nobody_can_read_is_a_503_by_name_and_never_a_500(Misfit misfit, string title)
    {
        await using var host = await RunningHost.StartAsync();
        host.Store.Misfit = misfit;

        foreach (var path in (string[])["breakers", "breakers/mesh/a", "breakers/mesh/a/why", "incidents", "incidents/i", "maintenance", "pages", "audit"])
        {
            using var response = await host.SendAsync("GET", path, "viewer");
            Assert.Equal((503, title), ((int)response.StatusCode, (string?)(await RunningHost.JsonOf(response))["title"]));
        }

        using var metrics = await host.SendAsync("GET", "metrics", "viewer");
        using var health = await host.SendAsync("GET", "health", "viewer");
        Assert.Contains("reactor_store_up{cluster=\"test\"} 0\n", await metrics.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal((200, 503), ((int)metrics.StatusCode, (int)health.StatusCode));
    }

    [Fact]
    public async Task A_store_that_is_silent_is_down_in_metrics_and_health_and_holds_up_neither_nor_readiness()
    {
        var clock = new ManualTime(RunningHost.Start);
        await using var host = await RunningHost.StartAsync(more: services => services.AddSingleton(new RequestTime(clock)));
        host.Store.Silent = true;

        foreach (var (path, status) in ((string, int)[])[("metrics", 200), ("health", 503), ("health/ready", 200)])
        {
            var answer = host.SendAsync("GET", path, "viewer");
            await TickUntilAsync(clock, answer);
            using var response = await answer;
            Assert.True((int)response.StatusCode == status, $"{path}: {response.StatusCode}");
        }
    }

    [Fact]
    public async Task How_long_an_alert_has_waited_for_a_decision_is_in_metrics_and_in_health()
    {
        await using var host = await RunningHost.StartAsync();
        host.Store.Panel = host.Store.Panel with { LastProbeAt = RunningHost.Start };
        host.Store.Inbox.Add(new InboxEntry(1, new IncidentOrder
        {
            Key = "k", ReceivedAt = RunningHost.Start.AddMinutes(-3), RequestId = "r", Reason = "r", By = "ana", Principal = "p", IncidentId = "i", Kind = IncidentOrderKind.Ack,
        }));

        using var metrics = await host.SendAsync("GET", "metrics", "viewer");
        using var health = await host.SendAsync("GET", "health", "viewer");

        Assert.Contains("reactor_undecided_age_seconds{cluster=\"test\"} 180\n", await metrics.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("has waited for a decision since 2026-08-01T09:57:00", await health.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static OutboxEntry Dead(string id) => new()
    {
        Sequence = 1,
        Channel = "slack",
        State = DeliveryState.Dead,
        Attempts = 3,
        DueAt = RunningHost.Start,
        LastError = "404 no_service",
        Page = new Page { Id = id, Kind = PageKind.Trigger, DedupKey = "of-" + id, Cluster = "test", Severity = Severity.Critical, At = RunningHost.Start, Title = "t", Happened = "h" },
    };

    private static async Task UntilAsync(Func<bool> reached)
    {
        for (var left = 2_000; !reached() && left > 0; left--) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        Assert.True(reached(), "it did not come to that within 10 s");
    }

    /// <summary>Lets the machine's time go on, but never as far as the longest that a request may take.</summary>
    private static async Task TickUntilAsync(ManualTime clock, Task answered)
    {
        for (var tick = 0; tick < 8 && !answered.IsCompleted; tick++)
        {
            await Task.WhenAny(answered, Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System));
            if (!answered.IsCompleted) clock.Advance(TimeSpan.FromSeconds(0.5));
        }
    }

    private sealed class SlowChannel : IPageChannel
    {
        public string Name => "slow";

        public TimeSpan MinimumSpacing => TimeSpan.Zero;

        public bool Asked { get; private set; }

        public async Task<SendResult> SendAsync(Page page, CancellationToken cancel)
        {
            Asked = true;
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
            throw new InvalidOperationException();
        }
    }
}
