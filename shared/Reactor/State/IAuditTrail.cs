using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.State;

/// <summary>A record by its number, and the hash that holds for the trail up to it.</summary>
public sealed record AuditPoint(long Sequence, string Hash)
{
    /// <summary>Before the first record.</summary>
    public static AuditPoint Beginning { get; } = new(0, new string('0', 64));

    /// <summary>"12:ab34…", as people hand it on.</summary>
    public override string ToString() => $"{Sequence}:{Hash}";
}

/// <param name="Chain">The store's unbroken life: another one means that records were lost.</param>
/// <param name="Last">The number of the last record; 0 when there is none.</param>
/// <param name="Sealed">The last record that carries a hash.</param>
/// <param name="Anchor">The last record whose retention has ended: the trail begins after it.</param>
public sealed record TrailState(string Chain, long Last, AuditPoint Sealed, AuditPoint Anchor);

/// <summary>
/// The audit trail as a whole. Hashes are computed after the append, by whoever seals: an instance of the version before appends without
/// knowing of them, and Redis' scripts have no SHA-256.
/// </summary>
public interface IAuditTrail
{
    Task<TrailState> TrailAsync(CancellationToken cancel);

    /// <summary>The same as <see cref="IStateStore.AuditAsync"/>.</summary>
    Task<ImmutableArray<StoredAudit>> AuditAsync(AuditQuery query, CancellationToken cancel);

    /// <summary>The same as <see cref="IStateStore.AppendAuditAsync"/>.</summary>
    Task AppendAuditAsync(IReadOnlyList<AuditRecord> records, CancellationToken cancel);

    /// <summary>
    /// Keeps the hashes of the records that follow <paramref name="from"/>, in order and without a gap. False when another instance has sealed
    /// meanwhile: nothing was kept then.
    /// </summary>
    Task<bool> SealAsync(AuditPoint from, IReadOnlyList<StoredAudit> next, CancellationToken cancel);

    /// <summary>
    /// Takes away the records after <paramref name="anchor"/> up to the last of <paramref name="first"/>, which becomes the new anchor, and
    /// appends the record that says so. False when the anchor is another one, or they are not sealed up to there: nothing was changed then.
    /// </summary>
    Task<bool> PruneAsync(AuditPoint anchor, IReadOnlyList<StoredAudit> first, AuditRecord record, CancellationToken cancel);

    /// <summary>How far somebody has come who goes through the trail, or through anything else by numbers; null when it never began.</summary>
    Task<long?> PlaceAsync(string reader, CancellationToken cancel);

    /// <summary>False when it was no longer at <paramref name="from"/>: another instance moved it.</summary>
    Task<bool> MoveAsync(string reader, long? from, long to, CancellationToken cancel);
}
