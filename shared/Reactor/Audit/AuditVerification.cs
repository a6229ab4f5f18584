using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Audit;

/// <param name="Fault">The first thing that does not fit; null when everything does.</param>
/// <param name="Records">Looked at.</param>
/// <param name="At">The last one that fits.</param>
/// <param name="Complete">False: time was up, and it can go on after <paramref name="At"/>.</param>
/// <param name="Trail">As it was when the check began.</param>
public sealed record AuditVerdict(string? Fault, long Records, AuditPoint At, bool Complete, TrailState Trail);

/// <summary>Checks the hash chain of the trail in the store.</summary>
public static class AuditVerification
{
    private const int AtOnce = 500;

    /// <param name="trail">The store.</param>
    /// <param name="from">How far an earlier check came; null: from where the trail begins.</param>
    /// <param name="head">Told outside before; null when none is at hand.</param>
    /// <param name="goOn">Asked between parts.</param>
    /// <param name="cancel">Ends it without a verdict.</param>
    public static async Task<AuditVerdict> RunAsync(IAuditTrail trail, AuditPoint? from, AuditPoint? head, Func<bool> goOn, CancellationToken cancel)
    {
        var state = await trail.TrailAsync(cancel);
        var check = new AuditChainCheck(from ?? state.Anchor, head);
        while (check.At.Sequence < state.Sealed.Sequence)
        {
            if (!goOn()) return new AuditVerdict(null, check.Records, check.At, Complete: false, state);
            var found = await trail.AuditAsync(new AuditQuery { After = check.At.Sequence, Limit = AtOnce }, cancel);
            var asFar = found.Where(stored => stored.Sequence <= state.Sealed.Sequence).ToList();
            if (asFar.Count == 0 || !asFar.TrueForAll(stored => check.Take(stored.Sequence, stored.Json, stored.Hash ?? "(none)"))) break;
        }

        var fault = check.End(state.Sealed.Sequence) ?? (check.At.Sequence == state.Sealed.Sequence && check.At != state.Sealed
            ? $"the head of the trail is {state.Sealed}, and its records make {check.At}"
            : null);
        return new AuditVerdict(fault, check.Records, check.At, Complete: true, state);
    }
}
