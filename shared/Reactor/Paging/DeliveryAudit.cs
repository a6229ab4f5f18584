using System.Collections.Immutable;
using System.Diagnostics;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Paging;

/// <summary>The trail's words for one attempt.</summary>
internal static class DeliveryAudit
{
    public static AuditRecord Folded(OutboxEntry entry, DateTimeOffset now) => new()
    {
        At = now,
        Kind = AuditKind.Page,
        Reason = Reason.PageFolded,
        Actor = "reactor",
        IncidentId = entry.Page.IncidentId,
        Text = $"The update page \"{entry.Page.Title}\" was not sent to {entry.Channel}: newer news of the same waits behind it.",
        Facts = ImmutableSortedDictionary<string, string>.Empty.Add("page", entry.Page.Id).Add("channel", entry.Channel).Add("dedupKey", entry.Page.DedupKey),
    };

    public static AuditRecord Of(OutboxEntry after, SendResult result, DateTimeOffset now)
    {
        var page = $"The {after.Page.Kind.ToString().ToLowerInvariant()} page \"{after.Page.Title}\"";
        var (reason, text) = result.Status switch
        {
            SendStatus.Delivered => (Reason.PageDelivered, $"{page} was delivered to {after.Channel}."),
            SendStatus.Retry or SendStatus.Refused => (Reason.PageRetried, $"{page} was not taken by {after.Channel} ({result.Detail}); next try at {after.DueAt.UtcDateTime:u}."),
            SendStatus.Final => (Reason.PageUndeliverable, $"{page} can't be delivered to {after.Channel} and is given up: {result.Detail}."),
            _ => throw new UnreachableException($"send status {result.Status}"),
        };
        return new AuditRecord
        {
            At = now,
            Kind = AuditKind.Page,
            Reason = reason,
            Actor = "reactor",
            IncidentId = after.Page.IncidentId,
            Text = text,
            Facts = ImmutableSortedDictionary<string, string>.Empty
                .Add("page", after.Page.Id)
                .Add("channel", after.Channel)
                .Add("dedupKey", after.Page.DedupKey)
                .Add("attempt", $"{after.Attempts}")
                .Add("answer", result.Detail),
        };
    }
}
