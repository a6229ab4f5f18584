using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Audit;

/// <summary>
/// Extends the hash chain over what was appended since. After the append and not in it: an instance of the version before appends too, and knows
/// of no hashes; Redis' scripts know no SHA-256; and no commit waits for it. What is not sealed yet is the short end of the trail, and shown.
/// </summary>
public sealed class AuditSealer(IAuditTrail trail)
{
    private const int AtOnce = 500;

    /// <summary>Up to the last record, or as far as it comes until <paramref name="cancel"/>.</summary>
    /// <returns>How far the trail is sealed now, by this instance or another.</returns>
    public async Task<TrailState> SealAsync(CancellationToken cancel)
    {
        while (true)
        {
            var state = await trail.TrailAsync(cancel);
            var found = await trail.AuditAsync(new AuditQuery { After = state.Sealed.Sequence, Limit = AtOnce }, cancel);
            var next = Chained(state.Sealed, found);
            // A hole: what lies behind it must not be sealed as if nothing were missing.
            if (next.Count == 0) return state;
            await trail.SealAsync(state.Sealed, next, cancel);
        }
    }

    private static List<StoredAudit> Chained(AuditPoint from, IEnumerable<StoredAudit> found)
    {
        var next = new List<StoredAudit>();
        foreach (var stored in found)
        {
            if (stored.Sequence != from.Sequence + 1 || stored.Json.Length == 0) break;
            from = AuditHash.After(from, stored.Json);
            next.Add(stored with { Hash = from.Hash });
        }

        return next;
    }
}
