using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Alerts;

public sealed class WatchdogTests
{
    [Fact]
    public void It_is_told_from_alerts_and_from_what_is_ignored()
    {
        var body = Given.Body(b => b["alerts"]!.AsArray().Add(Watchdog()));

        var read = Given.Parsed(body);

        Assert.True(read.Watchdog);
        Assert.Single(read.Signals);
        Assert.Empty(read.Ignored);
        Assert.False(Given.Parsed(Given.Body()).Watchdog);
    }

    [Fact]
    public void One_that_has_resolved_or_is_another_cluster_s_is_no_sign_of_life()
    {
        var resolved = Watchdog();
        resolved["status"] = "resolved";
        var foreign = Watchdog();
        foreign["labels"]!["cluster"] = "prod-east";

        var read = Given.Parsed(Given.Body(b => b["alerts"] = new JsonArray(resolved, foreign)));

        Assert.False(read.Watchdog);
        Assert.Equal([Reason.AlertUnknownName, Reason.AlertOtherCluster], read.Ignored.Select(ignored => ignored.Reason));
    }

    [Fact]
    public void A_policy_that_gives_the_name_a_cause_means_an_alert_of_its_own()
    {
        var policy = Given.Policy with { AlertNames = Policy.DefaultAlertNames.Add("Watchdog", Cause.OperatorUnhealthy) };
        var body = Given.Body(b => b["alerts"] = new JsonArray(Watchdog())).ToJsonString();

        Assert.True(AlertmanagerPayload.Parse(System.Text.Encoding.UTF8.GetBytes(body), policy, Given.Now).Succeeded(out var read, out _));

        Assert.False(read!.Watchdog);
        Assert.Equal(Cause.OperatorUnhealthy, Assert.Single(read.Signals).Cause);
    }

    [Fact]
    public void It_is_silent_until_it_comes_and_then_known_by_its_last_time()
    {
        var time = new ManualTime(Given.Now);
        var watchdog = new Watchdog(time);
        Assert.Null(watchdog.LastHeard);

        watchdog.Hear();
        time.Advance(TimeSpan.FromMinutes(1));
        watchdog.Hear();

        Assert.Equal(Given.Now.AddMinutes(1), watchdog.LastHeard);
    }

    private static JsonObject Watchdog() => new()
    {
        ["status"] = "firing",
        ["labels"] = new JsonObject { ["alertname"] = "Watchdog", ["severity"] = "none" },
        ["startsAt"] = "2026-08-01T09:00:00Z",
        ["endsAt"] = "0001-01-01T00:00:00Z",
        ["fingerprint"] = "00000000000000ff",
    };
}
