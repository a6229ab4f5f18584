using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Runs chains side by side within a bound, and the writes of each back to back until one does not succeed.</summary>
internal sealed class ChainRunner(Writer writer, Policy policy, TimeProvider time)
{
    public async Task<ImmutableArray<WriteOutcome>> RunAsync(
        IReadOnlyList<WriteChain> chains, Func<TimeSpan, bool> leaseOutlives, CancellationToken cancel)
    {
        using var bound = new SemaphoreSlim(policy.ParallelWrites);
        var ends = await Task.WhenAll(chains.Select(async chain =>
        {
            await bound.WaitAsync(CancellationToken.None);
            try
            {
                return await RunAsync(chain, leaseOutlives, cancel);
            }
            finally
            {
                bound.Release();
            }
        }));
        return [.. ends.SelectMany(e => e)];
    }

    private async Task<List<WriteOutcome>> RunAsync(WriteChain chain, Func<TimeSpan, bool> leaseOutlives, CancellationToken cancel)
    {
        var outcomes = new List<WriteOutcome>(chain.Writes.Length);
        string? ended = null;
        foreach (var write in chain.Writes)
        {
            // A write that outlives the lease could land after another runner has decided something else.
            ended ??= cancel.IsCancellationRequested ? "the run was stopped"
                : leaseOutlives(policy.RequestTimeout) ? null
                : "the lease ends before the request would time out";

            var at = time.GetUtcNow();
            if (ended is not null)
            {
                outcomes.Add(new WriteOutcome { Write = write, Outcome = Outcome.Skipped, At = at, Detail = ended });
                continue;
            }

            var started = time.GetTimestamp();
            var end = await writer.WriteAsync(write, () => !cancel.IsCancellationRequested && leaseOutlives(policy.RequestTimeout), cancel);
            outcomes.Add(new WriteOutcome
            {
                Write = write,
                Outcome = end.Outcome,
                At = at,
                Status = end.Status,
                Detail = end.Detail,
                ResourceVersion = end.ResourceVersion,
                Took = time.GetElapsedTime(started),
            });
            if (end.Outcome is not (Outcome.Done or Outcome.AlreadyDone))
                ended = "an earlier write of its chain did not succeed";
        }

        return outcomes;
    }
}
