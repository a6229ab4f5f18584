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

        if (AlertTarget.Of(alert, cause, out var refusal) is not { } target) return (refusal.Reason, refusal.Because, null);
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
            StatefulSet = target.StatefulSet,
            Hpa = target.Hpa,
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

    /// <summary>Resolved is over by the time we hear of it, whatever the sender's clock says.</summary>
    private static DateTimeOffset EndOf(JsonElement alert, DateTimeOffset now) =>
        AlertFields.Time(alert, "endsAt") is { } end && end < now ? end : now;

    internal static string Words(JsonElement alert) =>
        AlertFields.Annotation(alert, "summary") is { Length: > 0 } summary ? summary : AlertFields.Annotation(alert, "description") ?? "";

    internal static (Reason Reason, string Because, AlertSignal? Signal) Invalid(string because) => (Reason.AlertInvalid, because, null);
}
