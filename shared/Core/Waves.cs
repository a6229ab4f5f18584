using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Which targets go back next. Shares are cumulative over all of an incident's targets, the canary counted.</summary>
public static class Waves
{
    /// <summary>How many of <paramref name="targets"/> may be back with KEDA by the end of a wave of <paramref name="share"/> percent.</summary>
    public static int Size(int targets, int share) => (targets * share + 99) / 100;

    /// <summary>The next wave that hands back at least one target, or null when every one is back.</summary>
    /// <param name="targets">All targets of the incident that were moved.</param>
    /// <param name="back">How many of them are back already.</param>
    /// <param name="shares">The policy's cumulative shares.</param>
    /// <param name="from">The first wave to consider.</param>
    public static (int Wave, int Count)? Next(int targets, int back, ImmutableArray<int> shares, int from)
    {
        for (var wave = from; wave < shares.Length; wave++)
        {
            var count = Size(targets, shares[wave]) - back;
            if (count > 0)
                return (wave, count);
        }

        return null;
    }

    /// <summary>So many failures of one wave are no longer the failures of single targets: the wave has failed.</summary>
    public static int MostFailures(int size) => Math.Max(2, Size(size, 10));

    /// <summary>True while its replicas come or go: what it shows now says nothing about who scales it.</summary>
    public static bool Moves(TargetView view) => view.Replicas is { Source: not ReplicaSource.Nobody } r && r.Available != r.Desired;

    /// <summary>
    /// The order in which targets go back: what failed a hand-back last, the latest failure at the very end; what can work before what
    /// can't, what stands still before what is moving now, then by annotation, then the least critical first.
    /// </summary>
    public static IEnumerable<TargetView> Order(IEnumerable<TargetView> candidates, Func<TargetId, Member> member) => candidates
        .OrderBy(v => member(v.Id).RetryAt is not null)
        .ThenBy(v => member(v.Id).FailedAt)
        .ThenBy(v => Judging.CantWork(v) is not null)
        .ThenBy(Moves)
        .ThenByDescending(v => v.Annotations.GetValueOrDefault(Annotations.Canary) == "true")
        .ThenBy(v => v.Max)
        .ThenBy(v => v.Id);
}
