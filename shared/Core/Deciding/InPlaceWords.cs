namespace Sophia.Keda.Reactor.Core;

/// <summary>What is there once everything that an incident moved has arrived: not each of them has a fallback HPA, and not each has only one autoscaler.</summary>
internal static class InPlaceWords
{
    public static (string Title, string Did) Of(Draft draft, Incident incident, TimeSpan after)
    {
        var there = incident.Members.Where(m => m.Value.State == MemberState.Protected).Select(m => draft.Panel.Targets[m.Key]).ToList();
        var held = there.Where(t => t.HeldBecause.Length > 0).ToList();
        var frozen = there.Where(t => t is { HeldBecause: "", Memory.Action: FallbackAction.Freeze }).ToList();
        var scaled = there.Count - held.Count - frozen.Count;
        var titles = new[]
        {
            scaled > 0 ? $"{Words.Count(scaled, "workload")} on fallback" : "",
            frozen.Count == 0 ? "" : scaled > 0 ? $"{frozen.Count} frozen" : $"{Words.Count(frozen.Count, "workload")} frozen",
            held.Count == 0 ? "" : scaled + frozen.Count > 0 ? $"{held.Count} held" : $"{Words.Count(held.Count, "workload")} held",
        };
        var did = new List<string>
        {
            scaled == 0 ? $"What was decided is in place, {Words.Span(after)} after the decision."
                : $"{(there.Count == 1 ? "It is on its" : scaled == there.Count ? $"All {scaled} are on their" : scaled == 1 ? $"1 of {there.Count} is on its" : $"{scaled} of {there.Count} are on their")} fallback, {Words.Span(after)} after the decision.",
        };
        if (frozen.Count > 0)
            did.Add($"Frozen, nothing scales {(frozen.Count == 1 ? "it" : "them")}: {FailedHandback.Cut([.. frozen.Select(t => $"{t.Id} ({t.Memory.ActionBecause})")])}.");
        if (held.Count > 0)
            did.Add($"Held: {FailedHandback.Cut([.. held.Select(t => $"{t.Id}: {t.HeldBecause}")])}.");
        did.Add(Autoscalers(draft));
        return (string.Join(", ", titles.Where(t => t.Length > 0)), string.Join(' ', did));
    }

    private static string Autoscalers(Draft draft)
    {
        var two = draft.Seen!.Targets.Values.Where(v => v.Hpas.Length > 1).ToList();
        return two.Count == 0 ? "No workload has two autoscalers."
            : $"{Words.Count(two.Count, "workload")} {(two.Count == 1 ? "has" : "have")} two autoscalers: {FailedHandback.Cut([.. two.Select(v => $"{v.Id} ({string.Join(", ", v.Hpas.Select(h => h.Name))})")])}.";
    }
}
