using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.State;

/// <summary>
/// A store's audit trail, for those who need no more of it. It can't be disposed of: a container disposes of whatever its factories
/// give it, and would close the store, under this name, before those who still write into it have ended.
/// </summary>
public sealed class TrailOfStore(IAuditTrail store) : IAuditTrail
{
    public Task<TrailState> TrailAsync(CancellationToken cancel) => store.TrailAsync(cancel);

    public Task<ImmutableArray<StoredAudit>> AuditAsync(AuditQuery query, CancellationToken cancel) => store.AuditAsync(query, cancel);

    public Task AppendAuditAsync(IReadOnlyList<AuditRecord> records, CancellationToken cancel) => store.AppendAuditAsync(records, cancel);

    public Task<bool> SealAsync(AuditPoint from, IReadOnlyList<StoredAudit> next, CancellationToken cancel) => store.SealAsync(from, next, cancel);

    public Task<bool> PruneAsync(AuditPoint anchor, IReadOnlyList<StoredAudit> first, AuditRecord record, CancellationToken cancel) =>
        store.PruneAsync(anchor, first, record, cancel);

    public Task<long?> PlaceAsync(string reader, CancellationToken cancel) => store.PlaceAsync(reader, cancel);

    public Task<bool> MoveAsync(string reader, long? from, long to, CancellationToken cancel) => store.MoveAsync(reader, from, to, cancel);
}
