namespace Sophia.Keda.Reactor.Core;

/// <summary>The plain words of a notice.</summary>
internal sealed record NoticeWords
{
    public required string Happened { get; init; }

    public required string Did { get; init; }

    public required string Next { get; init; }

    public required string YouMay { get; init; }
}

/// <summary>Pages that belong to no incident: one trigger, updates where more of the same comes, one resolve, one dedup key.</summary>
internal static class Notices
{
    /// <param name="alerts">How many alerts it tells of.</param>
    /// <param name="dedupKey">Null: one of its own for each time that it opens.</param>
    public static void Open(Draft draft, string key, Severity severity, Cause? cause, string title, NoticeWords words, int alerts = 0, string? dedupKey = null)
    {
        if (draft.Panel.Notices.ContainsKey(key))
            return;
        var dedup = dedupKey ?? $"sophia-keda-reactor/{draft.Policy.Cluster}/{key}/{draft.Now.UtcDateTime:yyyyMMddTHHmmss}";
        var notice = new Notice { DedupKey = dedup, Since = draft.Now, Title = title, Severity = severity, Cause = cause, Alerts = alerts };
        draft.Panel = draft.Panel with { Notices = draft.Panel.Notices.Add(key, notice) };
        Page(draft, notice, PageKind.Trigger, words);
    }

    /// <summary>Opens it, or says it anew under the same dedup key.</summary>
    public static void Say(Draft draft, string key, Severity severity, Cause? cause, string title, NoticeWords words)
    {
        if (draft.Panel.Notices.ContainsKey(key))
            Add(draft, key, title, words, alerts: 0);
        else
            Open(draft, key, severity, cause, title, words);
    }

    /// <summary>More of the same: said under the same key, so that nobody is called anew.</summary>
    public static void Add(Draft draft, string key, string title, NoticeWords words, int alerts)
    {
        var known = draft.Panel.Notices[key];
        var notice = known with { Title = title, Alerts = alerts, ToldAt = draft.Now, Pages = known.Pages + 1 };
        draft.Panel = draft.Panel with { Notices = draft.Panel.Notices.SetItem(key, notice) };
        Page(draft, notice, PageKind.Update, words);
    }

    private static void Page(Draft draft, Notice notice, PageKind kind, NoticeWords words) => draft.Say(new Page
    {
        Id = draft.Panel.PageId(notice.DedupKey, notice.Pages),
        Kind = kind,
        DedupKey = notice.DedupKey,
        Cluster = draft.Policy.Cluster,
        Severity = notice.Severity,
        Cause = notice.Cause,
        At = draft.Now,
        Title = notice.Title,
        Happened = words.Happened,
        Did = words.Did,
        Next = words.Next,
        YouMay = words.YouMay,
    });

    public static void Resolve(Draft draft, string key, string happened, string did = "Nothing was changed in the cluster for this.")
    {
        if (!draft.Panel.Notices.TryGetValue(key, out var notice))
            return;
        draft.Panel = draft.Panel with { Notices = draft.Panel.Notices.Remove(key) };
        draft.Say(new Page
        {
            Id = draft.Panel.PageId(notice.DedupKey, notice.Pages + 1),
            Kind = PageKind.Resolve,
            DedupKey = notice.DedupKey,
            Cluster = draft.Policy.Cluster,
            Severity = Severity.Info,
            Cause = notice.Cause,
            At = draft.Now,
            Title = IncidentPages.Over + notice.Title,
            Happened = happened,
            Did = did,
            Next = "Nothing.",
        });
    }
}
