using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Keeping;

/// <summary>
/// Asks the store whether trips that marks in the cluster tell of are over: its closed incidents, and where their retention has ended the audit
/// trail. A few small questions, and only when marks are seen that the panel does not know.
/// </summary>
internal static class PastInStore
{
    /// <summary>Incidents asked about at one look; what names others waits for the next.</summary>
    public const int Incidents = 20;

    private const int Handbacks = 1_000;

    public static async Task<Past> FindAsync(IStateStore store, IReadOnlyList<TargetMemory> memories, CancellationToken cancel)
    {
        var closed = ImmutableDictionary.CreateBuilder<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var id in memories.Select(memory => memory.IncidentId).Distinct(StringComparer.Ordinal))
            if (await ClosedAtAsync(store, id, cancel) is { } at)
                closed[id] = at;
        var back = await store.AuditAsync(
            new AuditQuery { Reason = Reason.TargetHandedBack, From = memories.Min(memory => memory.TrippedAt), Latest = true, Limit = Handbacks }, cancel);
        return new Past
        {
            Closed = closed.ToImmutable(),
            HandedBack = back.Where(stored => stored.Record.Target is not null)
                .ToLookup(stored => stored.Record.Target!.Value, stored => stored.Record.At).ToImmutableDictionary(of => of.Key, of => of.Max()),
        };
    }

    private static async Task<DateTimeOffset?> ClosedAtAsync(IStateStore store, string id, CancellationToken cancel) =>
        (await store.ClosedIncidentAsync(id, cancel))?.ClosedAt
        ?? (await store.AuditAsync(new AuditQuery { IncidentId = id, Reason = Reason.IncidentClosed, Latest = true, Limit = 1 }, cancel)).FirstOrDefault()?.Record.At;
}
