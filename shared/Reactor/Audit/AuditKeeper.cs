using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Audit.EventGrid;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Audit;

/// <summary>How the trail stands, for metrics and health.</summary>
/// <param name="Trail">In the store.</param>
/// <param name="Behind">Records that Event Grid has not taken yet; null: it is not configured.</param>
/// <param name="FeedProblem">What went wrong last on this instance; empty when nothing did.</param>
public sealed record AuditCondition(TrailState Trail, long? Behind, string FeedProblem);

/// <summary>What the trail needs from time to time: it is sealed, its head is told outside, its old end goes, and others get it.</summary>
public sealed class AuditKeeper(IAuditTrail trail, AuditRetention retention, DoorRefusals refusals, AuditFeed? feed, TimeProvider time, ILogger<AuditKeeper> log)
{
    /// <summary>Refusals at the door are told in one record a minute, however many there are.</summary>
    private static readonly TimeSpan BetweenRefusals = TimeSpan.FromMinutes(1);

    /// <summary>The log is kept elsewhere: a head in it shows later whether the trail was written anew.</summary>
    private static readonly TimeSpan BetweenHeads = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan FeedBudget = TimeSpan.FromSeconds(8);

    private readonly AuditSealer sealer = new(trail);
    private DateTimeOffset refusalsAt;
    private DateTimeOffset headAt;
    private AuditPoint told = AuditPoint.Beginning;

    public async Task RunAsync(CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        if (now - refusalsAt >= BetweenRefusals)
        {
            refusalsAt = now;
            if (refusals.Take() is { IsEmpty: false } refused) await trail.AppendAuditAsync(refused, cancel);
        }

        Tell(await sealer.SealAsync(cancel), now);
        if (await retention.PruneAsync(cancel) is > 0 and var pruned)
            log.LogInformation("{Pruned} audit records were taken away: their retention has ended", pruned);
        if (feed is not null) await feed.RunAsync(now + FeedBudget, cancel);
    }

    /// <summary>Everything that is there now is sealed after it, unless records are missing.</summary>
    public Task<TrailState> SealAsync(CancellationToken cancel) => sealer.SealAsync(cancel);

    public async Task<AuditCondition> ConditionAsync(CancellationToken cancel) => new(
        await trail.TrailAsync(cancel),
        feed is null ? null : await AuditFeed.BehindAsync(trail, cancel),
        feed?.Problem ?? "");

    private void Tell(TrailState state, DateTimeOffset now)
    {
        if (state.Sealed == told || now - headAt < BetweenHeads) return;
        (told, headAt) = (state.Sealed, now);
        log.LogInformation("Audit head: record {Sequence}, hash {Hash}, chain {Chain}", state.Sealed.Sequence, state.Sealed.Hash, state.Chain);
    }
}
