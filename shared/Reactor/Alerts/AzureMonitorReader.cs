using System.Text.Json;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Alerts;

/// <summary>One alert of Azure Monitor → one signal, or the reason why it is not for us. Labels mean what they mean in Alertmanager's.</summary>
internal static class AzureMonitorReader
{
    private const string Prometheus = "Prometheus";
    private const int LongestId = 2048;

    /// <param name="essentials">What all services say alike.</param>
    /// <param name="context">The rule's labels and annotations; may be no object at all.</param>
    /// <param name="policy">Whose names and cluster count.</param>
    /// <param name="now">Our clock.</param>
    /// <param name="why">Set when there is no signal.</param>
    public static AlertSignal? Read(JsonElement essentials, JsonElement context, Policy policy, DateTimeOffset now, out IgnoredAlert? why)
    {
        var id = IdOf(essentials);
        var name = NameOf(essentials, context, policy);
        var (reason, because, signal) = Judge(essentials, context, id, name, policy, now);
        why = signal is null ? new IgnoredAlert(Text.Clean(id[(id.LastIndexOf('/') + 1)..], 64), Text.Clean(name, 200), because, reason) : null;
        return signal;
    }

    private static (Reason Reason, string Because, AlertSignal? Signal) Judge(
        JsonElement essentials, JsonElement context, string id, string name, Policy policy, DateTimeOffset now)
    {
        var service = AlertFields.Text(essentials, "monitoringService") ?? "";
        if (service != Prometheus)
            return (Reason.AlertOtherService, $"it comes from monitoringService \"{Text.Clean(service, 60)}\"; expected \"{Prometheus}\", an alert of Azure Managed Prometheus", null);
        if (AlertFields.Fault(context, "alertname") is { } badName) return AlertReader.Invalid(badName);
        if (name.Length == 0) return AlertReader.Invalid("it has neither a label alertname nor an alertRule");
        if (id.Length is 0 or > LongestId || Text.HasControl(id))
            return AlertReader.Invalid("it has no usable alertId or originAlertId, by which its end is told from another's");
        if (AlertReader.WrongCluster(context, policy) is { } wrong) return wrong;
        if (!policy.AlertNames.TryGetValue(name, out var cause)) return AlertReader.UnknownName;

        var condition = AlertFields.Text(essentials, "monitorCondition");
        if (condition is not ("Fired" or "Resolved")) return AlertReader.Invalid("its monitorCondition is neither \"Fired\" nor \"Resolved\"");
        var firing = condition == "Fired";
        if (StartOf(essentials, firing) is not { } startsAt) return AlertReader.Invalid("its firedDateTime is missing or no RFC 3339 time");
        if (startsAt - now > AlertReader.Ahead) return AlertReader.InFuture(startsAt, now);

        if (AlertTarget.Of(context, cause, out var refusal) is not { } target) return (refusal.Reason, refusal.Because, null);
        if (AlertFields.Fault(context, "severity") is { } badSeverity) return AlertReader.Invalid(badSeverity);

        // alertId names one instance, from its firing to its end; the labels that we act on are added so that two series can never be taken
        // for one. Other labels are left out: what is computed into a label may differ at the end.
        var fingerprint = Fingerprint.Of("azure-monitor", id, name, target.Namespace, target.ScaledObject, target.Deployment ?? target.StatefulSet ?? target.Hpa);
        return (Reason.AlertAccepted, "", new AlertSignal
        {
            Key = AlertReader.KeyOf(fingerprint, startsAt, firing ? "firing" : "resolved"),
            ReceivedAt = now,
            Fingerprint = fingerprint,
            AlertName = name,
            Cause = cause,
            Firing = firing,
            StartsAt = startsAt,
            EndsAt = firing ? null : EndOf(essentials, now),
            Namespace = target.Namespace,
            ScaledObject = target.ScaledObject,
            Deployment = target.Deployment,
            StatefulSet = target.StatefulSet,
            Hpa = target.Hpa,
            Severity = AlertFields.Label(context, "severity") is { Length: > 0 } severity ? severity : SeverityOf(essentials),
            Summary = Text.Clean(AlertReader.Words(context) is { Length: > 0 } words ? words : AlertFields.Text(essentials, "description") ?? "", AlertReader.LongestSummary),
            Origin = SignalOrigin.AzureMonitor,
        });
    }

    /// <summary>ARM ids know no case. originAlertId is the service's own and stands in where there is no alertId.</summary>
    private static string IdOf(JsonElement essentials)
    {
        var id = AlertFields.Text(essentials, "alertId") is { Length: > 0 } alertId ? alertId : AlertFields.Text(essentials, "originAlertId") ?? "";
        return id.ToLowerInvariant();
    }

    /// <summary>The label, else the rule: seen as "rule group/alert name" as well as the name alone.</summary>
    private static string NameOf(JsonElement essentials, JsonElement context, Policy policy)
    {
        if (AlertFields.Label(context, "alertname") is { Length: > 0 } label) return label;
        var rule = AlertFields.Text(essentials, "alertRule") ?? "";
        return policy.AlertNames.ContainsKey(rule) ? rule : rule[(rule.LastIndexOf('/') + 1)..];
    }

    /// <summary>The same in both; an end that lost it begins at its own time, which is no earlier.</summary>
    private static DateTimeOffset? StartOf(JsonElement essentials, bool firing) =>
        AlertFields.Time(essentials, "firedDateTime") ?? (firing ? null : AlertFields.Time(essentials, "resolvedDateTime"));

    /// <summary>Resolved is over by the time we hear of it, whatever the sender's clock says.</summary>
    private static DateTimeOffset EndOf(JsonElement essentials, DateTimeOffset now) =>
        AlertFields.Time(essentials, "resolvedDateTime") is { } end && end < now ? end : now;

    /// <summary>Sev0 critical, Sev1 error, Sev2 warning, Sev3 informational, Sev4 verbose (Microsoft Learn, "Common alert schema").</summary>
    private static string SeverityOf(JsonElement essentials) => AlertFields.Text(essentials, "severity") switch
    {
        "Sev0" => "critical",
        "Sev1" => "error",
        "Sev2" => "warning",
        "Sev3" or "Sev4" => "info",
        _ => "",
    };
}
