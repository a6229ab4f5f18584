using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Why one target of a batch did not come back; the words don't name it.</summary>
internal sealed record FailedTarget(TargetId Target, Reason Reason, string Words);

/// <summary>
/// A hand-back that failed. While KEDA itself shows no trouble it is the target's own matter, as an outlier's is in a load balancer: it goes
/// back on its fallback and last in the order, and the others go on. Several in one wave, or two canaries in a row, are no outliers any more.
/// </summary>
internal static class FailedHandback
{
    /// <summary>Canaries in a row whose failure is that of the recovery.</summary>
    private const int Canaries = 2;

    private const int Listed = 10;

    public static void Note(Draft draft, string incidentId, ImmutableArray<FailedTarget> failed)
    {
        if (Trouble(draft, failed) is { } trouble)
        {
            PuttingBack.Batch(draft, incidentId, failed[0].Reason, $"{Said(failed)}; and {trouble}", own: false);
            return;
        }

        var before = draft.Incident(incidentId);
        var stage = before.Recovery.Stage;
        var news = failed.Where(f => !before.Left && before.Members[f.Target].RetryAt is null).Select(f => f.Target).ToList();
        foreach (var one in failed)
            PutBack(draft, incidentId, one);
        var recovery = before.Recovery with
        {
            Batch = before.Recovery.Batch.RemoveAll(id => failed.Any(f => f.Target == id)),
            Failed = before.Recovery.Failed.Union(news.Where(before.Recovery.Batch.Contains)),
            InconclusiveSince = null,
        };
        Recovering.Enter(draft, before, recovery);
        var alone = Stragglers.Mark(draft, incidentId);
        if (stage == Stage.Canary)
            OfCanary(draft, incidentId, failed, news, alone);
        else if (stage == Stage.Wave && recovery.Failed.Count >= Waves.MostFailures(before.Recovery.Batch.Length + before.Recovery.Failed.Count))
            PuttingBack.Batch(draft, incidentId, failed[0].Reason, $"{recovery.Failed.Count} of one wave did not come back: {SaidOf(draft.Incident(incidentId), recovery.Failed)}", own: true);
        else
            Tell(draft, before, failed, alone, "");
    }

    /// <summary>What is wrong with KEDA itself, as far as it serves those that failed.</summary>
    private static string? Trouble(Draft draft, ImmutableArray<FailedTarget> failed) => draft.Seen is not { } seen ? null
        : failed.Select(f => Operators.Trouble(draft.Panel.Signs, seen, f.Target, draft.Now)).FirstOrDefault(trouble => trouble is not null);

    private static void OfCanary(Draft draft, string incidentId, ImmutableArray<FailedTarget> failed, List<TargetId> news, List<TargetId> alone)
    {
        var incident = draft.Incident(incidentId);
        var recovery = incident.Recovery;
        var others = Stragglers.Others(draft, incident, recovery.Failed.Contains);
        if (news.Count == 0)
        {
            // Known to stay away: no news of KEDA.
            Enter(Recovering.Eligible(draft, incident).IsEmpty ? Stage.Tripped : Stage.Verify);
            Tell(draft, incident, failed, alone, "");
        }
        else if (recovery.Failed.Count >= Canaries)
        {
            PuttingBack.Again(draft, incidentId, Stage.Cooldown, failed.Length, $"{recovery.Failed.Count} canaries in a row did not come back: {SaidOf(incident, recovery.Failed)}", own: true);
        }
        else if (!others.IsEmpty)
        {
            Enter(Stage.Verify);
            Tell(draft, incident, failed, alone, ": another goes first");
        }
        else if (alone.Count > 0)
        {
            Enter(Stage.Tripped);
            Tell(draft, incident, failed, alone, "");
        }
        else
        {
            PuttingBack.Again(draft, incidentId, Stage.Cooldown, failed.Length, Said(failed), own: true);
        }

        // KEDA was verified, and nothing speaks against it: one more good probe, and another may go.
        void Enter(Stage to) => Recovering.Enter(draft, incident, recovery with
        {
            Stage = to, Since = draft.Now, Batch = [], BatchBackAt = null, GoodProbes = Math.Max(0, draft.Policy.VerifyProbes - 1),
        });
    }

    private static void PutBack(Draft draft, string incidentId, FailedTarget one)
    {
        draft.SetMember(incidentId, one.Target, MemberState.Protected, one.Reason, one.Words);
        var incident = draft.Incident(incidentId);
        var member = incident.Members[one.Target];
        member = member with { Failures = member.Failures + 1, FailedAt = draft.Now };
        if (incident.Left || member.RetryAt is not null)
            member = Stragglers.Waiting(draft.Policy, one.Target, member, draft.Now);
        draft.Put(incident with { Members = incident.Members.SetItem(one.Target, member) });
        draft.Audit(AuditKind.Decision, one.Reason, $"{one.Target}: {one.Words}", incidentId, one.Target);
        draft.Audit(AuditKind.Decision, Reason.HandbackFailed, $"{one.Target} goes back on its fallback, alone ({Words.Count(member.Failures, "hand-back")} failed){Stragglers.Until(member, draft.Now)}", incidentId, one.Target);
    }

    /// <param name="draft">The decision in the making.</param>
    /// <param name="before">The incident as it was.</param>
    /// <param name="failed">Those that did not come back.</param>
    /// <param name="alone">Those of them that stay on their fallback alone from now on.</param>
    /// <param name="then">What follows, for the title.</param>
    private static void Tell(Draft draft, Incident before, ImmutableArray<FailedTarget> failed, List<TargetId> alone, string then)
    {
        var known = before.Left && failed.All(f => before.Members[f.Target].Reason == f.Reason);
        if (known || Stragglers.Only(draft.Incident(before.Id)))
            return; // tried in vain as before; or all that is left, which its own incident tells
        if (alone.Count > 0)
            Stragglers.Tell(draft, before.Id, alone);
        var once = failed.Where(f => !alone.Contains(f.Target)).ToImmutableArray();
        if (once.Length > 0)
            IncidentPages.News(draft, before.Id, Severity.Warning, $"{Named(once)} did not come back{then}", $"{Said(once)}. The evidence is about {(once.Length == 1 ? "it" : "them")} and not about KEDA: back on the fallback alone, and last in the order.");
    }

    private static string Named(ImmutableArray<FailedTarget> failed) => failed.Length == 1 ? $"{failed[0].Target}" : Words.Count(failed.Length, "target");

    private static string Said(ImmutableArray<FailedTarget> failed) => Cut(failed.Select(f => $"{f.Target}: {f.Words}").ToList());

    private static string SaidOf(Incident incident, IEnumerable<TargetId> targets) =>
        Cut(targets.Where(incident.Members.ContainsKey).Select(id => $"{id}: {incident.Members[id].Note}").ToList());

    internal static string Cut(List<string> all) => string.Join("; ", all.Take(Listed)) + (all.Count > Listed ? $"; and {all.Count - Listed} more" : "");
}
