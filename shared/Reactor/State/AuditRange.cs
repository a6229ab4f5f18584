using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.State;

/// <summary>
/// Where records of some time can lie. Numbers follow the time of writing, and a record may tell of an earlier moment (what was done while
/// the store was down); so each seal keeps the latest time of all records up to it, which only grows, and how far a record ever lay behind.
/// </summary>
/// <param name="Sealed">The last sealed number: what lies after it has no such bound yet, and is read through.</param>
/// <param name="First">The first sealed number that can be of <see cref="AuditQuery.From"/> or later.</param>
/// <param name="Last">The last sealed number that can be before <see cref="AuditQuery.To"/>.</param>
internal sealed record AuditBounds(long Sealed, long First, long Last);

/// <summary>Numbers to look through, both ends included.</summary>
internal sealed record AuditRange(long First, long Last)
{
    /// <summary>Beyond every number, still of sixteen digits and whole in Lua.</summary>
    public const long Beyond = 9_000_000_000_000_000;

    public bool IsEmpty => First > Last;

    /// <param name="query">What is looked for.</param>
    /// <param name="bounds">Null: everything can be asked for in one go.</param>
    /// <returns>In the order of the answer; the last sealed number parts them.</returns>
    public static ImmutableArray<AuditRange> Of(AuditQuery query, AuditBounds? bounds)
    {
        var first = query.Latest ? 1 : Math.Clamp(query.After, 0, Beyond - 1) + 1;
        AuditRange[] ranges = bounds is null
            ? [new(first, Beyond)]
            : [new(Math.Max(first, bounds.First), Math.Min(bounds.Last, bounds.Sealed)), new(Math.Max(first, bounds.Sealed + 1), Beyond)];
        return [.. (query.Latest ? ranges.Reverse() : ranges).Where(range => !range.IsEmpty)];
    }

    /// <summary>What is left behind (or, the latest first, before) the number that was looked at last.</summary>
    public AuditRange Rest(long seen, bool latest) => latest ? this with { Last = seen - 1 } : this with { First = seen + 1 };
}
