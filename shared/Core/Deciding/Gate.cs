namespace Sophia.Keda.Reactor.Core;

internal enum GateResult
{
    Good,
    Bad,

    /// <summary>Can't be judged now: wait, then hold and ask. Never a guess.</summary>
    Inconclusive,
}

internal sealed record GateFinding(TargetId Target, GateResult Result, Reason Reason, string Words);

/// <summary>Judges one target that was handed back.</summary>
internal static class Gate
{
    /// <summary>KEDA shows Ready=False for 15–20 s after a hand-back although all is well (measured): two HPA syncs before anything but good counts.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(35);

    /// <summary>
    /// KEDA writes HPAActive when it polls, every 30 s unless its ScaledObject says otherwise, and while paused not at all: after this the HPA's own
    /// word is enough.
    /// </summary>
    private static readonly TimeSpan MirrorCatchesUp = TimeSpan.FromMinutes(2);

    /// <summary>An HPA that rescaled at its last sync may at its next.</summary>
    private static readonly TimeSpan HpaSync = TimeSpan.FromSeconds(15);

    public static GateFinding Judge(Draft draft, TargetId id, DateTimeOffset backAt)
    {
        if (draft.Seen is not { } seen)
            return new(id, GateResult.Inconclusive, Reason.GateBlind, "the cluster can't be observed");
        if (seen.UnknownBecause(id) is { } unread)
            return new(id, GateResult.Inconclusive, Reason.GateBlind, $"it can't be read: {unread}");
        if (!seen.Targets.TryGetValue(id, out var view) || view.Deleting)
            return new(id, GateResult.Good, Reason.TargetGone, "it is gone");
        if (draft.Panel.WantsFallback(id))
            return new(id, GateResult.Good, Reason.GatePassed, "another incident keeps it on its fallback");
        var early = draft.Now - backAt < Grace ? new GateFinding(id, GateResult.Inconclusive, Reason.GateTooEarly, "handed back too short a time ago") : null;
        var window = draft.Panel.Windows.GetValueOrDefault(id) ?? new ProbeWindow();
        var rescales = window.Rescales.Where(r => r.At >= backAt).ToList();
        if (Oscillating.Judge(rescales, draft.Policy, draft.Now) is { } numbers)
            return new(id, GateResult.Bad, Reason.GateOscillating, $"it goes back and forth again: {numbers}");
        if (Pauses.ByOthers(view, weTripped: false) is { } pause)
            return new(id, GateResult.Inconclusive, Reason.PausedByOthersMeanwhile, $"somebody paused it ({pause})");
        if (view.Replicas is null)
            return new(id, GateResult.Good, Reason.TargetGone, "its workload is gone");
        if (view.KedaHpa is not { } hpa)
            return early ?? new(id, GateResult.Bad, Reason.GateKedaHpaMissing, $"KEDA's HPA {view.KedaHpaName} is gone again");
        if (hpa.ScalingActive is not { } active)
            return new(id, GateResult.Inconclusive, Reason.GateNoSync, $"HPA {hpa.Name} has not synced yet");

        // At 0 replicas an HPA is off, and that is healthy.
        if (active.IsFalse && active.Reason != "ScalingDisabled")
        {
            var reason = active.Reason == "AmbiguousSelector" ? Reason.GateAmbiguous : Reason.GateNotActive;
            return Doubtful(reason, $"HPA {hpa.Name} shows ScalingActive=False, {active.Reason}");
        }

        if (view.Ready is { IsFalse: true } ready)
            return Doubtful(Reason.GateNotReady, $"the ScaledObject shows Ready=False, {ready.Reason}");
        // Everything else looks healthy then (measured): only this condition says that its source does not answer.
        if (view.KedaFallback is { IsTrue: true } fallback)
            return Doubtful(Reason.GateNotActive, Words.With("KEDA's own fallback is active", fallback.Message));
        if (view.HpaActive is { IsFalse: true } mirror && active.IsTrue && draft.Now - backAt < MirrorCatchesUp)
            return new(id, GateResult.Inconclusive, Reason.GateNotActive, $"the ScaledObject still shows HPAActive=False, {mirror.Reason}, although HPA {hpa.Name} is active");
        if (rescales.Count > 0 && draft.Now - rescales[^1].At < HpaSync)
            return new(id, GateResult.Inconclusive, Reason.GateScaling, $"it is being scaled: to {rescales[^1].Size} replicas {Words.Clock(rescales[^1].At, draft.Now)}");
        return Waves.Moves(view)
            ? new(id, GateResult.Inconclusive, Reason.GateNotAvailable, $"{view.Replicas!.Available} of {view.Replicas.Desired} replicas are available")
            : new(id, GateResult.Good, Reason.GatePassed, "Ready and scaling");

        // One look may catch a passing moment; two probes in a row do not.
        GateFinding Doubtful(Reason reason, string words) => early ??
            new(id, window.Failures >= 2 || reason == Reason.GateAmbiguous ? GateResult.Bad : GateResult.Inconclusive, reason, words);
    }
}
