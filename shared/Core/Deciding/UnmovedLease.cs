namespace Sophia.Keda.Reactor.Core;

/// <summary>A lease that was never seen moving is no reason to trip by itself, and too odd to be kept from people: they can look, we can't.</summary>
internal static class UnmovedLease
{
    private const string Key = "lease-unmoved";

    public static void Note(Draft draft)
    {
        if (draft.Seen is not { } seen || !draft.Policy.Enabled)
            return;
        foreach (var keda in seen.Shards.Values.Prepend(seen.Operator))
            Note(draft, keda, keda.Name.Length == 0 ? Key : $"{Key}/{keda.Name}");
        foreach (var key in draft.Panel.Notices.Keys.Where(key => key.StartsWith(Key + "/", StringComparison.Ordinal) && !seen.Shards.ContainsKey(key[(Key.Length + 1)..])))
            Notices.Resolve(draft, key, "Nothing hangs on that lease any more: its operator is gone, or has another share.");
    }

    private static void Note(Draft draft, OperatorView keda, string key)
    {
        var signs = draft.Panel.Signs.Of(keda.Name);
        var unmoved = keda.AvailableReplicas is > 0 ? KedaHealth.Unmoved(draft.Panel.Signs, signs, draft.Now) : null;
        if (unmoved is not var (lease, renewed, since))
        {
            Notices.Resolve(draft, key, signs.LeaseMoved
                ? $"The lease {signs.Lease} moves: from now on its standing still counts."
                : "Nothing hangs on that lease any more: it is gone, or the operator names another, or has no replica.");
            return;
        }

        if (draft.Now - since <= draft.Policy.UnhealthyFor || draft.Panel.Notices.ContainsKey(key))
            return;
        var (ns, name) = (lease.Split('/')[0], lease.Split('/')[1]);
        var holder = keda.LeaseHolder is { Length: > 0 } named ? named : "nobody that it names";
        draft.Audit(
            AuditKind.Decision,
            Reason.LeaseNeverMoved,
            $"The lease {lease} was last renewed {Words.Clock(renewed, draft.Now)} and never since the reactor looks: that alone trips nothing");
        Notices.Open(draft, key, Severity.Error, cause: null, "KEDA's lease does not move: hung, or left behind?", new NoticeWords
        {
            Happened = $"In cluster {draft.Policy.Cluster} the lease {lease}, which KEDA's operator {keda.Namespace}/{keda.Deployment} names, was last "
                + $"renewed {Words.Clock(renewed, draft.Now)}, by {holder}. The operator has {Words.Count(keda.AvailableReplicas!.Value, "available replica")}. "
                + "The lease was never seen moving: the operator hangs since before the reactor looked, or an earlier release left the lease behind.",
            Did = "Nothing was changed: what was never seen moving is no reason to trip by itself.",
            Next = $"The reactor looks again every {Words.Span(draft.Policy.HealthCheckInterval)}. When KEDA's HPAs get no external metric too, it trips for both.",
            YouMay = $"Look whether its holder runs and what it says: kubectl -n {ns} get lease {name} -o yaml; kubectl -n {keda.Namespace} get pods; "
                + $"kubectl -n {keda.Namespace} logs deployment/{keda.Deployment}. If it hangs: POST /api/breakers/trip with scope cluster. If the lease was left behind: kubectl -n {ns} delete lease {name}.",
        });
    }
}
