using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>How many targets a list of ScaledObjects last held, and since when it comes empty.</summary>
public sealed record KnownList(int Targets, DateTimeOffset? EmptySince);

/// <summary>
/// An empty list is the one wrong answer that can be read without a fault: a proxy, a cache that is still filling, a restored etcd. Taken at its
/// word, every tripped target is gone and its incident closes. So where there were targets it is believed only when a look a probe later says
/// the same. Each list is judged by itself: a reactor that is restricted to some namespaces has one for each.
/// </summary>
public static class EmptyLists
{
    /// <summary>What a look amounts to, and what is to be remembered of its lists.</summary>
    /// <param name="Believed">Null when not a single target was seen and that is not believed yet.</param>
    /// <param name="Problem">Why it is null.</param>
    /// <param name="Lists">For the panel.</param>
    public sealed record Judgement(Observation? Believed, string Problem, ImmutableSortedDictionary<string, KnownList> Lists);

    public static Judgement Judge(Panel panel, Observation seen, Policy policy, DateTimeOffset now)
    {
        var lists = ImmutableSortedDictionary.CreateBuilder<string, KnownList>(StringComparer.Ordinal);
        var doubted = ImmutableArray.CreateBuilder<string>();
        foreach (var list in seen.Lists)
        {
            var before = panel.Lists.GetValueOrDefault(list) ?? new KnownList(panel.Targets.Keys.Count(id => Holds(list, id)), null);
            var found = seen.Targets.Keys.Count(id => Holds(list, id))
                + seen.Unread.Count(u => u.Kind == "ScaledObject" && (list.Length == 0 || u.Namespace.Length == 0 || u.Namespace == list));
            var doubt = found == 0 && before.Targets > 0 && !(now - before.EmptySince >= policy.HealthCheckInterval * Probe.AnInterval);
            if (doubt)
                doubted.Add(list);
            lists[list] = doubt ? before with { EmptySince = before.EmptySince ?? now } : new KnownList(found, null);
        }

        if (doubted.Count == 0)
            return new(seen, "", lists.ToImmutable());
        return seen.Targets.IsEmpty && seen.Unread.IsEmpty
            ? new(null, $"the list of ScaledObjects came empty, and the last one held {Words.Count(doubted.Sum(list => lists[list].Targets), "target")}: believed when a look a probe later says the same", lists.ToImmutable())
            : new(seen with { Doubted = doubted.ToImmutable() }, "", lists.ToImmutable());
    }

    internal static bool Holds(string list, TargetId id) => list.Length == 0 || id.Namespace == list;
}
