using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Alerts;

public sealed class IgnoredAlertTests
{
    public static TheoryData<string, string?, Reason, string> Labels => new()
    {
        { "alertname", "SomethingElse", Reason.AlertUnknownName, "no cause is configured" },
        { "alertname", "", Reason.AlertInvalid, "no label alertname" },
        { "alertname", "KEDA\nScaling", Reason.AlertInvalid, "control characters" },
        { "cluster", "prod-east", Reason.AlertOtherCluster, "prod-east" },
        { "cluster", "prod-\u0000west", Reason.AlertInvalid, "control characters" },
        { "exported_namespace", "Not_A_Name", Reason.AlertInvalid, "exported_namespace" },
        { "exported_namespace", "a.b", Reason.AlertInvalid, "exported_namespace" },
        { "exported_namespace", "../../secrets", Reason.AlertInvalid, "exported_namespace" },
        { "scaledObject", "x/scale?y", Reason.AlertInvalid, "scaledObject" },
        { "scaledObject", "-x", Reason.AlertInvalid, "scaledObject" },
        { "scaledObject", "a..b", Reason.AlertInvalid, "scaledObject" },
        { "scaledObject", null, Reason.AlertWithoutTarget, "no target" },
        { "scaledObject", "", Reason.AlertWithoutTarget, "no target" },
        { "type", "scaledjob", Reason.AlertWithoutTarget, "a ScaledJob" },
        { "resourceType", "ScaledJob", Reason.AlertWithoutTarget, "a ScaledJob" },
        { "isScaledObject", "false", Reason.AlertWithoutTarget, "a ScaledJob" },
        { "severity", "crit\u001bical", Reason.AlertInvalid, "severity" },
    };

    [Theory]
    [MemberData(nameof(Labels))]
    public void A_label_that_does_not_fit_costs_its_alert_and_says_why(string label, string? value, Reason reason, string because) =>
        Ignored(Given.WithAlert(alert =>
        {
            if (value is null) alert["labels"]!.AsObject().Remove(label);
            else alert["labels"]![label] = value;
        }), reason, because);

    public static TheoryData<string, string?, Reason, string> Members => new()
    {
        { "fingerprint", null, Reason.AlertInvalid, "fingerprint" },
        { "fingerprint", "", Reason.AlertInvalid, "fingerprint" },
        { "fingerprint", "a b", Reason.AlertInvalid, "fingerprint" },
        { "status", null, Reason.AlertInvalid, "status" },
        { "status", "Firing", Reason.AlertInvalid, "status" },
        { "startsAt", null, Reason.AlertInvalid, "startsAt" },
        { "startsAt", "0001-01-01T00:00:00Z", Reason.AlertInvalid, "startsAt" },
        { "startsAt", "yesterday", Reason.AlertInvalid, "startsAt" },
        { "startsAt", "2026-08-01T09:00:00.000000", Reason.AlertInvalid, "startsAt" },
        { "startsAt", "2026-08-01T10:05:01Z", Reason.AlertInFuture, "clock" },
    };

    [Theory]
    [MemberData(nameof(Members))]
    public void A_member_that_does_not_fit_costs_its_alert_and_says_why(string member, string? value, Reason reason, string because) =>
        Ignored(Given.WithAlert(alert => alert[member] = value), reason, because);

    [Theory]
    [InlineData("labels")]
    [InlineData("fingerprint")]
    [InlineData("startsAt")]
    [InlineData("status")]
    public void A_member_of_another_shape_costs_its_alert_only(string member) =>
        Ignored(Given.WithAlert(alert => alert[member] = new JsonArray(1, 2)), Reason.AlertInvalid, "");

    [Fact]
    public void A_label_that_is_too_long_costs_its_alert() =>
        Ignored(Given.WithLabel("scaledObject", new string('ä', 513)), Reason.AlertInvalid, "1024 bytes");

    [Fact]
    public void A_label_that_is_no_text_costs_its_alert() => Ignored(Given.WithLabel("scaledObject", 5), Reason.AlertInvalid, "not text");

    [Fact]
    public void An_alert_of_one_target_must_name_a_namespace() => Ignored(
        Given.WithAlert(alert =>
        {
            alert["labels"]!.AsObject().Remove("exported_namespace");
            alert["labels"]!.AsObject().Remove("namespace");
        }), Reason.AlertWithoutTarget, "no namespace");

    [Fact]
    public void The_others_of_a_bad_alert_s_body_still_count()
    {
        var body = Given.Body(body => body["alerts"]!.AsArray().Insert(0, "not an alert"));

        var notification = Given.Parsed(body);

        Assert.Single(notification.Signals);
        Assert.Single(notification.Ignored);
    }

    [Fact]
    public void What_an_ignored_alert_is_named_is_fit_for_a_log_line()
    {
        var ignored = Given.Parsed(Given.WithLabel("alertname", "a\nb" + new string('c', 5000))).Ignored[0];

        Assert.StartsWith("a b", ignored.AlertName, StringComparison.Ordinal);
        Assert.Equal(200, ignored.AlertName.Length);
    }

    private static void Ignored(JsonNode body, Reason reason, string because)
    {
        var notification = Given.Parsed(body);
        Assert.Empty(notification.Signals);
        var ignored = Assert.Single(notification.Ignored);
        Assert.Equal(reason, ignored.Reason);
        Assert.Contains(because, ignored.Because, StringComparison.Ordinal);
    }
}
