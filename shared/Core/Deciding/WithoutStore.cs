using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Going on while the store is down: what is different then, and telling people.</summary>
internal static class WithoutStore
{
    private const string Key = "store-down";

    /// <summary>Several instances without a store between them must give one trouble one name, and so one page.</summary>
    private static readonly TimeSpan Bucket = TimeSpan.FromMinutes(10);

    /// <summary>With time, cause and the suffix of what is left it must fit the 100 characters that marks may name an incident by.</summary>
    private const int LongestName = 40;

    public static void Note(Draft draft)
    {
        if (draft.StoreDownSince is not { } since)
        {
            Notices.Resolve(draft, Key, "The store can be used again; what was decided without it is in the audit trail.");
            return;
        }

        if (draft.Now - since < draft.Policy.BlindAfter || draft.Panel.Notices.ContainsKey(Key))
            return;
        draft.Audit(AuditKind.Decision, Reason.StoreDown, $"The store can't be used since {Words.Clock(since, draft.Now)}: alerts are refused, nothing is handed back");
        Notices.Open(draft, Key, Severity.Critical, cause: null, "Reactor can't use its store", new NoticeWords
        {
            Happened = $"The store of cluster {draft.Policy.Cluster} can't be used since {Words.Clock(since, draft.Now)}.",
            Did = "Alerts and orders are answered with 503 and must be sent again. Workloads on their fallback stay there.",
            Next = "A dead operator or metrics server still trips: the probe goes on from memory. Recovery waits until the store is back.",
            YouMay = "Check the store: GET /api/health says what is wrong with it.",
        }, dedupKey: DedupKey(draft.Policy));
    }

    /// <summary>The same for all instances and for ever: whoever finds the store well closes what another paged and did not live to close.</summary>
    private static string DedupKey(Policy policy) => $"sophia-keda-reactor/{policy.Cluster}/{Key}";

    /// <summary>
    /// Nobody saved anything for so long that an instance may have paged that the store is down, from its memory, and ended since. What it said
    /// only the pagers know: to be asked by a process that begins.
    /// </summary>
    internal static ImmutableArray<Page> OfThoseWhoEnded(Panel stored, Policy policy, DateTimeOffset now)
    {
        if (stored is not { BlindSince: null, LastProbeAt: { } last } || now - last < policy.BlindAfter || !policy.OnTrip.Contains(TripAction.SendAlert))
            return [];
        return
        [
            new Page
            {
                Id = $"{DedupKey(policy)}#{now.UtcDateTime:yyyyMMddTHHmmss}",
                Kind = PageKind.Resolve,
                DedupKey = DedupKey(policy),
                Cluster = policy.Cluster,
                Severity = Severity.Info,
                At = now,
                Title = $"{IncidentPages.Over}Reactor can't use its store",
                Happened = $"The store can be used. No reactor wrote to it for {Words.Span(now - last)}: none ran, or it was down, and one that said so may have ended since.",
                Did = "Nothing was changed in the cluster for this.",
                Next = "Nothing.",
            },
        ];
    }

    /// <summary>An incident's id: a function of cause, operator and time alone while there is no store. Orders of the same second are numbered.</summary>
    public static string IdOf(Draft draft, Cause cause, string? @operator)
    {
        var what = Causes.Slug(cause) + Named(@operator);
        return draft.StoreDownSince is null
            ? Free(draft, $"{draft.Now.UtcDateTime:yyyyMMdd-HHmmss}-{what}")
            : $"{new DateTime(draft.Now.UtcTicks - draft.Now.UtcTicks % Bucket.Ticks):yyyyMMdd-HHmm}-{what}{(@operator is null ? "" : "-" + FallbackName.HashOf(@operator))}";
    }

    /// <summary>"-keda-system-keda-operator-a": marks in the cluster take letters, digits and dashes, and not many. Another of that name is numbered.</summary>
    private static string Named(string? name) => name is null ? "" : "-" + (name.Length <= LongestName ? name : name[..LongestName]).Replace('/', '-').Replace('.', '-');

    private static string Free(Draft draft, string id)
    {
        var free = id;
        for (var number = 2; draft.Panel.Incidents.ContainsKey(free); number++)
            free = $"{id}-{number}";
        return free;
    }

    /// <summary>Only what concerns the whole cluster is worth acting on without a memory of what came before.</summary>
    public static bool Counts(Draft draft, Cause cause) => draft.StoreDownSince is null || Causes.ScopeOf(cause) == Scope.Cluster;
}
