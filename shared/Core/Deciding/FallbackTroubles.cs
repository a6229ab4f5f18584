namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// What is wrong with fallbacks that stand: told once for each target, and in one page for all that show it in the same look. A thousand
/// targets without a metrics API are one piece of news.
/// </summary>
internal static class FallbackTroubles
{
    private const int Listed = 10;

    /// <summary>An HPA acts first at its first sync, up to 15 s after creation; at its second it must be scaling.</summary>
    private static readonly TimeSpan SecondSync = TimeSpan.FromSeconds(45);

    private sealed record Trouble(Reason Reason, TrippedTarget Tripped, string Words);

    public static void Tell(Draft draft, Observation seen)
    {
        var found = new List<Trouble>();
        foreach (var tripped in draft.Panel.Targets.Values.Where(t => t.Phase != Phase.HandingBack))
        {
            if (seen.Targets.GetValueOrDefault(tripped.Id) is not { } view)
                continue;
            found.AddRange(((Trouble?[])[NotScaling(draft, tripped, view), AtZero(draft, tripped, view), Short(draft, tripped, view)]).OfType<Trouble>());
        }

        foreach (var trouble in found)
            draft.Audit(AuditKind.Decision, trouble.Reason, trouble.Words, trouble.Tripped.IncidentId, trouble.Tripped.Id);
        foreach (var kind in found.GroupBy(t => (t.Tripped.IncidentId, t.Reason)).Where(k => draft.Panel.Incidents.ContainsKey(k.Key.IncidentId)))
            Page(draft, kind.Key.IncidentId, kind.Key.Reason, [.. kind]);
    }

    private static void Page(Draft draft, string incident, Reason reason, IReadOnlyList<Trouble> troubles)
    {
        var which = troubles.Count == 1 ? $"Fallback of {troubles[0].Tripped.Id}" : $"{troubles.Count} fallbacks";
        var title = reason switch
        {
            Reason.FallbackNotScaling => $"{which} {(troubles.Count == 1 ? "does" : "do")} not scale",
            Reason.FallbackShort => $"{which} can't get the replicas {(troubles.Count == 1 ? "it wants" : "they want")}",
            _ => $"{which} {(troubles.Count == 1 ? "was" : "were")} scaled to 0 by somebody",
        };
        var rest = troubles.Count > Listed ? $" And {troubles.Count - Listed} more." : "";
        IncidentPages.News(draft, incident, reason == Reason.FallbackLeftAtZero ? Severity.Warning : Severity.Error, title, string.Join(" ", troubles.Take(Listed).Select(t => t.Words + ".")) + rest);
    }

    /// <summary>Replicas hold, and load may grow.</summary>
    private static Trouble? NotScaling(Draft draft, TrippedTarget tripped, TargetView view)
    {
        if (WatchOneInstead(draft, tripped, view))
            return null;
        if (tripped.ToldNotScaling
            || view.FallbackHpa is not { ScalingActive: { IsFalse: true, Reason: not "ScalingDisabled" } sign } hpa
            || draft.Now - hpa.CreatedAt < SecondSync || draft.Now - tripped.WatchedSince < SecondSync)
            return null;
        draft.Put(draft.Panel.Targets[tripped.Id] with { ToldNotScaling = true });
        return new(Reason.FallbackNotScaling, tripped, $"Fallback HPA {hpa.Name} of {tripped.Id} does not scale: {Words.With(sign.Reason, sign.Message)}; replicas hold at {view.Replicas?.Desired}");
    }

    /// <summary>
    /// Somebody whom no mark tells injects a container that asks for no CPU, into pods of which several containers do: the HPA itself names it, and
    /// from then on the first of the app's containers is watched.
    /// </summary>
    private static bool WatchOneInstead(Draft draft, TrippedTarget tripped, TargetView view)
    {
        if (tripped.Memory is not { Action: FallbackAction.Cpu, Container: null } || view.FallbackHpa is not { Container: null, ScalingActive: { IsFalse: true } sign }
            || WatchedContainer.MissedBy(sign.Message) is not { } missed
            || WatchedContainer.Of(view with { Injected = view.Injected.Add(new ContainerView(missed, HasCpuRequest: false)) }, containerMetrics: true) is not { Name: { } name } watched)
            return false;
        var memory = tripped.Memory with { Container = name, ContainerBecause = watched.Because };
        draft.Put(draft.Panel.Targets[tripped.Id] with { Memory = memory, WatchedSince = draft.Now });
        draft.Audit(AuditKind.Decision, Reason.FallbackWatchesContainer, $"{tripped.Id}: its fallback watches {Plan.Watched(memory)}", tripped.IncidentId, tripped.Id);
        return true;
    }

    /// <summary>An HPA does nothing at 0, and 0 may be what somebody wants: it is said, and not undone.</summary>
    private static Trouble? AtZero(Draft draft, TrippedTarget tripped, TargetView view)
    {
        if (tripped.ToldAtZero || view.FallbackHpa is null || view.Replicas is not { Desired: 0, Source: not ReplicaSource.Nobody })
            return null;

        // One that was idle stays there, or is on its way up.
        var others = Shortfall.SetByOthers(tripped.Memory, view);
        if (!others && (tripped.Memory.FromZero == 0 || Shortfall.CanBeKedas(tripped, draft.Now)))
            return null;
        draft.Put(draft.Panel.Targets[tripped.Id] with { ToldAtZero = true });
        return new(Reason.FallbackLeftAtZero, tripped, $"{view.Workload} of {tripped.Id} was scaled to 0 while on its fallback{(view.Replicas.SetBy is { } by ? $" by field manager {by.Manager}" : "")}; it is left there, and the fallback HPA does nothing at 0");
    }

    /// <summary>A quota that is used up does not mend itself; room for pods may be on its way (an autoscaler of nodes takes minutes).</summary>
    private static Trouble? Short(Draft draft, TrippedTarget tripped, TargetView view)
    {
        var now = view.Replicas is { } w && w.Available < w.Desired && view.Shortage.Length > 0;
        var known = draft.Panel.Targets[tripped.Id];
        var since = now ? known.ShortSince ?? draft.Now : (DateTimeOffset?)null;
        if (since != known.ShortSince)
            draft.Put(known = known with { ShortSince = since });
        var quota = view.Shortage.Contains("exceeded quota");
        if (since is null || known.ToldShort || (!quota && draft.Now - since < draft.Policy.UnhealthyFor))
            return null;
        draft.Put(known with { ToldShort = true });
        return new(Reason.FallbackShort, tripped, $"{view.Workload} of {tripped.Id} has {view.Replicas!.Available} of {view.Replicas.Desired} replicas available since {Words.Clock(since.Value, draft.Now)}: {view.Shortage}");
    }
}
