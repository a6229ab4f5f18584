namespace Sophia.Keda.Reactor.Core;

/// <summary>The plain words of a notice.</summary>
internal sealed record NoticeWords
{
    public required string Happened { get; init; }

    public required string Did { get; init; }

    public required string Next { get; init; }

    public required string YouMay { get; init; }
}

/// <summary>Pages that belong to no incident: one trigger, one resolve, one dedup key.</summary>
internal static class Notices
{
    public static void Open(Draft draft, string key, Severity severity, Cause? cause, string title, NoticeWords words)
    {
        if (draft.Panel.Notices.ContainsKey(key))
            return;
        Say(draft, key, severity, cause, title, words);
    }

    /// <summary>Opens it, or says it anew under the same dedup key.</summary>
    public static void Say(Draft draft, string key, Severity severity, Cause? cause, string title, NoticeWords words)
    {
        var open = draft.Panel.Notices.GetValueOrDefault(key);
        var dedup = open?.DedupKey ?? $"sophia-keda-reactor/{draft.Policy.Cluster}/{key}/{draft.Now.UtcDateTime:yyyyMMddTHHmmss}";
        var notice = new Notice { DedupKey = dedup, Since = open?.Since ?? draft.Now, Title = title, Severity = severity, Cause = cause };
        draft.Panel = draft.Panel with { Notices = draft.Panel.Notices.SetItem(key, notice) };
        draft.Say(new Page
        {
            Id = open is null ? dedup + "#1" : $"{dedup}#{draft.Now.UtcDateTime:yyyyMMddTHHmmss.fff}",
            Kind = open is null ? PageKind.Trigger : PageKind.Update,
            DedupKey = dedup,
            Cluster = draft.Policy.Cluster,
            Severity = severity,
            Cause = cause,
            At = draft.Now,
            Title = title,
            Happened = words.Happened,
            Did = words.Did,
            Next = words.Next,
            YouMay = words.YouMay,
        });
    }

    public static void Resolve(Draft draft, string key, string happened, string did = "Nothing was changed in the cluster for this.")
    {
        if (!draft.Panel.Notices.TryGetValue(key, out var notice))
            return;
        draft.Panel = draft.Panel with { Notices = draft.Panel.Notices.Remove(key) };
        draft.Say(new Page
        {
            Id = notice.DedupKey + "#2",
            Kind = PageKind.Resolve,
            DedupKey = notice.DedupKey,
            Cluster = draft.Policy.Cluster,
            Severity = Severity.Info,
            Cause = notice.Cause,
            At = draft.Now,
            Title = "Over: " + notice.Title,
            Happened = happened,
            Did = did,
            Next = "Nothing.",
        });
    }
}
