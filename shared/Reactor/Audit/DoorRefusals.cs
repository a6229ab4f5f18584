using System.Collections.Concurrent;
using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Audit;

/// <summary>
/// Callers who were turned away, counted until the next record: one for each request would let anybody fill the store. A crash loses the count
/// of a few seconds; each single one is an access log's to keep.
/// </summary>
public sealed class DoorRefusals(TimeProvider time)
{
    private readonly ConcurrentDictionary<(string Function, int Status), Count> counts = new();

    /// <param name="route">Ours, never the caller's own text.</param>
    /// <param name="status">401, 403, or 503 for want of room.</param>
    public void Note(string route, int status)
    {
        var now = time.GetUtcNow();
        counts.AddOrUpdate((route, status), _ => new Count(1, now), (_, before) => before with { Number = before.Number + 1 });
    }

    /// <summary>What was counted since the last call, as records.</summary>
    public ImmutableArray<AuditRecord> Take()
    {
        var now = time.GetUtcNow();
        var records = ImmutableArray.CreateBuilder<AuditRecord>();
        foreach (var key in counts.Keys.Order())
        {
            if (!counts.TryRemove(key, out var count)) continue;
            records.Add(new AuditRecord
            {
                At = now,
                Kind = AuditKind.Signal,
                Reason = Reason.DoorRefused,
                Actor = "unknown",
                Text = $"{Words.Count(count.Number, "request")} to {key.Function} {(count.Number == 1 ? "was" : "were")} turned away with {key.Status} since {Words.Clock(count.Since, now)}.",
                Facts = ImmutableSortedDictionary<string, string>.Empty
                    .Add("count", $"{count.Number}").Add("route", key.Function).Add("status", $"{key.Status}").Add("since", $"{count.Since:O}"),
            });
        }

        return records.ToImmutable();
    }

    private sealed record Count(int Number, DateTimeOffset Since);
}
