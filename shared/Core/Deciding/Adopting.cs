using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Takes up what the cluster remembers of trips and the panel does not: the store was lost or rolled back. Only what we signed for this very
/// object is believed, within the object's own limits, and not what is known to be over (<see cref="Replays"/>). Everything else stays as it is,
/// and people are told.
/// </summary>
internal static class Adopting
{
    private const string Key = "marks";
    private const int LongestId = 100;
    private const int Listed = 10;

    public static void Update(Draft draft)
    {
        if (draft.Seen is not { } seen)
            return;
        List<TargetView> unknown =
        [
            .. seen.ReadAgain.Select(id => seen.Targets[id]).Where(view => Marks.On(view) && !view.Deleting && !draft.Panel.Targets.ContainsKey(view.Id)),
        ];
        var replayed = Replays.Find(draft, seen, unknown);
        var marked = unknown.Where(view => !replayed.Contains(view.Id)).ToLookup(view => !draft.Policy.ObserveOnly && Names(view.Memory));
        foreach (var trip in marked[true].GroupBy(view => view.Memory!.IncidentId, StringComparer.Ordinal))
            Adopt(draft, trip.Key, [.. trip]);
        if (Marks.Unknown(draft.Panel, seen).IsEmpty)
            Notices.Resolve(draft, Key, "No ScaledObject carries marks any more that can't be verified.");
        else
            Doubt(draft, [.. marked[false]]);
    }

    /// <summary>True when a memory of ours names a trip that this version can understand.</summary>
    public static bool Names(TargetMemory? memory) => memory is { IncidentId: { Length: > 0 and <= LongestId } id }
        && id.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
        && Enum.IsDefined(memory.Cause) && Causes.Trips(memory.Cause) && Enum.IsDefined(memory.Action);

    private static void Adopt(Draft draft, string named, ImmutableArray<TargetView> views)
    {
        var memories = views.Select(v => TripMemory.Clamped(v.Memory!, v, draft.Policy, draft.Now)).ToList();
        var (cause, keda) = (memories[0].Cause, memories[0].Operator);
        var known = draft.Panel.Incidents.GetValueOrDefault(named) ?? (Incident.IsNameOfLeft(named) ? Stragglers.Open(draft, cause, keda) : draft.Panel.OpenIncident(cause, keda));
        var incident = known ?? Rebuild(draft, named, memories);
        foreach (var (view, memory) in views.Zip(memories))
            Take(draft, incident.Id, view, memory with { IncidentId = incident.Id });
        draft.Audit(
            AuditKind.Decision,
            Reason.MarksAdopted,
            $"{Words.Count(views.Length, "target")} adopted from the marks that the cluster keeps of {named}"
                + (incident.Id == named ? "" : $", which goes on as {incident.Id}"),
            incident.Id,
            facts: ("targets", string.Join(", ", views.Select(v => v.Id))));
        if (incident.Id != named)
        {
            // Whoever was told of it would wait for its end: to everybody, since who was is forgotten.
            var gone = new PagedMatter(Incident.KeyOf(draft.Policy.Cluster, named), named, cause, "", Channels: null);
            if (!draft.Policy.PageRoutes.IsEmpty)
                draft.Panel = draft.Panel with { PagedOn = draft.Panel.PagedOn.SetItem(gone.DedupKey, [.. draft.Policy.AlertChannels]) };
            draft.Say(Resending.GoesOn(gone, incident, $"The store does not know this incident any more, and {incident.Id} is open for the same trouble.", draft.Now));
        }

        if (known is null)
            IncidentPages.Rebuilt(draft, incident.Id, views.Length);
    }

    /// <summary>It begins again at its cooldown: whether the trouble is over, the probes find out. A human's order stands until its end or a reset.</summary>
    private static Incident Rebuild(Draft draft, string id, List<TargetMemory> memories)
    {
        var first = memories.MinBy(m => m.TrippedAt)!;
        var incident = new Incident
        {
            Id = id,
            Cluster = draft.Policy.Cluster,
            Cause = first.Cause,
            Operator = first.Operator,
            OpenedAt = first.OpenedAt ?? first.TrippedAt,
            Why = first.Why ?? $"Tripped for {Causes.Slug(first.Cause)}",
            Hold = memories.Select(m => m.Held).FirstOrDefault(h => h is not null),
            Attempts = memories.Max(m => m.Attempts),
            TripTold = true,
            Left = Incident.IsNameOfLeft(id),
            FallbackInPlaceAt = draft.Now, // told already, or on the way: the page of the rebuilding lists where each stands
            Recovery = new Recovery { Stage = first.Cause == Cause.Manual || Incident.IsNameOfLeft(id) ? Stage.Tripped : Stage.Cooldown, Since = draft.Now },
        };
        draft.Put(incident);
        draft.Audit(
            AuditKind.Decision,
            Reason.IncidentRebuilt,
            $"Incident {id} of {Words.Clock(incident.OpenedAt, draft.Now)} was not in the store: it is rebuilt from the marks in the cluster"
                + (incident.Hold is { } hold ? $", and stays held by {hold.By}: {hold.Words}" : ""),
            id);
        return incident;
    }

    private static void Take(Draft draft, string incidentId, TargetView view, TargetMemory memory)
    {
        // On its way back with KEDA's HPA there again: only the last steps are left. Without it, it returns to the fallback and waits for its wave.
        var back = !Pauses.Stops(view) && view.KedaHpa is not null;
        draft.Put(new TrippedTarget
        {
            Id = view.Id,
            Uid = view.Uid,
            IncidentId = incidentId,
            Phase = back ? Phase.HandingBack : Phase.Tripping,
            Since = draft.Now,
            HandbackSince = back ? draft.Now : null,
            KedaGoneAt = view.KedaHpa is null ? memory.TrippedAt : null,
            Memory = memory,
        });
        var incident = draft.Incident(incidentId);
        if (memory.Cause == Cause.Manual && !back && !incident.Left)
        {
            var key = $"adopted/{view.Id}";
            draft.Put(incident with
            {
                Evidence = incident.Evidence.SetItem(key, new Evidence
                {
                    Key = key,
                    Source = EvidenceSource.Human,
                    Reach = EvidenceFromProbe.One(view.Id),
                    Since = memory.TrippedAt,
                    LastSeen = draft.Now,
                    Until = memory.Until,
                    What = memory.Why ?? "Tripped by hand",
                }),
            });
        }

        draft.SetMember(incidentId, view.Id, back ? MemberState.HandedBack : MemberState.Protected, Reason.TargetTripped, "adopted from the marks in the cluster");
        if (memory.Raised is { } raised)
            Raising.Raise(draft, incidentId, view.Id, raised);
        if (incident.Left && !back)
            Stragglers.Adopt(draft, incidentId, view.Id);
    }

    private static void Doubt(Draft draft, ImmutableArray<TargetView> views)
    {
        // Empty when they could not be read again just now: that is no news of them.
        if (views.IsEmpty || draft.Panel.Notices.ContainsKey(Key))
            return;
        var listed = string.Join("; ", views.Take(Listed).Select(v => $"{v.Id}: {WhyNot(draft, v)}"));
        if (views.Length > Listed)
            listed += $"; and {views.Length - Listed} more";
        draft.Audit(
            AuditKind.Decision,
            Reason.MarksNotAdopted,
            $"{Words.Count(views.Length, "ScaledObject")} with marks of ours are not adopted: {listed}",
            facts: ("targets", string.Join(", ", views.Select(v => v.Id))));
        Notices.Open(draft, Key, Severity.Error, cause: null, "ScaledObjects carry marks that can't be verified", new NoticeWords
        {
            Happened = $"The store knows of no trip of {Words.Count(views.Length, "ScaledObject")}, and the marks on them are not to be believed: {listed}.",
            Did = "Nothing was changed: what somebody else may have written is neither un-paused nor deleted.",
            Next = "They stay as they are, paused ones without KEDA, until a human decides. Looked at again at every probe.",
            YouMay = $"Was Memory:Key changed or lost? Then set the old one and they are adopted. Else give each back by hand: kubectl annotate scaledobject NAME {Annotations.Paused}- {Annotations.Incident}- {Annotations.Memory}-, and once KEDA's HPA is there delete the HPA NAME-fallback.",
        });
    }

    private static string WhyNot(Draft draft, TargetView view) => view.MemoryProblem.Length > 0 ? view.MemoryProblem
        : draft.Policy.ObserveOnly ? "observe-only: nothing is adopted"
        : view.Memory is null ? "it carries no memory"
        : "its memory names no incident that this version knows";
}
