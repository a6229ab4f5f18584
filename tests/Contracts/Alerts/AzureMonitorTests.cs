using System.Text;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Contracts.Tests.Alerts;

public sealed class AzureMonitorTests
{
    [Fact]
    public void A_fired_alert_of_Managed_Prometheus_says_what_Alertmanager_s_would()
    {
        var signal = Signal(Body());

        Assert.Equal(
            ("KEDAScalingOscillation", Cause.Oscillation, true, "sophia-mesh", "sophia-ai-services", (string?)null, "warning"),
            (signal.AlertName, signal.Cause, signal.Firing, signal.Namespace, signal.ScaledObject, signal.Deployment, signal.Severity));
        Assert.Equal(new DateTimeOffset(2026, 8, 1, 9, 58, 1, TimeSpan.Zero).AddTicks(3929824), signal.StartsAt);
        Assert.Equal(("sophia-ai-services scales up and down", SignalOrigin.AzureMonitor), (signal.Summary, signal.Origin));
        Assert.Equal((Given.Now, null), (signal.ReceivedAt, signal.EndsAt));
        Assert.Matches("^[0-9a-f]{24}$", signal.Fingerprint);
    }

    [Fact]
    public void Its_end_is_the_end_of_the_same_alert_whatever_else_has_changed_meanwhile()
    {
        var fired = Signal(Body());
        var resolved = Signal(Body((essentials, context) =>
        {
            essentials["monitorCondition"] = "Resolved";
            essentials["resolvedDateTime"] = "2026-08-01T09:59:00Z";
            essentials["alertId"] = ((string)essentials["alertId"]!).ToUpperInvariant();
            context["labels"]!["value"] = "3";
            context["expressionValue"] = "3";
        }));

        Assert.Equal((fired.Fingerprint, fired.StartsAt), (resolved.Fingerprint, resolved.StartsAt));
        Assert.False(resolved.Firing);
        Assert.Equal(new DateTimeOffset(2026, 8, 1, 9, 59, 0, TimeSpan.Zero), resolved.EndsAt);
        Assert.NotEqual(fired.Key, resolved.Key);
    }

    [Fact]
    public void An_end_that_lost_the_beginning_s_time_still_ends_it()
    {
        var resolved = Signal(Body((essentials, _) =>
        {
            essentials["monitorCondition"] = "Resolved";
            essentials["resolvedDateTime"] = "2026-08-01T09:59:00Z";
            essentials.Remove("firedDateTime");
        }));

        Assert.Equal((Signal(Body()).Fingerprint, new DateTimeOffset(2026, 8, 1, 9, 59, 0, TimeSpan.Zero)), (resolved.Fingerprint, resolved.StartsAt));
    }

    public static TheoryData<string, string> OtherInstances => new()
    {
        { "alertId", "/subscriptions/x/providers/Microsoft.AlertsManagement/alerts/another" }, { "scaledObject", "another" }, { "exported_namespace", "another" },
    };

    [Theory]
    [MemberData(nameof(OtherInstances))]
    public void Another_instance_has_another_fingerprint(string where, string value)
    {
        var other = Signal(Body((essentials, context) => (where == "alertId" ? essentials : context["labels"]!.AsObject())[where] = value));

        Assert.NotEqual(Signal(Body()).Fingerprint, other.Fingerprint);
    }

    [Theory]
    [InlineData("keda-rules/KEDAScalingOscillation")]
    [InlineData("KEDAScalingOscillation")]
    public void Without_the_label_the_rule_names_the_alert(string rule)
    {
        var signal = Signal(Body((essentials, context) =>
        {
            essentials["alertRule"] = rule;
            context["labels"]!.AsObject().Remove("alertname");
        }));

        Assert.Equal("KEDAScalingOscillation", signal.AlertName);
    }

    [Theory]
    [InlineData("Sev0", "critical")]
    [InlineData("Sev1", "error")]
    [InlineData("Sev2", "warning")]
    [InlineData("Sev3", "info")]
    [InlineData("Sev4", "info")]
    [InlineData("Sev9", "")]
    public void Azure_s_severity_counts_where_the_rule_has_no_label(string azure, string severity) =>
        Assert.Equal(severity, Signal(Body((essentials, _) => essentials["severity"] = azure)).Severity);

    [Fact]
    public void The_rule_s_own_severity_goes_first() =>
        Assert.Equal("page", Signal(Body((_, context) => context["labels"]!["severity"] = "page")).Severity);

    [Fact]
    public void Without_annotations_the_description_is_its_words() =>
        Assert.Equal("A ScaledObject goes back and forth", Signal(Body((_, context) => context.Remove("annotations"))).Summary);

    [Fact]
    public void A_cluster_wide_alert_needs_no_target()
    {
        var signal = Signal(Body((_, context) => context["labels"] = new JsonObject { ["alertname"] = "KEDAMetricsServerDown", ["namespace"] = "keda-system" }));

        Assert.Equal((Cause.MetricsServerUnavailable, null), (signal.Cause, signal.Namespace));
    }

    /// <summary>Of several operators they tell which; a label that is no name tells nothing, and is no reason to refuse the alert.</summary>
    [Theory]
    [InlineData("keda-system", "keda-operator-a", "keda-system", "keda-operator-a")]
    [InlineData("keda-system", "", "keda-system", null)]
    [InlineData("Not A Name", "keda-operator-a", null, "keda-operator-a")]
    public void One_about_the_operator_keeps_the_labels_that_name_it(string ns, string deployment, string? its, string? name)
    {
        var signal = Signal(Body((_, context) => context["labels"] = new JsonObject { ["alertname"] = "KEDAOperatorDown", ["namespace"] = ns, ["deployment"] = deployment }));

        Assert.Equal((Cause.OperatorUnhealthy, its, name, null), (signal.Cause, signal.Namespace, signal.Deployment, signal.ScaledObject));
    }

    public static TheoryData<string, string?, Reason, string> Ignored => new()
    {
        { "essentials.monitoringService", "Platform", Reason.AlertOtherService, "expected \"Prometheus\"" },
        { "essentials.monitoringService", null, Reason.AlertOtherService, "expected \"Prometheus\"" },
        { "essentials.monitorCondition", "fired", Reason.AlertInvalid, "monitorCondition" },
        { "essentials.firedDateTime", "2026-08-01 09:58", Reason.AlertInvalid, "firedDateTime" },
        { "essentials.firedDateTime", null, Reason.AlertInvalid, "firedDateTime" },
        { "essentials.firedDateTime", "2026-08-01T10:05:01Z", Reason.AlertInFuture, "clock" },
        { "labels.alertname", "SomethingElse", Reason.AlertUnknownName, "no cause is configured" },
        { "labels.alertname", "a\nb", Reason.AlertInvalid, "control characters" },
        { "labels.cluster", "prod-east", Reason.AlertOtherCluster, "prod-east" },
        { "labels.exported_namespace", "../secrets", Reason.AlertInvalid, "exported_namespace" },
        { "labels.scaledObject", null, Reason.AlertWithoutTarget, "no target" },
        { "labels.severity", "crit\u001bical", Reason.AlertInvalid, "severity" },
    };

    [Theory]
    [MemberData(nameof(Ignored))]
    public void What_does_not_fit_is_ignored_and_says_why(string path, string? value, Reason reason, string because)
    {
        var ignored = Assert.Single(Parsed(Body((essentials, context) =>
        {
            var holder = path.StartsWith("labels", StringComparison.Ordinal) ? context["labels"]!.AsObject() : essentials;
            var name = path[(path.IndexOf('.', StringComparison.Ordinal) + 1)..];
            if (value is null) holder.Remove(name);
            else holder[name] = value;
        })).Ignored);

        Assert.Equal(reason, ignored.Reason);
        Assert.Contains(because, ignored.Because, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_any_id_its_end_could_not_be_found()
    {
        var ignored = Assert.Single(Parsed(Body((essentials, _) =>
        {
            essentials.Remove("alertId");
            essentials.Remove("originAlertId");
        })).Ignored);

        Assert.Contains("alertId", ignored.Because, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"schemaId":"AzureMonitorMetricAlert","data":{}}""", "AzureMonitorMetricAlert")]
    [InlineData("""{"status":"Activated","context":{}}""", "no `schemaId`")]
    [InlineData("""{"schemaId":"azureMonitorCommonAlertSchema","data":{"essentials":[]}}""", "no object `data.essentials`")]
    [InlineData("[]", "no `schemaId`")]
    [InlineData("5", "no `schemaId`")]
    public void Another_schema_is_refused_with_what_to_enable(string body, string found)
    {
        var refusal = Refused(body);

        Assert.Equal(400, refusal.Status);
        Assert.Contains(found, refusal.Detail, StringComparison.Ordinal);
        Assert.Contains("common alert schema", refusal.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 400)]
    [InlineData("{", 400)]
    public void What_is_no_JSON_is_refused(string body, int status) => Assert.Equal(status, Refused(body).Status);

    [Fact]
    public void A_body_over_the_limit_is_refused() => Assert.Equal(413, Refused(new string(' ', AzureMonitorPayload.MaxBytes + 1)).Status);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void No_body_raises_an_exception_and_every_signal_is_sound(int seed)
    {
        var (read, refused) = (0, 0);
        foreach (var body in Mutations.Of(Given.Fixture("azure-monitor-fired"), seed, rounds: 3000))
        {
            if (!AzureMonitorPayload.Parse(body, Given.Policy, Given.Now).Succeeded(out var notification, out var refusal))
            {
                refused++;
                Assert.InRange(refusal.Status, 400, 499);
                continue;
            }

            read++;
            Assert.Equal(1, notification.Signals.Length + notification.Ignored.Length);
            foreach (var signal in notification.Signals)
                Assert.DoesNotContain(signal.Key + signal.Namespace + signal.ScaledObject + signal.Severity + signal.Summary, char.IsControl);
        }

        Assert.True(read > 200 && refused > 200, $"seed {seed}: {read} read, {refused} refused");
    }

    private static JsonObject Body(Action<JsonObject, JsonObject>? bend = null)
    {
        var body = JsonNode.Parse(Given.Fixture("azure-monitor-fired"))!.AsObject();
        bend?.Invoke(body["data"]!["essentials"]!.AsObject(), body["data"]!["alertContext"]!.AsObject());
        return body;
    }

    private static AlertSignal Signal(JsonNode body)
    {
        var notification = Parsed(body);
        Assert.Empty(notification.Ignored);
        return Assert.Single(notification.Signals);
    }

    private static ParsedNotification Parsed(JsonNode body)
    {
        Assert.True(Parse(body.ToJsonString()).Succeeded(out var notification, out var refusal), refusal?.Detail);
        return notification!;
    }

    private static Refusal Refused(string body)
    {
        Assert.False(Parse(body).Succeeded(out _, out var refusal));
        return refusal!;
    }

    private static Reading<ParsedNotification> Parse(string body) => AzureMonitorPayload.Parse(Encoding.UTF8.GetBytes(body), Given.Policy, Given.Now);
}
