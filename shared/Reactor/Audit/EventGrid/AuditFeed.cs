using System.Collections.Immutable;
using Azure;
using Azure.Messaging;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Audit.EventGrid;

/// <summary>
/// Brings every sealed record to the topic, in order and at least once: the place is kept in the store and moves after the topic has taken
/// a batch. It has a timer of its own and holds up neither runs nor pages. Two instances may both send a batch; its ids are the same then.
/// </summary>
public sealed class AuditFeed(
    IAuditTrail trail, Func<IReadOnlyList<CloudEvent>, CancellationToken, Task> send, string cluster, TimeProvider time, Func<double> jitter, ILogger<AuditFeed> log)
{
    public const string Reader = "event-grid";

    private const int AtOnce = 100;

    /// <summary>A request may hold 1 MB, an event too. (https://learn.microsoft.com/azure/event-grid/quotas-limits)</summary>
    private const int LargestBatch = 512 * 1024;

    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    private int failures;
    private DateTimeOffset notBefore;

    /// <summary>What went wrong last; empty when nothing did.</summary>
    public string Problem { get; private set; } = "";

    /// <summary>How many records the topic has not taken yet.</summary>
    public static async Task<long> BehindAsync(IAuditTrail trail, CancellationToken cancel)
    {
        var state = await trail.TrailAsync(cancel);
        return state.Last - Math.Max(await trail.PlaceAsync(Reader, cancel) ?? 0, state.Anchor.Sequence);
    }

    /// <summary>Sends until everything sealed is sent, a send fails, or <paramref name="deadline"/>.</summary>
    public async Task RunAsync(DateTimeOffset deadline, CancellationToken cancel)
    {
        while (time.GetUtcNow() is var now && now < deadline && now >= notBefore)
        {
            var state = await trail.TrailAsync(cancel);
            var place = await trail.PlaceAsync(Reader, cancel);
            var batch = Batch(await trail.AuditAsync(new AuditQuery { After = Math.Max(place ?? 0, state.Anchor.Sequence), Limit = AtOnce }, cancel));
            if (batch.Length == 0) return;
            if (await SentAsync(state.Chain, batch, cancel) is { } reached)
                await trail.MoveAsync(Reader, place, reached, cancel);
        }
    }

    /// <returns>The number up to which they are done with; null when none is.</returns>
    private async Task<long?> SentAsync(string chain, StoredAudit[] batch, CancellationToken cancel)
    {
        try
        {
            await send([.. batch.Select(stored => AuditEvents.Of(cluster, chain, stored))], cancel);
            (failures, notBefore, Problem) = (0, default, "");
            return batch[^1].Sequence;
        }
        catch (RequestFailedException refused) when (refused.Status is 400 or 413 && batch.Length > 1)
        {
            // One of them is what it does not take: the others must not wait for it.
            return await SentAsync(chain, batch[..(batch.Length / 2)], cancel);
        }
        catch (RequestFailedException refused) when (refused.Status == 413)
        {
            await PassedOverAsync(batch[0], refused, cancel);
            return batch[0].Sequence;
        }
        catch (Exception fault) when (fault is RequestFailedException or HttpRequestException or AggregateException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            Later(fault);
            return null;
        }
    }

    /// <summary>Larger than a topic takes, and the same tomorrow. It stays in the trail, and the trail says that it was not sent.</summary>
    private async Task PassedOverAsync(StoredAudit stored, RequestFailedException refused, CancellationToken cancel)
    {
        log.LogError("Audit record {Sequence} is too large for the topic ({Status}) and was passed over", stored.Sequence, refused.Status);
        await trail.AppendAuditAsync(
            [
                new AuditRecord
                {
                    At = time.GetUtcNow(),
                    Kind = AuditKind.Decision,
                    Reason = Reason.AuditNotSent,
                    Actor = "reactor",
                    Text = $"Record {stored.Sequence} is larger than the Event Grid topic takes, and was not sent there.",
                    Facts = ImmutableSortedDictionary<string, string>.Empty.Add("sequence", $"{stored.Sequence}").Add("status", $"{refused.Status}"),
                },
            ],
            cancel);
    }

    private void Later(Exception fault)
    {
        var wait = FirstWait * Math.Pow(2, Math.Min(failures, 10));
        wait = wait < LongestWait ? wait : LongestWait;
        failures++;
        notBefore = time.GetUtcNow() + (wait * (1 + (0.2 * jitter())));
        // Not its text, which shows headers and body.
        Problem = fault is RequestFailedException { Status: > 0 } refused ? $"the topic answered {refused.Status} {refused.ErrorCode}".TrimEnd() : $"the topic was not reached ({fault.GetType().Name})";
        log.LogWarning("Audit records wait for Event Grid: {Problem}; next try at {At:O}", Problem, notBefore);
    }

    private static StoredAudit[] Batch(ImmutableArray<StoredAudit> found)
    {
        var size = 0;
        return [.. found.TakeWhile((stored, index) => stored.Hash is not null && ((size += stored.Json.Length + 500) <= LargestBatch || index == 0))];
    }
}
