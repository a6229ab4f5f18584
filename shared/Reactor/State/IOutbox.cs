using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.State;

/// <summary>Pages that wait to be sent.</summary>
public interface IOutbox
{
    /// <summary>
    /// Pages that are due, the most urgent first (<see cref="DueOrder"/>). A page of an incident is due on a channel only when all its earlier pages on that
    /// channel are delivered or dead: trigger before update before resolve. One that this version can't read waits for one that can, and so
    /// do the later ones of its incident.
    /// </summary>
    /// <param name="limit">At most this many for each channel, so that a channel with many waiting pages hides no other's.</param>
    Task<ImmutableArray<OutboxEntry>> DuePagesAsync(DateTimeOffset now, int limit, CancellationToken cancel);

    /// <summary>
    /// Records how one attempt ended, with its audit record. A page that was delivered or dead already stays so; the audit record is kept
    /// all the same, because the attempt did happen.
    /// </summary>
    Task RecordDeliveryAsync(OutboxEntry after, AuditRecord audit, CancellationToken cancel);
}
