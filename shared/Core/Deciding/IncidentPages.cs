using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>The pages of an incident: what happened, what the reactor did, what it does next and when, what the human may do.</summary>
internal static class IncidentPages
{
    /// <summary>What the title of the last page begins with.</summary>
    public const string Over = "Over: ";

    public static void Tripped(Draft draft, string incidentId, Observation seen)
    {
        var incident = draft.Incident(incidentId) with { TripTold = true };
        draft.Put(incident);
        var wanted = incident.Members.Where(m => m.Value.State == MemberState.Protected).Select(m => m.Key).ToList();
        var there = wanted.Where(id => draft.Panel.Targets.GetValueOrDefault(id) is { } t && t.IncidentId != incidentId).ToList();
        var moved = wanted.Count - there.Count;
        if (moved == 0 && there.Count > 0 && there.TrueForAll(id => draft.Panel.Targets[id].Phase == Phase.OnFallback))
            draft.Put(incident = incident with { FallbackInPlaceAt = draft.Now }); // this page says it already
        var alone = incident.Members.Where(m => m.Value.State == MemberState.LeftAlone).ToList();
        var happened = $"{incident.WhyThen(draft.Now)}.{Operators.ServesWords(draft, incident, seen)}";
        if (alone.Count > 0)
            happened += $" {Words.Count(alone.Count, "target")} left alone: {string.Join("; ", alone.Select(a => $"{a.Key}: {a.Value.Note}"))}.";
        if (draft.Panel.Suppressed.Where(s => s.Key.StartsWith($"spared/{incidentId}/", StringComparison.Ordinal)).Select(s => s.Value).ToList() is { Count: > 0 } spared)
            happened += $" In maintenance, and not moved: {string.Join("; ", spared.Select(s => $"{s.What} ({s.Window})"))}.";
        var jobs = incident.Operator is { } keda ? seen.Shards.GetValueOrDefault(keda)?.ScaledJobs ?? [] : seen.ScaledJobs;
        if (jobs.Length > 0 && Causes.ScopeOf(incident.Cause) == Scope.Cluster)
            happened += $" Unprotected, because ScaledJobs are never changed: {string.Join(", ", jobs)}.";
        if (seen.ResourceMetrics is false && moved > 0)
            happened += " metrics.k8s.io does not answer: the fallback HPAs keep their least replicas and can't scale on CPU until it does.";
        happened += CronsUnread.Among(draft, wanted);
        var did = draft.Policy.ObserveOnly
            ? $"Observe-only: nothing is written. It would have moved {Words.Count(moved, "workload")} to a fallback."
            : draft.Panel.WritesStop is not null
                ? $"Decided: {Words.Count(moved, "workload")} to a fallback. It is not carried out now."
            : moved == 0
                ? $"Nothing was changed in the cluster.{Already(there.Count)}"
                : $"Moving {Words.Count(moved, "workload")} now: pause the ScaledObject, delete KEDA's HPA, apply the fallback. An update says when it is in place.{Already(there.Count)}";
        var what = moved > 0 ? $"{Words.Count(moved, "workload")} to fallback"
            : there.Count > 0 ? $"{Words.Count(there.Count, "workload")} on fallback already"
            : alone.Count > 0 ? $"nothing moved, {Words.Count(alone.Count, "target")} left alone"
            : "nothing moved";
        var title = (draft.Policy.ObserveOnly ? "[observe-only] " : "") + $"{Title(incident)}: {what}";
        Say(draft, incident, PageKind.Trigger, InOthersHands(incident) ? Severity.Warning : SeverityOf(incident), title, happened, did);
    }

    /// <summary>True when each of its targets is in somebody's hands already, who paused it, opted it out or has an HPA of his own on it.</summary>
    private static bool InOthersHands(Incident incident) => Causes.ScopeOf(incident.Cause) == Scope.Target && !incident.Members.IsEmpty
        && incident.Members.Values.All(m => m is
        {
            State: MemberState.LeftAlone,
            Reason: Reason.TargetLeftAlonePausedByOthers or Reason.TargetLeftAloneOptedOut or Reason.TargetLeftAloneForeignHpa or Reason.TargetLeftAloneDeleting,
        });

    private static string Already(int count) => count switch
    {
        0 => "",
        1 => " 1 is on its fallback already for another incident, and goes back when both allow it.",
        _ => $" {count} are on their fallback already for other incidents, and go back when all of them allow it.",
    };

    /// <summary>Said again although it may have been said before: pages that the lost store still held are lost with it.</summary>
    public static void Rebuilt(Draft draft, string incidentId, int found)
    {
        var incident = draft.Incident(incidentId);
        Say(
            draft,
            incident,
            PageKind.Trigger,
            SeverityOf(incident),
            $"{Title(incident)}: known again after a loss of the store",
            $"{incident.WhyThen(draft.Now)}. The store does not know this incident of {Words.Clock(incident.OpenedAt, draft.Now)}; {Words.Count(found, "target")} in the cluster carry its signed marks.",
            "The incident was rebuilt from them. No workload was changed for that.");
    }

    public static void InPlace(Draft draft, string incidentId)
    {
        var incident = draft.Incident(incidentId);

        // The latest of them may have been put back, or have joined, long after the incident opened.
        var decided = incident.Members.Values.Where(m => m.State == MemberState.Protected).Max(m => m.Since);
        var failed = incident.Members.Where(m => m.Value is { State: MemberState.Protected, FailedAt: not null }).Select(m => $"{m.Key} did not come back: {m.Value.Note}").ToList();
        var gone = Gone(incident, draft.Now);
        var where = InPlaceWords.Of(draft, incident, draft.Now - decided);
        Say(
            draft,
            incident,
            PageKind.Update,
            gone.Length == 0 || SeverityOf(incident) < Severity.Error ? SeverityOf(incident) : Severity.Error,
            $"{Title(incident)}: {where.Title}",
            (gone.Length == 0 ? $"{incident.WhyThen(draft.Now)}." : $"{(failed.Count > 0 ? $"{FailedHandback.Cut(failed)}." : "")}{gone}".TrimStart())
                + CronsUnread.Among(draft, incident.Members.Where(m => m.Value.State == MemberState.Protected).Select(m => m.Key)),
            string.Join(' ', new[] { where.Did, Capacities.Say(draft, incident) }.Where(part => part.Length > 0)));
    }

    /// <summary>Targets that came to an open incident, and those that the blast radius keeps out of it.</summary>
    public static void Joined(Draft draft, string incidentId, ImmutableSortedDictionary<TargetId, Member> before)
    {
        var incident = draft.Incident(incidentId);
        var changed = incident.Members.Where(m => before.GetValueOrDefault(m.Key) is not { } old || old.State != m.Value.State).ToList();
        var moved = changed.Where(m => m.Value is { State: MemberState.Protected, Reason: Reason.TargetTripped }).Select(m => m.Key).ToList();
        var alone = changed.Where(m => m.Value is { State: MemberState.LeftAlone, Reason: Reason.TargetLeftAloneBlastRadius }).Select(m => $"{m.Key} is left alone: {m.Value.Note}").ToList();
        if (moved.Count + alone.Count == 0)
            return;
        var would = draft.Policy.ObserveOnly ? "would move" : moved.Count == 1 ? "moves" : "move";
        var why = incident.Evidence.Values.Where(e => e.Standing && e.Since >= incident.OpenedAt).Select(e => e.What).Append(incident.Why).First();
        News(
            draft,
            incidentId,
            SeverityOf(incident),
            moved.Count > 0 ? $"{Words.Count(moved.Count, "more workload")} to fallback" : $"{Words.Count(alone.Count, "more target")} left alone",
            string.Join(" ", [$"{why}.", .. moved.Count > 0 ? [$"{string.Join(", ", moved)} {would} to the fallback too."] : Array.Empty<string>(), .. alone.Select(a => a + ".")]),
            incident.Recovery.Stage == Stage.Tripped || moved.Count == 0 ? null : Beside(draft, incident, moved));
    }

    /// <summary>What comes to an incident that is on its way back does not go along: it has a next step of its own.</summary>
    private static string Beside(Draft draft, Incident incident, List<TargetId> joined)
    {
        var own = NextStep.Of(draft.Panel, incident, draft.Policy, draft.Now, joined[0]).Words;
        var others = NextStep.Of(draft.Panel, incident, draft.Policy, draft.Now).Words;
        return own == others ? $"{own}." : $"{string.Join(", ", joined)}: {own}. The others: {others}.";
    }

    /// <summary>" What began it is gone since 02:14:05Z: …", or nothing while some of its evidence stands.</summary>
    public static string Gone(Incident incident, DateTimeOffset now) => !incident.Left && Outage.EndOf(incident) is not null ? $" What began it is {WhyNow.Of(incident, now)}." : "";

    /// <summary>What was left on its fallback by an incident that is over for the others.</summary>
    public static void Left(Draft draft, string incidentId, ImmutableArray<TargetId> targets, bool isNew)
    {
        var incident = draft.Incident(incidentId);
        var said = FailedHandback.Cut([.. targets.Select(id => $"{id} did not come back {incident.Members[id].Failures} times: {incident.Members[id].Note}{Stragglers.Until(incident.Members[id], draft.Now)}")]);
        Say(
            draft,
            incident,
            isNew ? PageKind.Trigger : PageKind.Update,
            Severity.Error,
            $"{Title(incident)}: {(targets.Length == 1 ? $"{targets[0]}{(isNew ? "" : " too")}" : Words.Count(targets.Length, isNew ? "workload" : "more workload"))}",
            $"{incident.Why}: {said}.",
            $"{(targets.Length == 1 ? "It stays" : "They stay")} on the fallback; the others are back with KEDA, and their incident is over.",
            youMay: $"{Stragglers.Mend} {YouMay(draft, incident)}");
    }

    /// <summary>News of an open incident.</summary>
    public static void News(Draft draft, string incidentId, Severity severity, string title, string happened, string? next = null)
    {
        var incident = draft.Incident(incidentId);
        var back = incident.Members.Values.Count(m => m.State == MemberState.HandedBack);
        var away = incident.Members.Values.Count(m => m.State == MemberState.Protected);
        Say(draft, incident, PageKind.Update, severity, $"{Title(incident)}: {title}", happened, $"{away} on fallback, {back} given back to KEDA so far.", next);
    }

    /// <summary>Somebody took it over: whoever else was paged can go back to sleep.</summary>
    public static void Acknowledged(Draft draft, string incidentId, string by, string reason)
    {
        var incident = draft.Incident(incidentId);
        if (incident.Pages > 0) // Else nobody was told of it, and there is nothing to take over.
            Say(draft, incident, PageKind.Acknowledge, Severity.Info, $"{Title(incident)}: acknowledged by {by}", $"{by} acknowledged it: {reason}.", "Nothing was changed for that; nobody else is called.");
    }

    /// <summary>Said again, with what is to be done: nobody has acknowledged it.</summary>
    public static void StillNeedsHuman(Draft draft, string incidentId, string why, string what)
    {
        var incident = draft.Incident(incidentId);
        Say(
            draft,
            incident,
            PageKind.Update,
            SeverityOf(incident),
            $"{Title(incident)}: a human is still needed",
            $"It began {Words.Clock(incident.OpenedAt, draft.Now)}: {incident.Why}{(Outage.EndOf(incident) is { } end && !incident.Left ? $" ({Outage.Over(incident)} since {Words.Clock(end, draft.Now)})" : "")}. A human is needed: {why}.",
            "It was said before and nobody has acknowledged it: so it is said again, until somebody does or it is over.",
            youMay: $"{what} Take it over, and it is not said again: POST /api/incidents/{incident.Id}/ack. See why: GET /api/incidents/{incident.Id}");
    }

    public static void Closed(Draft draft, string incidentId)
    {
        var incident = draft.Incident(incidentId);
        var given = incident.Members.Where(m => m.Value.State == MemberState.HandedBack).Select(m => m.Key).ToList();
        var kept = given.Count(draft.Panel.Targets.ContainsKey);
        if (incident.Pages == 0)
        {
            Say(draft, incident, PageKind.Trigger, SeverityOf(incident), Title(incident), $"{incident.WhyThen(draft.Now)}.", "Nothing was changed: the cluster could not be seen.");
            incident = draft.Incident(incidentId);
        }

        var kind = draft.Policy.OnRecovery.Contains(RecoveryAction.ClearAlert) ? PageKind.Resolve : PageKind.Update;
        Say(
            draft,
            incident,
            kind,
            Severity.Info,
            Over + Title(incident),
            $"It began {Words.Clock(incident.OpenedAt, draft.Now)} and lasted {Words.Span(draft.Now - incident.OpenedAt)}{Outage.Share(incident)}: {incident.Why}.",
            draft.Policy.ObserveOnly
                ? "Observe-only: nothing was written."
                : $"Back with KEDA, without a fallback HPA or a mark of ours: {Words.Count(given.Count - kept, "workload")}."
                    + (kept > 0 ? $" Another incident keeps {kept} on the fallback." : ""),
            next: kept == 0 ? "Nothing: KEDA scales as before." : "Nothing under this page: what is still on the fallback goes back when the other incident allows it.",
            youMay: $"Read the whole story: GET /api/audit?incident={incident.Id}");
    }

    private static void Say(Draft draft, Incident incident, PageKind kind, Severity severity, string title, string happened, string did, string? next = null, string? youMay = null)
    {
        var number = incident.Pages + 1;
        var told = number == 1 ? PageKind.Trigger : kind == PageKind.Trigger ? PageKind.Update : kind;
        if (incident.WasOverAt is { } over)
        {
            // Whoever was told that it is over is called again, by the same conditions as at first.
            told = PageKind.Trigger;
            severity = severity > SeverityOf(incident) ? severity : SeverityOf(incident);
            title = $"Reopened: {title}";
            happened = $"It was over {Words.Clock(over, draft.Now)}, and came back {Words.Span(draft.Now - over)} later. {happened}";
        }

        draft.Put(draft.Incident(incident.Id) with { Pages = number, WasOverAt = null });
        var (words, at) = NextStep.Of(draft.Panel, draft.Incident(incident.Id), draft.Policy, draft.Now);
        draft.Say(new Page
        {
            Id = draft.Panel.PageId(incident.DedupKey, number),
            Kind = told,
            DedupKey = incident.DedupKey,
            IncidentId = incident.Id,
            Cluster = incident.Cluster,
            Severity = severity,
            Cause = incident.Cause,
            At = draft.Now,
            Title = title,
            Happened = happened,
            Did = did,
            Next = next ?? string.Join(' ', new[] { words + ".", Applying.ToSome(draft.Panel, draft.Policy, draft.Incident(incident.Id), draft.Now) }.Where(part => part.Length > 0)),
            NextAt = next is null ? at : null,
            YouMay = youMay ?? YouMay(draft, draft.Incident(incident.Id)),
            Targets = TargetLines(draft, draft.Incident(incident.Id)),
        });
    }

    /// <summary>Only orders that would be taken: nothing can be given back that was not moved, and none while KEDA could not take it.</summary>
    private static string YouMay(Draft draft, Incident incident)
    {
        var why = $"See why: GET /api/incidents/{incident.Id}, and of one target GET /api/breakers/NAMESPACE/NAME/why";
        var orders = new List<string>();
        if (incident is { Cause: Cause.MetricsServerUnavailable, Left: false } && draft.Panel.Signs is { MetricsGiveBack: { Length: > 0 } giveBack } signs)
            orders.Add($"Make it KEDA's again: {giveBack}{(signs.MetricsTaken is null ? "" : " (and have whoever took it stop, or it is taken again)")}.");
        if (incident.Hold is not null)
            orders.Add($"Let it go on: POST /api/incidents/{incident.Id}/release.");
        else if (Recovering.AnyProtected(incident))
            orders.Add($"Stop recovery: POST /api/incidents/{incident.Id}/hold.");
        if (Recovering.AnyProtected(incident) && !incident.ObserveOnly)
        {
            var ill = Operators.Trouble(draft, incident) is not null;
            orders.Add($"Give back {(incident.Hold is null ? "sooner" : "by hand")}{(ill ? ", once KEDA is well" : "")}: POST /api/breakers/reset with scope incident, incident {incident.Id}.");
            orders.Add("More replicas meanwhile: POST /api/breakers/trip with min.");
        }

        return string.Join(' ', orders.Append(why));
    }

    private static ImmutableArray<string> TargetLines(Draft draft, Incident incident) =>
    [
        .. incident.Members.Select(m => m.Value.State switch
        {
            MemberState.LeftAlone when m.Value.Reason == Reason.PutBackOnFallback => $"{m.Key}: {m.Value.Note}",
            MemberState.LeftAlone => $"{m.Key}: left alone, {m.Value.Note}",
            MemberState.HandedBack => $"{m.Key}: {(draft.Panel.Targets.ContainsKey(m.Key) ? "going back to KEDA" : "back with KEDA")}",
            _ => draft.Panel.Targets.TryGetValue(m.Key, out var tripped)
                ? $"{m.Key}: {Where(draft, tripped)}{(tripped.Problem.Length > 0 ? "; " + tripped.Problem : "")}{Failed(m.Value, draft.Now)}"
                : $"{m.Key}: {(draft.Policy.ObserveOnly ? "would move to its fallback" : "moving to its fallback")}",
        }),
    ];

    private static string Where(Draft draft, TrippedTarget tripped) => tripped.HeldBecause.Length > 0 ? $"held, {tripped.HeldBecause}"
        : $"{(tripped.Phase != Phase.OnFallback ? "moving to fallback" : tripped.Memory.Action == FallbackAction.Freeze ? "frozen" : "on fallback")}, {Plan.Describe(tripped, draft.Policy, draft.Now)}";

    private static string Failed(Member member, DateTimeOffset now) => member.FailedAt is null ? "" : $"; did not come back {(member.Failures == 1 ? "once" : $"{member.Failures} times")}: {member.Note}{Stragglers.Until(member, now)}";

    private static string Title(Incident incident) => incident.Left ? $"Left on fallback ({Causes.Slug(incident.Cause)})"
        : incident.Operator is { } name ? $"{Operators.Called(name)} is down"
        : incident.Evidence.ContainsKey(EvidenceFromProbe.MetricsTaken) ? "KEDA's metrics API leads to somebody else"
        : Title(incident.Cause);

    private static Severity SeverityOf(Incident incident) => incident.Left ? Severity.Error : SeverityOf(incident.Cause);

    public static string Title(Cause cause) => cause switch
    {
        Cause.Oscillation => "Scaling goes back and forth",
        Cause.OperatorUnhealthy => "KEDA's operator is down",
        Cause.MetricsServerUnavailable => "KEDA's metrics server is down",
        Cause.ScalerErrors => "Scalers fail",
        Cause.ErrorRate => "Many scalers fail at once",
        Cause.Manual => "Tripped by hand",
        Cause.ScalingLatencyHigh => "Scaling is slow",
        Cause.ScalerEmpty => "A trigger's source answers with nothing",
        Cause.FallbackActive => "Fallback is active",
        _ => throw new System.Diagnostics.UnreachableException($"cause {cause}"),
    };

    public static Severity SeverityOf(Cause cause) => cause switch
    {
        Cause.OperatorUnhealthy or Cause.MetricsServerUnavailable or Cause.ErrorRate => Severity.Critical,
        Cause.Oscillation or Cause.ScalerErrors => Severity.Error,
        _ => Severity.Warning,
    };
}
