using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Audit;

/// <summary>
/// Takes away what is older than the retention: from the beginning only, sealed records only, and at most a part at a time. The hash of the last
/// one taken away stays as the anchor from which the rest can be verified; a record of the trail says so, about once a day.
/// </summary>
/// <param name="trail">The store.</param>
/// <param name="keep">How long records are kept.</param>
/// <param name="time">The clock.</param>
public sealed class AuditRetention(IAuditTrail trail, TimeSpan keep, TimeProvider time)
{
    private const int AtOnce = 500;

    /// <summary>Records go a day's worth at a time, else each run would add one record to say that it took away one.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromDays(1);

    /// <returns>How many records went; there may be more.</returns>
    public async Task<int> PruneAsync(CancellationToken cancel)
    {
        var state = await trail.TrailAsync(cancel);
        var found = await trail.AuditAsync(new AuditQuery { After = state.Anchor.Sequence, Limit = AtOnce }, cancel);
        var now = time.GetUtcNow();
        if (found.IsEmpty || found[0].Record.At >= now - keep - Slack) return 0;
        StoredAudit[] old = [.. found.TakeWhile(stored => stored.Record.At < now - keep && stored.Sequence < state.Sealed.Sequence && stored.Hash is not null)];
        return old.Length > 0 && await trail.PruneAsync(state.Anchor, old, Record(old, now), cancel) ? old.Length : 0;
    }

    private AuditRecord Record(StoredAudit[] old, DateTimeOffset now) => new()
    {
        At = now,
        Kind = AuditKind.Decision,
        Reason = Reason.AuditPruned,
        Actor = "reactor",
        Text = $"Records {old[0].Sequence} to {old[^1].Sequence} were taken away: they are older than the {keep.TotalDays:0} days of retention. The trail is verified from the anchor on.",
        Facts = ImmutableSortedDictionary<string, string>.Empty
            .Add("from", $"{old[0].Sequence}")
            .Add("to", $"{old[^1].Sequence}")
            .Add("oldest", $"{old.Min(stored => stored.Record.At):O}")
            .Add("newest", $"{old.Max(stored => stored.Record.At):O}")
            .Add("anchor", new AuditPoint(old[^1].Sequence, old[^1].Hash!).ToString()),
    };
}
