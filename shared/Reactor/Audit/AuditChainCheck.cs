using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Audit;

/// <summary>Walks records in order and computes each hash again. It finds the first that does not fit.</summary>
/// <param name="start">Known to be right: the anchor, the beginning, or how far an earlier check came.</param>
/// <param name="head">A point that was told outside, which the trail must still go through; null when none is at hand.</param>
public sealed class AuditChainCheck(AuditPoint start, AuditPoint? head = null)
{
    /// <summary>The last record that fits.</summary>
    public AuditPoint At { get; private set; } = start;

    /// <summary>What is wrong, in words; null as long as everything fits.</summary>
    public string? Fault { get; private set; }

    /// <summary>Records looked at.</summary>
    public long Records { get; private set; }

    /// <returns>False when there is no use in going on.</returns>
    public bool Take(long sequence, string json, string hash)
    {
        if (Fault is not null) return false;
        Fault = sequence == At.Sequence + 1 ? OfHash(sequence, json, hash) : OfOrder(sequence);
        return Fault is null;
    }

    /// <summary>Call when there are no more records.</summary>
    /// <param name="sealedUpTo">Where the trail says that it ends, when it says so.</param>
    public string? End(long? sealedUpTo = null)
    {
        if (Fault is null && sealedUpTo is { } end && At.Sequence < end)
            Fault = $"record {At.Sequence + 1} is missing: the trail was sealed up to {end}";
        if (Fault is null && head is not null && At.Sequence < head.Sequence)
            Fault = $"the end is cut: it stops at {At.Sequence}, and the head that was kept outside is of record {head.Sequence}";
        return Fault;
    }

    private string? OfOrder(long sequence) => sequence > At.Sequence
        ? $"record {At.Sequence + 1} is missing: {sequence} comes after {At.Sequence}"
        : $"record {sequence} comes after {At.Sequence}: records are out of order or twice there";

    private string? OfHash(long sequence, string json, string hash)
    {
        var next = AuditHash.After(At, json);
        if (next.Hash != hash)
            return $"record {sequence} or its hash was changed: the hash is {hash}, and what stands there makes {next.Hash}";
        if (head is not null && head.Sequence == sequence && head.Hash != hash)
            return $"records up to {sequence} were written anew: the hash is {hash}, and the head that was kept outside is {head.Hash}";
        (At, Records) = (next, Records + 1);
        return null;
    }
}
