namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Finds the transitions that are told as Events on the ScaledObjects, where people look first: by what the panel was before this decision and
/// what its records say. Nothing is told while nothing may be written: an Event is a write to the cluster.
/// </summary>
internal static class TargetEvents
{
    /// <summary>Of each of three sentences: with the names between them they fit into one Event, and none pushes the next out.</summary>
    private const int LongestSentence = 300;

    private sealed record Transition(TargetId Target, string Uid, TargetEventReason Reason, string IncidentId, string Words);

    public static void Note(Draft draft, Panel before)
    {
        if (draft.Policy.ObserveOnly || draft.Panel.WritesStop is not null)
            return;
        var steps = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var found in Tripped(draft, before).Concat(Told(draft, before)).Concat(Held(draft, before)).ToList())
            Add(draft, before, found, steps);
    }

    private static IEnumerable<Transition> Tripped(Draft draft, Panel before)
    {
        if (ReferenceEquals(draft.Panel.Targets, before.Targets))
            yield break;
        foreach (var (id, now) in draft.Panel.Targets)
        {
            var known = before.Targets.GetValueOrDefault(id);
            var again = known?.Phase == Phase.HandingBack;
            if (now.Phase == Phase.HandingBack || (known is null ? now.Memory.TrippedAt != draft.Now : known.Uid == now.Uid && !again))
                continue; // what was found tripped already was told when it was
            yield return new(id, now.Uid, TargetEventReason.ReactorTripped, now.IncidentId,
                $"{(again ? "Put back on its fallback" : "Tripped")}. Fallback: {Plan.Describe(now, draft.Policy, draft.Now)}");
        }
    }

    private static IEnumerable<Transition> Told(Draft draft, Panel before)
    {
        foreach (var record in draft.Audited)
        {
            if (record is not { Kind: AuditKind.Decision, Target: { } id, IncidentId: { } incident })
                continue;
            TargetEventReason? reason = record.Reason switch
            {
                Reason.TargetHandedBack => TargetEventReason.ReactorHandedBack,
                Reason.FallbackNotScaling or Reason.FallbackShort or Reason.FallbackLeftAtZero or Reason.FallbackRefused => TargetEventReason.ReactorFallbackNotScaling,
                _ => null,
            };
            if (reason is { } told && (before.Targets.GetValueOrDefault(id) ?? draft.Panel.Targets.GetValueOrDefault(id)) is { } tripped)
                yield return new(id, tripped.Uid, told, incident, record.Text);
        }
    }

    /// <summary>A target of its own, or all that an incident keeps.</summary>
    private static IEnumerable<Transition> Held(Draft draft, Panel before)
    {
        foreach (var (id, incident) in draft.Panel.Incidents)
        {
            if (incident.Hold is not { } hold || hold.At != draft.Now || before.Incidents.GetValueOrDefault(id)?.Hold is not null)
                continue; // one that the cluster remembered was told when it began
            foreach (var target in incident.Members.Where(m => m.Value.State == MemberState.Protected).Select(m => m.Key))
                if (draft.Panel.Targets.GetValueOrDefault(target) is { } kept)
                    yield return new(target, kept.Uid, TargetEventReason.ReactorHeld, id, $"Held on its fallback by {hold.By}: {hold.Words}");
        }

        foreach (var (id, now) in draft.Panel.Targets.Where(t => t.Value.HeldBecause.Length > 0))
            if (before.Targets.TryGetValue(id, out var known) && known.HeldBecause != now.HeldBecause)
                yield return new(id, now.Uid, TargetEventReason.ReactorHeld, now.IncidentId, $"Held on its fallback: {now.HeldBecause}");
    }

    private static void Add(Draft draft, Panel before, Transition found, Dictionary<string, string> steps)
    {
        var open = draft.Panel.Incidents.GetValueOrDefault(found.IncidentId);
        if ((open ?? before.Incidents.GetValueOrDefault(found.IncidentId)) is not { } incident)
            return; // its marks outlived it: whoever made them told of it
        var member = incident.Members.GetValueOrDefault(found.Target);
        var number = (member?.Events ?? 0) + 1;
        if (open is not null && member is not null)
            draft.Put(open with { Members = open.Members.SetItem(found.Target, member with { Events = number }) });
        var message = $"{Sentence(found.Words)} Incident {incident.Id} ({Causes.Slug(incident.Cause)}): "
            + $"{Sentence(incident.WhyThen(draft.Now))} Next: {Sentence(Next(draft, open, found, steps))}";
        draft.Tell(new TargetEvent(
            found.Target, found.Uid, found.Reason, incident.Id, number, Words.Cut(message, TargetEvent.LongestMessage), draft.Now));
    }

    /// <summary>Of what is back with KEDA, the incident's next step is told, once for all of them.</summary>
    private static string Next(Draft draft, Incident? open, Transition found, Dictionary<string, string> steps)
    {
        if (open is null)
            return "Nothing: the incident is over";
        if (found.Reason != TargetEventReason.ReactorHandedBack)
            return NextStep.Of(draft.Panel, open, draft.Policy, draft.Now, found.Target).Words;
        if (!steps.TryGetValue(open.Id, out var step))
            steps[open.Id] = step = NextStep.Of(draft.Panel, open, draft.Policy, draft.Now).Words;
        return step;
    }

    private static string Sentence(string words) => Words.Cut(words.TrimEnd('.', ' '), LongestSentence) + ".";
}
