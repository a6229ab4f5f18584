using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Integration.Tests.Monitoring;
using Xunit.Abstractions;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd;

public sealed class RealAlertmanagerTests(ITestOutputHelper output)
{
    /// <summary>The alert knows only its Deployment, artemis-orchestrator.</summary>
    private const string Target = "artemis-redis-scaler";

    private static readonly JsonObject Oscillation = new()
    {
        ["alertname"] = "KEDAScalingOscillation",
        ["cluster"] = GuardedCluster.Name,
        ["namespace"] = "artemis-mesh",
        ["deployment"] = "artemis-orchestrator",
        ["severity"] = "warning",
        ["component"] = "keda",
    };

    [FactWithProgram(Alertmanager.Program)]
    public async Task An_alert_of_the_real_Alertmanager_trips_and_its_resolve_lets_the_target_go_back()
    {
        await using var rig = await GuardedCluster.StartAsync();
        var began = TimeProvider.System.GetUtcNow();

        // Alertmanager lives in real time: so does the reactor, until the resolve has arrived.
        using (rig.InRealTime())
        {
            await using var alertmanager = await Alertmanager.StartAsync(rig.Client.Address, Client.KeyOf("sender"));
            await alertmanager.PostAsync(Oscillation, startsAt: began);
            await rig.UntilAsync("the firing notification", () => rig.Notifications.All.Count > 0);
            await rig.UntilAsync("the target on its fallback", () => rig.Target(Target).OnFallback());
            await rig.UntilAsync("a page in both channels", () => rig.Pages("slack").Count > 0 && rig.PagerDuty().Count > 0);

            await alertmanager.PostAsync(Oscillation, startsAt: began, endsAt: TimeProvider.System.GetUtcNow());
            await rig.UntilAsync("the resolve", () => rig.Notifications.All.Any(IsResolve));
        }

        Assert.All(rig.Look().Targets.Where(target => target.Name != Target), other => Assert.True(other.WithKedaAlone()));
        await rig.UntilAsync("the target back with KEDA", () => rig.Target(Target).WithKedaAlone());
        await rig.UntilAsync("the resolve at PagerDuty", () => rig.PagerDuty()[^1].Action == "resolve");

        Tell(rig.Notifications.All);
        Assert.All(rig.Notifications.All, notification => Assert.Equal(202, notification.AnsweredWith));
        var firing = JsonNode.Parse(rig.Notifications.All[0].Body)!;
        Assert.Equal("4", (string?)firing["version"]);
        Assert.Equal(1, (int?)JsonNode.Parse(rig.Notifications.All[0].Answer)!["accepted"]);
        var incident = Assert.Single((await rig.Client.GetAsync("incidents"))["closed"]!.AsArray());
        Assert.Equal("oscillation", (string?)incident!["cause"]);
        Assert.Equal((string?)incident["id"], (string?)JsonNode.Parse(rig.Notifications.All[0].Answer)!["incident"]![0]);
        var pages = rig.PagerDuty();
        Assert.Equal("trigger", pages[0].Action);
        Assert.Single(pages, page => page.Action == "resolve");
        Assert.Equal((string?)incident["dedupKey"], Assert.Single(pages.Select(page => page.Key).Distinct()));
        Assert.Contains(Target, rig.Pages("slack")[0].ToJsonString(), StringComparison.Ordinal);
    }

    [FactWithProgram(Alertmanager.Program)]
    public async Task An_alert_that_is_not_KEDA_s_does_not_reach_the_reactor()
    {
        await using var rig = await GuardedCluster.StartAsync();
        using var realTime = rig.InRealTime();
        await using var alertmanager = await Alertmanager.StartAsync(rig.Client.Address, Client.KeyOf("sender"));
        var now = TimeProvider.System.GetUtcNow();
        var foreign = (JsonObject)Oscillation.DeepClone();
        foreign["alertname"] = "NodeDiskFull";

        await alertmanager.PostAsync(foreign, startsAt: now);
        await alertmanager.PostAsync(Oscillation, startsAt: now);
        await rig.UntilAsync("the alert that is KEDA's", () => rig.Notifications.All.Count > 0);

        Assert.DoesNotContain(rig.Notifications.All, notification => notification.Body.Contains("NodeDiskFull", StringComparison.Ordinal));
    }

    [FactWithProgram(Alertmanager.Program)]
    public async Task What_is_wrong_with_the_reactor_reaches_people_past_it_and_the_Watchdog_reaches_both()
    {
        await using var rig = await GuardedCluster.StartAsync();
        using var realTime = rig.InRealTime();
        await using var outside = await HeartbeatCounter.StartAsync();
        await using var alertmanager = await Alertmanager.StartAsync(new AlertmanagerWays(rig.Client.Address, Client.KeyOf("sender"))
        {
            Heartbeat = outside.Url, PagerDuty = rig.Receivers.PagerDutyUrl, Slack = rig.Receivers.SlackUrl, Pace = 20,
        });
        var now = TimeProvider.System.GetUtcNow();

        await alertmanager.PostAsync(new JsonObject { ["alertname"] = "ReactorBlind", ["severity"] = "critical", ["cluster"] = GuardedCluster.Name }, startsAt: now);
        await alertmanager.PostAsync(new JsonObject { ["alertname"] = "Watchdog", ["severity"] = "none", ["cluster"] = GuardedCluster.Name }, startsAt: now);
        await rig.UntilAsync("people are told", () => rig.Pages("pagerduty").Count > 0 && rig.Pages("slack").Count > 0);
        await rig.UntilAsync("the Watchdog comes again", () => rig.Notifications.All.Count > 1 && outside.Count > 1);

        var page = Assert.Single(rig.Pages("pagerduty"));
        Assert.Equal("critical", (string?)page["payload"]!["severity"]);
        Assert.StartsWith("ReactorBlind: ", (string?)page["payload"]!["summary"], StringComparison.Ordinal);
        Assert.All(rig.Notifications.All, notification => Assert.Equal((202, """{"accepted":0,"ignored":[],"watchdog":true}"""), (notification.AnsweredWith, notification.Answer)));
        Assert.Contains("reactor_watchdog_last_timestamp_seconds{", (await rig.Client.TryGetAsync("metrics")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain((await rig.Client.GetAsync("audit"))["records"]!.AsArray(), record => record!.ToJsonString().Contains("Watchdog", StringComparison.Ordinal));
    }

    private static bool IsResolve(Notification notification) =>
        (string?)JsonNode.Parse(notification.Body)!["alerts"]![0]!["status"] == "resolved";

    private void Tell(IEnumerable<Notification> notifications)
    {
        foreach (var notification in notifications)
            output.WriteLine($"{notification.Headers}\n\n{notification.Body}\n→ {notification.AnsweredWith} {notification.Answer}\n");
    }
}
