namespace Sophia.Keda.Reactor.Core;

/// <summary>Whether the cluster can be seen at all. Not seeing it is paged as blindness and is never evidence of anything else.</summary>
internal static class Sight
{
    private const string Key = "blind";

    public static void Note(Draft draft, string notSeenBecause)
    {
        if (draft.Seen is null)
            NotSeen(draft, notSeenBecause);
        else
            Seen(draft);
    }

    private static void NotSeen(Draft draft, string because)
    {
        var since = draft.Panel.BlindSince ?? draft.Now;
        draft.Panel = draft.Panel with { BlindSince = since };
        if (draft.Now - since < draft.Policy.BlindAfter || draft.Panel.Notices.ContainsKey(Key))
            return;
        var cluster = draft.Policy.Cluster;
        var open = draft.Panel.Incidents.Count;
        draft.Audit(AuditKind.Decision, Reason.Blind, $"The cluster could not be observed since {Words.Clock(since, draft.Now)}: {because}");
        Notices.Open(draft, Key, Severity.Error, cause: null, "Reactor is blind: the Kubernetes API does not answer", new NoticeWords
        {
            Happened = $"Cluster {cluster} could not be observed since {Words.Clock(since, draft.Now)}: {because}.",
            Did = "Nothing was changed in the cluster. Blindness alone never trips a breaker."
                + (open > 0 ? $" Open incidents stay as they are: {open}." : ""),
            Next = $"The reactor looks again every {Words.Span(draft.Policy.HealthCheckInterval)} and goes on where it stopped.",
            YouMay = "Check the API server, the network to it, and the reactor's token: GET /api/health says what it last saw.",
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
