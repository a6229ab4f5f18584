using System.Text.Json;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Alerts;

/// <summary>One alert → one signal, or the reason why it is not for us. Its own status counts, never the group's.</summary>
internal static class AlertReader
{
    /// <summary>How far two machines' clocks may differ.</summary>
    internal static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    internal const int LongestSummary = 500;

    public static AlertSignal? Read(JsonElement alert, Policy policy, DateTimeOffset now, out IgnoredAlert? why)
    {
        var fingerprint = AlertFields.Text(alert, "fingerprint") ?? "";
        var name = AlertFields.Label(alert, "alertname") ?? "";
        var (reason, because, signal) = Judge(alert, fingerprint, name, policy, now);
        why = signal is null ? new IgnoredAlert(Text.Clean(fingerprint, 64), Text.Clean(name, 200), because, reason) : null;
        return signal;
    }

    /// <summary>One that has resolved says that Prometheus no longer evaluates it: no sign of life. A policy that gives the name a cause means an alert of its own.</summary>
    public static bool IsWatchdog(JsonElement alert, Policy policy) =>
        AlertFields.Label(alert, "alertname") == Watchdog.AlertName
        && AlertFields.Text(alert, "status") == "firing"
        && !policy.AlertNames.ContainsKey(Watchdog.AlertName)
        && WrongCluster(alert, policy) is null;

    private static (Reason Reason, string Because, AlertSignal? Signal) Judge(
        JsonElement alert, string fingerprint, string name, Policy policy, DateTimeOffset now)
    {
        if (AlertFields.Fault(alert, "alertname") is { } badName) return Invalid(badName);
        if (name.Length == 0) return Invalid("it has no label alertname");
        if (fingerprint.Length is 0 or > 64 || !fingerprint.All(char.IsAsciiLetterOrDigit))
            return Invalid("it has no usable fingerprint, by which repeats are told from news");
        if (WrongCluster(alert, policy) is { } wrong) return wrong;
        if (!policy.AlertNames.TryGetValue(name, out var cause)) return UnknownName;

        var status = AlertFields.Text(alert, "status");
        if (status is not ("firing" or "resolved")) return Invalid("its status is neither \"firing\" nor \"resolved\"");
        if (AlertFields.Time(alert, "startsAt") is not { } startsAt) return Invalid("its startsAt is missing, zero or no RFC 3339 time");
        if (startsAt - now > Ahead)
            return InFuture(startsAt, now);

        var target = TargetOf(alert, cause);
        if (target.Because is not null) return (target.Reason, target.Because, null);
        if (AlertFields.Fault(alert, "severity") is { } badSeverity) return Invalid(badSeverity);
        return (Reason.AlertAccepted, "", new AlertSignal
        {
            Key = KeyOf(fingerprint, startsAt, status),
            ReceivedAt = now,
            Fingerprint = fingerprint,
            AlertName = name,
            Cause = cause,
            Firing = status == "firing",
            StartsAt = startsAt,
            EndsAt = status == "firing" ? null : EndOf(alert, now),
            Namespace = target.Namespace,
            ScaledObject = target.ScaledObject,
            Deployment = target.Deployment,
            Severity = AlertFields.Label(alert, "severity") ?? "",
            Summary = Text.Clean(Words(alert), LongestSummary),
        });
    }

    internal static (Reason Reason, string Because, AlertSignal? Signal) UnknownName =>
        (Reason.AlertUnknownName, "no cause is configured for an alert of this name", null);

    /// <summary>Null when the alert says nothing of a cluster, or names this one.</summary>
    internal static (Reason Reason, string Because, AlertSignal? Signal)? WrongCluster(JsonElement alert, Policy policy)
    {
        if (AlertFields.Fault(alert, "cluster") is { } bad) return Invalid(bad);
        var cluster = AlertFields.Label(alert, "cluster");
        return string.IsNullOrEmpty(cluster) || cluster == policy.Cluster ? null : OtherCluster(cluster, policy);
    }

    internal static (Reason Reason, string Because, AlertSignal? Signal) OtherCluster(string cluster, Policy policy) =>
        (Reason.AlertOtherCluster, $"it is about cluster \"{Text.Clean(cluster, 100)}\"; this reactor guards \"{policy.Cluster}\"", null);

    internal static (Reason Reason, string Because, AlertSignal? Signal) InFuture(DateTimeOffset startsAt, DateTimeOffset now) =>
        (Reason.AlertInFuture, $"it starts at {startsAt:O}, more than {Ahead.TotalMinutes} minutes ahead of {now:O}: a clock is wrong", null);

    /// <summary>Repeats are told from news by it. Not the fingerprint alone: in the inbox a late resolve of an older alert would replace a newer one that nobody decided yet.</summary>
    internal static string KeyOf(string fingerprint, DateTimeOffset startsAt, string status) =>
        $"{fingerprint}/{startsAt.UtcDateTime:yyyyMMddTHHmmss.fffffff}/{status}";

    internal static (Reason Reason, string? Because, string? Namespace, string? ScaledObject, string? Deployment) TargetOf(
        JsonElement alert, Cause cause)
    {
        // What a cluster-wide alert carries as namespace is KEDA's own, or an exporter's: no target may be concluded from it. Of several operators
        // it may tell which (the core holds it against those that are there).
        if (cause == Cause.OperatorUnhealthy) return (default, null, Named(alert, "exported_namespace", "namespace"), null, Named(alert, "deployment"));
        if (Causes.ScopeOf(cause) == Scope.Cluster) return default;

        var namespaceLabel = Present(alert, "exported_namespace") ? "exported_namespace" : "namespace";
        var nameLabel = Present(alert, "scaledObject") ? "scaledObject" : "deployment";
        if ((AlertFields.Fault(alert, namespaceLabel) ?? AlertFields.Fault(alert, nameLabel)) is { } fault)
            return (Reason.AlertInvalid, fault, null, null, null);

        var (space, name) = (AlertFields.Label(alert, namespaceLabel), AlertFields.Label(alert, nameLabel));
        if (string.IsNullOrEmpty(space))
            return (Reason.AlertWithoutTarget, "it names no namespace (label exported_namespace or namespace)", null, null, null);
        if (string.IsNullOrEmpty(name))
            return (Reason.AlertWithoutTarget, "it names no target (label scaledObject or deployment)", null, null, null);
        if (!KubernetesName.IsNamespace(space))
            return (Reason.AlertInvalid, $"label {namespaceLabel} is no Kubernetes namespace name", null, null, null);
        if (!KubernetesName.IsName(name)) return (Reason.AlertInvalid, $"label {nameLabel} is no Kubernetes object name", null, null, null);
        return nameLabel == "scaledObject" ? (default, null, space, name, null) : (default, null, space, null, name);
    }

    /// <summary>The first of these labels that is there and may be a name; what may not is not worth refusing the alert for.</summary>
    private static string? Named(JsonElement alert, params string[] labels) =>
        labels.Where(label => AlertFields.Fault(alert, label) is null).Select(label => AlertFields.Label(alert, label)).FirstOrDefault(name => name is { Length: > 0 } && KubernetesName.IsName(name));

    /// <summary>An empty label is no label, as Prometheus has it.</summary>
    private static bool Present(JsonElement alert, string label) =>
        AlertFields.Fault(alert, label) is not null || !string.IsNullOrEmpty(AlertFields.Label(alert, label));

    /// <summary>Resolved is over by the time we hear of it, whatever the sender's clock says.</summary>
    private static DateTimeOffset EndOf(JsonElement alert, DateTimeOffset now) =>
        AlertFields.Time(alert, "endsAt") is { } end && end < now ? end : now;

    internal static string Words(JsonElement alert) =>
        AlertFields.Annotation(alert, "summary") is { Length: > 0 } summary ? summary : AlertFields.Annotation(alert, "description") ?? "";

    internal static (Reason Reason, string Because, AlertSignal? Signal) Invalid(string because) => (Reason.AlertInvalid, because, null);
}
