namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Evidence that returns soon after its incident closed: the recovery has failed, only later than its gates could see. It is the same
/// incident again, with its id, its key and its failed attempts, so that the next try waits longer and people see one story.
/// </summary>
internal static class Reopening
{
    /// <summary>As long as a canary is watched by default: what fails later than that has failed anew.</summary>
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(5);

    /// <summary>Of each cause the latest that gave something back to KEDA: without that nothing can have failed.</summary>
    public static void Remember(Draft draft, Incident closed)
    {
        if (closed.Cause != Cause.Manual && !closed.Left && closed.Members.Values.Any(m => m.State == MemberState.HandedBack))
            draft.Panel = draft.Panel with { RecentlyClosed = draft.Panel.RecentlyClosed.SetItem(Key(closed.Cause, closed.Operator), closed) };
    }

    public static void Forget(Draft draft)
    {
        foreach (var (cause, closed) in draft.Panel.RecentlyClosed)
            if (draft.Now - closed.ClosedAt > Within)
                draft.Panel = draft.Panel with { RecentlyClosed = draft.Panel.RecentlyClosed.Remove(cause) };
    }

    private static string Key(Cause cause, string? @operator) => @operator is null ? Causes.Slug(cause) : $"{Causes.Slug(cause)}/{@operator}";

    /// <summary>
    /// The incident that this evidence reopens, open again; null when it is a new one. Without a store it is: other instances may not know of
    /// the closed one, and one trouble would have two names.
    /// </summary>
    public static Incident? Of(Draft draft, Found found)
    {
        var cause = Key(found.Cause, found.Operator);
        if (found.Source == EvidenceSource.Human || draft.StoreDownSince is not null || !draft.Panel.RecentlyClosed.TryGetValue(cause, out var closed))
            return null;
        if (!closed.Members.Any(m => m.Value.State == MemberState.HandedBack && found.Reaches(m.Key)))
            return null;
        var incident = closed with
        {
            ClosedAt = null,
            WasOverAt = closed.ClosedAt,
            ReopenedAt = draft.Now,
            AskedAbout = [],
            AcknowledgedBy = null,
            HumanAskedAt = null,
            Hold = ManualRecovery.FromStart(draft, found.Cause),
            Recovery = new Recovery { Stage = Stage.Tripped, Since = draft.Now },
        };
        draft.Panel = draft.Panel with { RecentlyClosed = draft.Panel.RecentlyClosed.Remove(cause) };
        draft.Put(incident);
        draft.Audit(
            AuditKind.Decision,
            Reason.IncidentReopened,
            $"Incident reopened, {Words.Span(draft.Now - closed.ClosedAt!.Value)} after it closed: {found.What}",
            incident.Id,
            facts: [("cause", Causes.Slug(found.Cause)), ("closed", $"{closed.ClosedAt:O}"), ("since", $"{found.Since:O}")]);
        return incident;
    }
}
