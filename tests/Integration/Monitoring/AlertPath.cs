using System.Globalization;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Xunit.Abstractions;

namespace Sophia.Keda.Reactor.Integration.Tests.Monitoring;

/// <summary>
/// The whole way of a failure: KEDA breaks, a rule of the real Prometheus fires, the real Alertmanager tells the reactor, which trips and pages;
/// KEDA is mended, and the resolve arrives. Ten times as fast as the shipped rules have it; REACTOR_SPEED1=1 plays it at their own pace
/// (tests/monitoring-e2e.sh).
/// </summary>
internal static class AlertPath
{
    private static readonly Pace Pace = new(Environment.GetEnvironmentVariable("REACTOR_SPEED1") == "1" ? 1 : 10);

    public static async Task PlayAsync(string failure, ITestOutputHelper output)
    {
        var played = Failure.All.Single(f => f.Name == failure);
        await using var rig = await MonitoredCluster.StartAsync(Pace);
        await SettleAsync(rig);

        var line = new Timeline(played, rig.Now);
        rig.Kubernetes.Change(cluster => played.Break(cluster.Faults));
        await FollowAsync(rig, played, line);
        await TellAsync(rig, line);

        var mended = rig.Now;
        rig.Kubernetes.Change(cluster => played.Mend(cluster.Faults));
        // What our own pause silenced resolves when the ranges of its rule are over, five minutes at most.
        await rig.UntilAsync("the resolve", TimeSpan.FromMinutes(7), () => Of(rig, played, "resolved").Any());
        line.Resolved = rig.Simulated(Of(rig, played, "resolved").First().At) - mended;

        output.WriteLine(line.ToString());
        if (Environment.GetEnvironmentVariable("REACTOR_TIMELINES") is { Length: > 0 } file)
            await File.AppendAllTextAsync(file, line + "\n");
        await CheckAsync(rig, played, line);
    }

    /// <summary>Everything is scraped, the rules have been evaluated, and the Watchdog has come by both its ways.</summary>
    private static async Task SettleAsync(MonitoredCluster rig)
    {
        await rig.UntilAsync("every target scraped", TimeSpan.FromMinutes(1), async () => await rig.Prometheus.AskAsync("count(up == 1)") == 5);
        await rig.UntilAsync("the Watchdog outside", TimeSpan.FromMinutes(2), () => rig.Heartbeats.Count > 0);
        await rig.UntilAsync("the Watchdog at the reactor", TimeSpan.FromMinutes(2), async () => await rig.Prometheus.AskAsync("count(reactor_watchdog_last_timestamp_seconds)") == 1);

        // Before the first scrape everything is absent: the rules must have looked again since.
        await Task.Delay(ServiceMonitors.Interval * 2 / rig.Pace.Factor, TimeProvider.System);
        await rig.UntilAsync("no alert of KEDA's", TimeSpan.FromMinutes(3), async () => await rig.Prometheus.AskAsync("count(ALERTS{alertname=~\"KEDA.+\"})") is null);
    }

    private static async Task FollowAsync(MonitoredCluster rig, Failure played, Timeline line)
    {
        var targets = rig.Look().Targets.Where(t => played.Target is null || t.Name == played.Target).Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        await rig.UntilAsync("pending, alerted, on the fallback, paged", TimeSpan.FromMinutes(6), async () =>
        {
            if (line.Detected is null && await rig.Prometheus.ActiveSinceAsync(played.Alert) is { } active && line.Since(rig.Simulated(active)) > TimeSpan.Zero)
                line.Detected = line.Since(rig.Simulated(active));
            if (line.Alerted is null && Of(rig, played, "firing").FirstOrDefault() is { } firing)
                (line.Fired, line.Alerted) = (line.Since(rig.Simulated(StartOf(firing))), line.Since(rig.Simulated(firing.At)));
            if (line.Fallback is null && rig.Look().Targets.Where(t => targets.Contains(t.Name)).All(t => t.OnFallback()))
                line.Fallback = line.Since(rig.Now);
            if (line.Paged is null && rig.Receivers.Log.All().FirstOrDefault(m => m is { Channel: "pagerduty", AnsweredWith: 202 }) is { } page)
                line.Paged = line.Since(page.At);
            return line is { Detected: not null, Alerted: not null, Fallback: not null, Paged: not null };
        });
    }

    private static async Task TellAsync(MonitoredCluster rig, Timeline line)
    {
        var incident = Assert.Single((await rig.GetAsync("incidents"))["open"]!.AsArray())!;
        line.Tripped = line.Since(DateTimeOffset.Parse((string)incident["openedAt"]!, CultureInfo.InvariantCulture));
        line.Because = (string)incident["why"]!;
    }

    private static async Task CheckAsync(MonitoredCluster rig, Failure played, Timeline line)
    {
        Assert.All(rig.Notifications.All, notification => Assert.Equal(202, notification.AnsweredWith));
        Assert.All(rig.Look().Targets.Where(t => played.Target is not null && t.Name != played.Target), other => Assert.True(other.WithKedaAlone(), other.Name));

        // The alert stands among the incident's evidence, whoever was first.
        var incident = (await rig.GetAsync("incidents"))["open"]!.AsArray().Concat((await rig.GetAsync("incidents"))["closed"]!.AsArray()).First()!;
        Assert.Contains(incident["evidence"]!.AsArray(), e => ((string)e!["what"]!).StartsWith(played.Alert, StringComparison.Ordinal));

        // The promise. At a pace of ten a second of a busy machine is ten, so it is judged at the shipped one.
        if (rig.Pace.Factor > 1) return;
        Assert.InRange(line.Fallback!.Value - line.FirstSign, TimeSpan.Zero, TimeSpan.FromMinutes(2));
        Assert.InRange(line.Fallback.Value, TimeSpan.Zero, TimeSpan.FromMinutes(3));
    }

    private static IEnumerable<Notification> Of(MonitoredCluster rig, Failure played, string status) =>
        rig.Notifications.All.Where(n => Alert(n, played) is { } alert && (string?)alert["status"] == status);

    private static JsonNode? Alert(Notification notification, Failure played) =>
        JsonNode.Parse(notification.Body)!["alerts"]!.AsArray().FirstOrDefault(a => (string?)a!["labels"]!["alertname"] == played.Alert);

    private static DateTimeOffset StartOf(Notification notification) =>
        DateTimeOffset.Parse((string)JsonNode.Parse(notification.Body)!["alerts"]![0]!["startsAt"]!, CultureInfo.InvariantCulture);
}
