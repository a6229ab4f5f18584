using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.Audit;

/// <summary>Checks an exported JSON Lines file of the whole trail, without the store.</summary>
public static class AuditFile
{
    /// <param name="lines">The file. An export that was filtered has holes, and is refused at the first.</param>
    /// <param name="anchor">The record before the first line; null: the beginning, or what the file itself says of its retention.</param>
    /// <param name="head">A head that was kept outside.</param>
    public static (string? Fault, long Records, AuditPoint At) Verify(IReadOnlyList<string> lines, AuditPoint? anchor, AuditPoint? head)
    {
        var start = anchor ?? AnchorIn(lines) ?? AuditPoint.Beginning;
        var check = new AuditChainCheck(start, head);
        for (var i = 0; i < lines.Count; i++)
        {
            if (AuditLine.Parse(lines[i]) is not { } line)
                return ($"line {i + 1} is no line of an export", check.Records, check.At);
            if (line.Hash is null)
                return ($"record {line.Sequence} is not sealed: export again", check.Records, check.At);
            if (!check.Take(line.Sequence, line.Json, line.Hash)) break;
        }

        return (check.End(), check.Records, check.At);
    }

    /// <summary>The anchor of the last pruning that the file tells of, when the file begins right behind it.</summary>
    private static AuditPoint? AnchorIn(IReadOnlyList<string> lines)
    {
        if (lines.Count == 0 || AuditLine.Parse(lines[0]) is not { Sequence: > 1 and var first }) return null;
        return lines
            .Where(line => line.Contains(nameof(Reason.AuditPruned), StringComparison.Ordinal))
            .Select(line => AuditLine.Parse(line) is { } parsed && AuditJson.Read(parsed.Json) is { Reason: Reason.AuditPruned } record
                ? AuditHash.Parse(record.Facts.GetValueOrDefault("anchor", ""))
                : null)
            .LastOrDefault(point => point?.Sequence == first - 1);
    }
}
