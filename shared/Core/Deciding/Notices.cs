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
        var dedup = $"sophia-keda-reactor/{draft.Policy.Cluster}/{key}/{draft.Now.UtcDateTime:yyyyMMddTHHmmss}";
        var notice = new Notice { DedupKey = dedup, Since = draft.Now, Title = title, Severity = severity, Cause = cause };
        draft.Panel = draft.Panel with { Notices = draft.Panel.Notices.Add(key, notice) };
        draft.Say(new Page
        {
            Id = dedup + "#1",
            Kind = PageKind.Trigger,
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

    public static void Resolve(Draft draft, string key, string happened)
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
            Title = IncidentPages.Over + notice.Title,
            Happened = happened,
            Did = "Nothing was changed in the cluster for this.",
            Next = "Nothing.",
        });
    }
}
