using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Who serves which target, where several operators have a share each. A target needs another autoscaler when everyone who serves it is dead,
/// and not before: whoever lives would undo what we do to it.
/// </summary>
internal static class Operators
{
    private const int Listed = 5;

    /// <summary>The names of those that serve it, with those whose Deployment is gone; "" is the one that serves the rest.</summary>
    public static ImmutableArray<string> Serving(ClusterSigns signs, Observation seen, TargetView view)
    {
        if (seen.Shards.IsEmpty && signs.Shards.IsEmpty)
            return [""];
        var named = seen.Shards.Values.Where(o => o.Share!.Covers(view.Id.Namespace, view.Labels)).Select(o => o.Name)
            .Concat(signs.Shards.Values.Where(o => o.Gone && o.ItsShare()?.Covers(view.Id.Namespace, view.Labels) is true).Select(o => o.Name))
            .ToImmutableArray();
        if (seen.Operator.ServesAll || (named.IsEmpty && !signs.OnlyShards))
            named = named.Add("");
        return named.Length < 2 ? named : named.RemoveAll(name => IsRetired(signs, seen, name)) is { IsEmpty: false } working ? working : named;
    }

    /// <summary>Scaled to 0 and never seen otherwise: that it serves something too keeps nothing alive.</summary>
    private static bool IsRetired(ClusterSigns signs, Observation seen, string name) =>
        (name.Length == 0 ? seen.Operator : seen.Shards.GetValueOrDefault(name)) is { AvailableReplicas: 0, WantedReplicas: 0 } keda
        && !signs.SeenAlive.ContainsKey($"deployment/{keda.Namespace}/{keda.Deployment}");

    /// <summary>Why nobody who serves this target is well now, or null. What is in nobody's share is no sign of an operator's.</summary>
    public static string? Sign(ClusterSigns signs, Observation seen, TargetId target, DateTimeOffset now) =>
        seen.Targets.GetValueOrDefault(target) is { } view ? Sign(signs, Serving(signs, seen, view), now) : Sign(signs, [.. signs.Each().Select(o => o.Name)], now);

    /// <summary>Why KEDA can't be trusted with this target now, or null when everything that it needs of KEDA is well.</summary>
    public static string? Trouble(ClusterSigns signs, Observation seen, TargetId target, DateTimeOffset now) => signs.Shards.IsEmpty
        ? KedaHealth.Trouble(signs, seen, now)
        : KedaHealth.ControlPlaneSign(signs, now) ?? Sign(signs, seen, target, now) ?? KedaHealth.MetricsServerSign(signs, now);

    /// <summary>
    /// Why KEDA can't be trusted with what this incident has on its fallback, or null: one operator's death holds up nobody else's targets. Those
    /// that may go back decide; one that nobody serves would not be taken.
    /// </summary>
    public static string? Trouble(Draft draft, Incident incident)
    {
        if (draft.Seen is not { } seen)
            return null;
        var signs = draft.Panel.Signs;
        if (signs.Shards.IsEmpty && incident.Operator is null)
            return KedaHealth.Trouble(signs, seen, draft.Now);
        if ((KedaHealth.ControlPlaneSign(signs, draft.Now) ?? KedaHealth.MetricsServerSign(signs, draft.Now)) is { } shared)
            return shared;
        var may = Recovering.Eligible(draft, incident);
        string? trouble = null;
        foreach (var id in may.IsEmpty ? incident.Members.Keys : may)
        {
            if (!seen.Targets.TryGetValue(id, out var view))
                continue;
            if (Unserved(signs, seen, view, draft.Now) is not { } why)
                return null;
            trouble ??= why;
        }

        return trouble;
    }

    /// <summary>Why nobody could take this target back now, or null.</summary>
    public static string? Unserved(ClusterSigns signs, Observation seen, TargetView view, DateTimeOffset now)
    {
        var serving = Serving(signs, seen, view);
        return serving.IsEmpty ? $"{view.Id} is in no operator's share: nobody serves it" : Sign(signs, serving, now);
    }

    /// <summary>What is well, for one target: that KEDA answers, or who of several serves it.</summary>
    public static string Well(ClusterSigns signs, Observation seen, TargetView view) => signs.Shards.IsEmpty ? "KEDA's operator and metrics server answer"
        : Serving(signs, seen, view) is { IsEmpty: false } serving ? $"KEDA's operator and metrics server answer ({string.Join(" and ", serving.Select(name => name.Length == 0 ? $"{seen.Operator.Namespace}/{seen.Operator.Deployment}" : name))} {(serving.Length == 1 ? "serves" : "serve")} it)"
        : "no operator's share has it: nobody serves it";

    /// <summary>Those whose death the probe takes for evidence now.</summary>
    public static ImmutableHashSet<string> Dead(Draft draft) =>
        [.. draft.Panel.Signs.Each().Where(o => EvidenceFromProbe.Dead(draft, o) is not null).Select(o => o.Name)];

    /// <summary>
    /// What has nobody else that lives: the targets that evidence of this operator's death is about. Null: the whole cluster, where one operator
    /// serves it. One that can't be read now stays what it was.
    /// </summary>
    public static ImmutableSortedSet<TargetId>? Only(Draft draft, string name, ImmutableHashSet<string> dead, string key)
    {
        if (draft.Seen is not { } seen || (name.Length == 0 && draft.Panel.Signs.Shards.IsEmpty))
            return null;
        var only = ImmutableSortedSet.CreateBuilder<TargetId>();
        foreach (var view in seen.Targets.Values)
        {
            var serving = Serving(draft.Panel.Signs, seen, view);
            if (serving.Contains(name) && serving.All(s => s == name || dead.Contains(s)))
                only.Add(view.Id);
        }

        var before = draft.Panel.Standing(Cause.OperatorUnhealthy, key)?.Evidence[key].Only;
        only.UnionWith(before?.Where(seen.IsUnknown) ?? []);
        return only.ToImmutable();
    }

    /// <summary>"KEDA's operator" or, of one with a share, "KEDA's operator keda-system/keda-operator-a".</summary>
    public static string Called(string? name) => name is { Length: > 0 } ? $"KEDA's operator {name}" : "KEDA's operator";

    /// <summary>" It serves namespace a; …", for the page of one with a share; empty for KEDA as a whole.</summary>
    public static string ServesWords(Draft draft, Incident incident, Observation seen)
    {
        if (incident.Operator is not { } name || draft.Panel.Signs.Of(name).ItsShare() is not { } share)
            return "";
        var others = seen.Targets.Values
            .Select(v => (v.Id, By: Serving(draft.Panel.Signs, seen, v)))
            .Where(t => t.By.Contains(name) && !incident.Evidence.Values.Any(e => e.Covers(t.Id)))
            .Select(t => t.Id).ToList();
        var both = others.Count == 0 ? "" : $" {Words.Count(others.Count, "target")} of its share {(others.Count == 1 ? "has" : "have")} another operator too, which lives, and {(others.Count == 1 ? "is" : "are")} not moved: {List(others)}.";
        return $" It serves {share}, and nothing else is moved.{both}";
    }

    /// <summary>Who serves what, what nobody does, and what can't be told: for health.</summary>
    public static IEnumerable<string> Shares(ClusterSigns signs, Observation seen)
    {
        foreach (var untold in seen.SharesUntold)
            yield return untold;
        if (signs.Shards.IsEmpty)
            yield break;
        var served = seen.Targets.Values.Select(v => (v.Id, By: Serving(signs, seen, v))).ToList();
        foreach (var one in signs.Each())
        {
            var count = Words.Count(served.Count(t => t.By.Contains(one.Name)), "target");
            yield return one.Name.Length == 0
                ? $"KEDA's operator {seen.Operator.Namespace}/{seen.Operator.Deployment} serves {(seen.Operator.ServesAll ? "all namespaces" : "what no other's share has")}: {count}"
                : $"KEDA's operator {one.Name} serves {one.ItsShare()}{(one.Gone ? ", and its Deployment is gone" : "")}: {count}";
        }

        if (served.Where(t => t.By.IsEmpty).Select(t => t.Id).ToList() is { Count: > 0 } nobodys)
            yield return $"{Words.Count(nobodys.Count, "target")} in no operator's share, so nobody serves {(nobodys.Count == 1 ? "it" : "them")}: {List(nobodys)}";
        if (served.Where(t => t.By.Length > 1).Select(t => t.Id).ToList() is { Count: > 0 } twice)
            yield return $"{Words.Count(twice.Count, "target")} in the share of several operators, which work against each other: {List(twice)}";
    }

    private static string? Sign(ClusterSigns signs, ImmutableArray<string> serving, DateTimeOffset now)
    {
        string? first = null;
        foreach (var name in serving)
        {
            if (KedaHealth.OperatorSign(signs, signs.Of(name), now) is not { } sign)
                return null;
            first ??= sign;
        }

        return first;
    }

    private static string List(List<TargetId> ids) => string.Join(", ", ids.Take(Listed)) + (ids.Count > Listed ? $" and {ids.Count - Listed} more" : "");
}
