using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Alerts;

public sealed class NotificationTests
{
    [Fact]
    public void A_firing_alert_becomes_a_signal_with_all_that_its_labels_say()
    {
        var notification = Given.Parsed(Given.Fixture("oscillation-firing"));

        Assert.Equal(
            new AlertSignal
            {
                Key = "7a1f3c5e9b2d4806/20260801T095812.1234567/firing",
                ReceivedAt = Given.Now,
                Fingerprint = "7a1f3c5e9b2d4806",
                AlertName = "KEDAScalingOscillation",
                Cause = Cause.Oscillation,
                Firing = true,
                StartsAt = new DateTimeOffset(2026, 8, 1, 9, 58, 12, TimeSpan.Zero).AddTicks(1234567),
                Namespace = "artemis-mesh",
                ScaledObject = "artemis-worker",
                Severity = "warning",
                Summary = "artemis-worker scales up and down",
            },
            Assert.Single(notification.Signals));
        Assert.Empty(notification.Ignored);
        Assert.Equal(0, notification.Truncated);
    }

    [Fact]
    public void Each_alert_of_a_group_counts_by_its_own_status_and_fields_of_newer_versions_are_tolerated()
    {
        var notification = Given.Parsed(Given.Fixture("group-of-firing-and-resolved"));

        Assert.Equal(7, notification.Truncated);
        Assert.Equal([("00000000000000a1", true), ("00000000000000b2", false)], notification.Signals.Select(s => (s.Fingerprint, s.Firing)));
        Assert.Equal("NodeDiskFull", Assert.Single(notification.Ignored).AlertName);

        var errors = notification.Signals[0];
        Assert.Equal((null, "sophia-analytics", "sophia-mesh"), (errors.ScaledObject, errors.Deployment, errors.Namespace));
        Assert.Equal(new DateTimeOffset(2026, 8, 1, 9, 55, 0, TimeSpan.Zero), errors.StartsAt);
        Assert.Equal("errors of the prometheus trigger", errors.Summary);
        var down = notification.Signals[1];
        Assert.Equal(new DateTimeOffset(2026, 8, 1, 9, 57, 30, 500, TimeSpan.Zero), down.EndsAt);
        Assert.Equal(("keda-system", null, null), (down.Namespace, down.ScaledObject, down.Deployment)); // of several operators it would tell which
    }

    [Fact]
    public void A_resolve_without_a_usable_end_is_over_when_it_is_heard()
    {
        var zero = Given.WithAlert(alert => alert["status"] = "resolved");
        var ahead = Given.WithAlert(alert => (alert["status"], alert["endsAt"]) = ("resolved", "2026-08-01T12:00:00Z"));

        Assert.Equal(Given.Now, Given.Parsed(zero).Signals[0].EndsAt);
        Assert.Equal(Given.Now, Given.Parsed(ahead).Signals[0].EndsAt);
    }

    [Fact]
    public void An_alert_without_a_cluster_label_is_taken() =>
        Assert.Single(Given.Parsed(Given.WithAlert(alert => alert["labels"]!.AsObject().Remove("cluster"))).Signals);

    [Fact]
    public void An_alert_may_start_as_far_ahead_as_clocks_differ() =>
        Assert.Single(Given.Parsed(Given.WithAlert(alert => alert["startsAt"] = "2026-08-01T10:05:00Z")).Signals);

    [Fact]
    public void Labels_that_are_not_used_are_not_judged() =>
        Assert.Single(Given.Parsed(Given.WithLabel("pod", new string('x', 5000) + "\n")).Signals);

    [Fact]
    public void A_summary_is_cleaned_and_cut()
    {
        var body = Given.WithAlert(
            alert => alert["annotations"] = new JsonObject { ["summary"] = "a\r\n\u202Eb\u0007" + new string('c', 600) });

        var summary = Given.Parsed(body).Signals[0].Summary;

        Assert.StartsWith("a b c", summary, StringComparison.Ordinal);
        Assert.Equal(500, summary.Length);
    }

    [Fact]
    public void A_team_s_own_alert_name_works_when_it_is_configured()
    {
        var policy = Given.Policy with { AlertNames = Policy.DefaultAlertNames.Add("OurOwn", Cause.ScalerErrors) };
        var body = System.Text.Encoding.UTF8.GetBytes(Given.WithLabel("alertname", "OurOwn").ToJsonString());

        Assert.True(AlertmanagerPayload.Parse(body, policy, Given.Now).Succeeded(out var notification, out _));
        Assert.Equal(Cause.ScalerErrors, notification.Signals[0].Cause);
    }
}
