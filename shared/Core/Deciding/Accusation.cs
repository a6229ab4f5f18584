namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Which operator an alert about KEDA's operator means, where several have a share each: the one that its labels <c>namespace</c> and
/// <c>deployment</c> name, else every one that the probe has something against. An alert moves what that operator serves, and nothing else.
/// </summary>
internal static class Accusation
{
    /// <param name="draft">The decision in the making.</param>
    /// <param name="memory">The alert.</param>
    /// <param name="found">What it would be as evidence about the whole cluster.</param>
    /// <param name="agrees">By cause, what the probe sees of the same: filled for <see cref="AlertNotices"/>.</param>
    public static IEnumerable<Found> Of(Draft draft, AlertMemory memory, Found found, Dictionary<Cause, string?> agrees)
    {
        var signs = draft.Panel.Signs;
        var standing = draft.Panel.Incidents.Values.Where(i => i.Cause == found.Cause && !i.Left && i.Evidence.GetValueOrDefault(found.Key) is { Standing: true }).ToList();
        if (draft.Seen is not { } seen)
            return standing.Select(i => found with { Operator = i.Operator, Only = i.Evidence[found.Key].Only });
        var meant = Meant(memory.Alert, signs, seen);
        var accused = new List<(string Name, string Sign)>();
        foreach (var name in signs.Each().Select(o => o.Name).Union(standing.Select(i => i.Operator ?? ""), StringComparer.Ordinal))
        {
            if (standing.Exists(i => (i.Operator ?? "") == name))
                accused.Add((name, ""));
            else if (meant.Contains(name) && Sign(draft, seen, signs.Of(name)) is { } sign)
                accused.Add((name, sign));
        }

        // Of several alerts one that agrees is enough to say so.
        if (accused.Select(a => a.Sign).FirstOrDefault(s => s.Length > 0) is { } agreed)
            agrees[found.Cause] = agreed;
        var dead = Operators.Dead(draft).Union(accused.Select(a => a.Name));
        return accused.Select(a => (a.Sign.Length == 0 ? found : EvidenceFromAlerts.Agreed(draft, memory, found, a.Sign)) with
        {
            Operator = a.Name.Length == 0 ? null : a.Name,
            Only = Operators.Only(draft, a.Name, dead, found.Key),
        });
    }

    /// <summary>The names of those that the alert may be about: one Deployment may stand for several that are read as one operator.</summary>
    public static IReadOnlyList<string> Meant(AlertSignal alert, ClusterSigns signs, Observation seen)
    {
        var known = seen.Shards.Values.Prepend(seen.Operator).SelectMany(o => o.Deployments.Select(d => (o.Name, Deployment: d)))
            .Concat(signs.Shards.Values.Where(o => o.Gone).Select(o => (o.Name, Deployment: o.Name)));
        var named = known.Where(k => Named(alert, k.Deployment)).Select(k => k.Name).Distinct(StringComparer.Ordinal).ToList();
        return named.Count > 0 ? named : [.. signs.Each().Select(o => o.Name)];
    }

    private static bool Named(AlertSignal alert, string deployment)
    {
        var (ns, name) = (deployment.Split('/')[0], deployment.Split('/')[1]);
        return (alert.Deployment is not null || alert.Namespace is not null) && (alert.Deployment ?? name) == name && (alert.Namespace ?? ns) == ns;
    }

    private static string? Sign(Draft draft, Observation seen, OperatorSigns keda)
    {
        var signs = draft.Panel.Signs;
        if (KedaHealth.OperatorSign(signs, keda, draft.Now) is { } sign)
            return sign;
        return signs.Shards.IsEmpty
            ? KedaHealth.ManyHpasFail(draft.Panel, seen, draft.Policy) ? "too many of KEDA's HPAs can't get their external metrics" : null
            : KedaHealth.ManyHpasFail(draft.Panel, seen, draft.Policy, view => Operators.Serving(signs, seen, view).Contains(keda.Name))
                ? $"too many HPAs of {Operators.Called(keda.Name)} can't get their external metrics" : null;
    }
}
