using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
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

    private static bool IsResolve(Notification notification) =>
        (string?)JsonNode.Parse(notification.Body)!["alerts"]![0]!["status"] == "resolved";

    private void Tell(IEnumerable<Notification> notifications)
    {
        foreach (var notification in notifications)
            output.WriteLine($"{notification.Headers}\n\n{notification.Body}\n→ {notification.AnsweredWith} {notification.Answer}\n");
    }
}
