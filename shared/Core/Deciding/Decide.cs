using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Everything that a decision may depend on.</summary>
public sealed record DecisionInput
{
    public required Panel Panel { get; init; }

    /// <summary>What the cluster looked like; null when it could not be seen.</summary>
    public Observation? Observation { get; init; }

    /// <summary>Why it could not be seen.</summary>
    public string NotSeenBecause { get; init; } = "";

    /// <summary>Set when it could not be seen because ScaledObjects are not served: how that stands.</summary>
    public Registration? NothingServed { get; init; }

    /// <summary>What the store knows of trips that are over and that marks in the cluster name.</summary>
    public Past Past { get; init; } = Past.Nothing;

    /// <summary>Undecided signals in the order of arrival.</summary>
    public IReadOnlyList<Signal> Signals { get; init; } = [];

    public required Policy Policy { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>
    /// Since when the store can't be used; null while it can. Without it only cluster-scope trouble that the probe sees trips, and nothing
    /// is handed back: an order to stop could not be heard.
    /// </summary>
    public DateTimeOffset? StoreDownSince { get; init; }
}

/// <summary>The new panel with everything that must be saved in the same transaction.</summary>
public sealed record Decision(
    Panel Panel,
    ImmutableArray<Page> Pages,
    ImmutableArray<AuditRecord> Audit,
    ImmutableArray<Verdict> Verdicts,
    ImmutableArray<Incident> Closed)
{
    /// <summary>What is told on the ScaledObjects themselves, after the writes and as well as it goes: the trail and the pages do not depend on it.</summary>
    public ImmutableArray<TargetEvent> Events { get; init; } = [];
}

/// <summary>
/// The pure function at the heart: (panel, observation, signals, policy, now) → (panel, pages, audit). No I/O, no clock, no
/// randomness: the same input gives the same decision, on any machine, at any time.
/// </summary>
public static class Decide
{
    public static Decision Run(DecisionInput input)
    {
        var draft = Looked(input, out var notSeenBecause);
        Sight.Note(draft, notSeenBecause, input.NothingServed);
        WithoutStore.Note(draft);
        Probe.Look(draft);
        ControlPlane.Note(draft);
        UnmovedLease.Note(draft);
        KedaRegistry.Note(draft);
        CantWork.Note(draft);
        Adopting.Update(draft);
        KillSwitch.FollowPolicy(draft);
        UnconfiguredChannels.Note(draft);
        foreach (var signal in input.Signals)
        {
            if (signal is AlertSignal alert)
                Hearing.Take(draft, alert);
            else
                Ordering.Take(draft, (Order)signal);
        }

        PanelBounds.Keep(draft);
        EvidenceBook.Update(draft);
        Hearing.NameIncidents(draft, input.Signals.OfType<AlertSignal>());
        Admission.Update(draft);
        Repeats.Note(draft);
        ManualRecovery.Update(draft);
        Maintaining.Tell(draft);
        Raising.Note(draft);
        Phases.Update(draft);
        if (draft.StoreDownSince is null)
        {
            foreach (var id in draft.Panel.Incidents.Keys.Where(id => !KillSwitch.HoldsBack(draft, draft.Incident(id))))
                Recovering.Advance(draft, id);
        }

        if (draft.Seen is { } seen)
        {
            foreach (var id in draft.Panel.Incidents.Keys)
                Admission.Mark(draft, id, seen); // what a gate put back goes back now, not at the next look
        }

        Reminders.Update(draft);
        Phases.Align(draft);
        TripMemory.Refresh(draft);
        Ordering.Answer(draft);
        TargetEvents.Note(draft, input.Panel);
        return draft.ToDecision();
    }

    /// <summary>What is believed of the look, and what the panel remembers of it.</summary>
    private static Draft Looked(DecisionInput input, out string notSeenBecause)
    {
        notSeenBecause = input.NotSeenBecause;
        if (input.Observation is not { } look)
            return new Draft(input);
        var judged = EmptyLists.Judge(input.Panel, look, input.Policy, input.Now);
        if (judged.Believed is null)
            notSeenBecause = judged.Problem;
        return new Draft(input with
        {
            Observation = judged.Believed,
            Panel = input.Panel with
            {
                Lists = judged.Lists,
                Unread = [.. look.Unread.Take(Panel.MostUnread)],
                UnreadCounts = look.Unread.CountBy(u => u.Kind).ToImmutableSortedDictionary(StringComparer.Ordinal),
            },
        });
    }

    /// <summary>Takes note of how writes ended: audit records, and what stands in a target's way.</summary>
    public static Decision Record(Panel panel, IReadOnlyList<WriteOutcome> outcomes, Policy policy, DateTimeOffset now)
    {
        var draft = new Draft(new DecisionInput { Panel = panel, Policy = policy, Now = now });
        foreach (var outcome in outcomes)
            Outcomes.Note(draft, outcome);
        TargetEvents.Note(draft, panel);
        return draft.ToDecision();
    }
}
