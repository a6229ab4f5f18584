using System.Text.Json;
using Azure.Messaging;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Events;

/// <summary>
/// One event → one signal, or the reason why it is not for us. What KEDA sends (its pkg/eventemitter): type as in <see cref="KedaEventTypes"/>,
/// source "/cluster/keda-namespace/keda", subject "/cluster/namespace/scaledobject/name", data {"reason", "message"}, and a time: that of
/// the event by way of Event Grid, that of the sending by its own HTTP.
/// </summary>
internal static class EventReader
{
    private const int LongestId = 256;

    public static AlertSignal? Read(JsonElement element, Policy policy, DateTimeOffset now, out IgnoredAlert? why)
    {
        var id = AlertFields.Text(element, "id") ?? "";
        var type = AlertFields.Text(element, "type") ?? AlertFields.Text(element, "eventType") ?? "";
        var (reason, because, signal) = Judge(element, policy, now);
        why = signal is null ? new IgnoredAlert(Text.Clean(id, 64), Text.Clean(type, 200), because, reason) : null;
        return signal;
    }

    private static (Reason Reason, string Because, AlertSignal? Signal) Judge(JsonElement element, Policy policy, DateTimeOffset now)
    {
        if (AlertFields.Text(element, "specversion") is null && AlertFields.Text(element, "eventType") is not null)
            return (Reason.EventUnknownType, "it has Event Grid's own schema; give the subscription the delivery schema CloudEvents v1.0", null);
        if (Parse(element, out var fault) is not { } cloudEvent) return AlertReader.Invalid(fault);
        if (!KedaEventTypes.Known(cloudEvent.Type))
            return (Reason.EventUnknownType, $"events of this type are not acted on; expected keda.scaledobject.failed.v1 and its kin", null);
        if (cloudEvent.Id.Length > LongestId || Text.HasControl(cloudEvent.Id)) return AlertReader.Invalid($"its id is longer than {LongestId} characters or holds control characters");
        if (Subject.Of(cloudEvent.Subject, out var bad) is not { } subject) return AlertReader.Invalid(bad);
        if (!subject.IsOf(policy.Cluster)) return AlertReader.OtherCluster(subject.Cluster, policy);
        if (AlertFields.Time(element, "time") is not { } time)
            return AlertReader.Invalid("its time is missing or no RFC 3339 time: events come in any order, and by their time they are put right");
        if (time - now > AlertReader.Ahead) return AlertReader.InFuture(time, now);

        var fingerprint = Fingerprint.Of("keda-event", subject.Namespace, subject.Name);
        var failed = cloudEvent.Type == KedaEventTypes.Failed;
        return (Reason.AlertAccepted, "", new AlertSignal
        {
            Key = AlertReader.KeyOf(fingerprint, time, cloudEvent.Type),
            ReceivedAt = now,
            Fingerprint = fingerprint,
            AlertName = cloudEvent.Type,
            Cause = Cause.ScalerErrors,
            Firing = failed,
            StartsAt = time,
            EndsAt = failed ? null : time < now ? time : now,
            Namespace = subject.Namespace,
            ScaledObject = subject.Name,
            Summary = Text.Clean(WordsOf(AlertFields.Member(element, "data")), AlertReader.LongestSummary),
            Origin = SignalOrigin.KedaEvent,
        });
    }

    private static CloudEvent? Parse(JsonElement element, out string fault)
    {
        fault = "it is no CloudEvent 1.0";
        if (element.ValueKind != JsonValueKind.Object) return null;
        if (AlertFields.Text(element, "specversion") is not "1.0") return null;
        try
        {
            return CloudEvent.Parse(new BinaryData(element.GetRawText()));
        }
        catch (Exception refused) when (refused is ArgumentException or JsonException or InvalidOperationException or FormatException)
        {
            // The reader's own words name the attribute. InvalidOperation: one of another kind, or a text that is no Unicode.
            fault = $"it is no CloudEvent 1.0: {Text.Clean(refused.Message, 200)}";
            return null;
        }
    }

    private static string WordsOf(JsonElement? data)
    {
        var (reason, message) = (AlertFields.Text(data, "reason") ?? "", AlertFields.Text(data, "message") ?? "");
        return reason.Length == 0 ? message : message.Length == 0 ? reason : $"{reason}: {message}";
    }
}
