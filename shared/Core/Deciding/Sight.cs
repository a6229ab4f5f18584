namespace Sophia.Keda.Reactor.Core;

/// <summary>Whether the cluster can be seen at all. Not seeing it is paged as blindness and is never evidence of anything else.</summary>
internal static class Sight
{
    private const string Key = "blind";

    /// <param name="draft">The decision.</param>
    /// <param name="notSeenBecause">Why the cluster was not seen.</param>
    /// <param name="notServed">Set when it is because ScaledObjects are not served.</param>
    public static void Note(Draft draft, string notSeenBecause, Registration? notServed)
    {
        if (draft.Seen is null)
            NotSeen(draft, notSeenBecause, notServed);
        else
            Seen(draft);
    }

    private static void NotSeen(Draft draft, string because, Registration? notServed)
    {
        var since = draft.Panel.BlindSince ?? draft.Now;
        draft.Panel = draft.Panel with { BlindSince = since };
        if (draft.Now - since < draft.Policy.BlindAfter || draft.Panel.Notices.ContainsKey(Key))
            return;
        var cluster = draft.Policy.Cluster;
        var open = draft.Panel.Incidents.Count;
        draft.Audit(AuditKind.Decision, Reason.Blind, $"The cluster could not be observed since {Words.Clock(since, draft.Now)}: {because}");
        var (title, youMay) = notServed is null
            ? ("Reactor is blind: the Kubernetes API does not answer", "Check the API server, the network to it, and the reactor's token: GET /api/health says what it last saw.")
            : ("Reactor is blind: KEDA's ScaledObjects are not served", KedaRegistry.GivenBack(notServed)
                + " What the CustomResourceDefinition held went with it: ScaledObjects come back from where they are kept (Git, a backup). Workloads keep their replicas until then, and nobody scales them.");
        Notices.Open(draft, Key, notServed is not null && draft.Panel.Signs.SeenAlive.ContainsKey(notServed.Key) ? Severity.Critical : Severity.Error, cause: null, title, new NoticeWords
        {
            Happened = $"Cluster {cluster} could not be observed since {Words.Clock(since, draft.Now)}: {because}.",
            Did = "Nothing was changed in the cluster. Blindness alone never trips a breaker."
                + (open > 0 ? $" Open incidents stay as they are: {open}." : ""),
            Next = $"The reactor looks again every {Words.Span(draft.Policy.HealthCheckInterval)} and goes on where it stopped.",
            YouMay = youMay,
        });
    }

    private static void Seen(Draft draft)
    {
        if (draft.Panel.BlindSince is { } since)
        {
            draft.Audit(
                AuditKind.Decision,
                Reason.SightRegained,
                $"The cluster is observed again after {Words.Span(draft.Now - since)}; all counts of lasting trouble start anew.");
            Notices.Resolve(draft, Key, $"The cluster is observed again after {Words.Span(draft.Now - since)}.");
            draft.Panel = draft.Panel with { BlindSince = null };
        }
    }
}
