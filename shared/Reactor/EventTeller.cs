using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Metrics;
using Sophia.Keda.Reactor.Paging;

namespace Sophia.Keda.Reactor;

/// <summary>
/// Writes the transitions of a run as Events, after the run and beside whatever comes next: a few at a time, so that a thousand of them take
/// nothing from a trip. As well as it goes: none is tried again at the next run, and a server that takes none is left in peace.
/// </summary>
internal sealed class EventTeller(
    Func<EventOnTarget, CancellationToken, Task<bool>> write, Counters counters, Func<bool> writesStopped, ILogger log)
{
    private const int AtOnce = 4;

    /// <summary>Of the biggest cluster that was tried, every target twice.</summary>
    private const int MostWaiting = 20_000;

    /// <summary>Not taken in a row: the right is missing, or the server has other worries.</summary>
    private const int GivesUpAfter = 8;

    private int _waiting;

    /// <summary>Ends when everything is told, or given up.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Returns at once. Called by one run after the other.</summary>
    public void Tell(ImmutableArray<TargetEvent> events, CancellationToken cancel)
    {
        if (events.IsEmpty)
            return;
        var room = Math.Max(0, MostWaiting - Volatile.Read(ref _waiting));
        foreach (var told in events.Skip(room))
            counters.Event(told.Reason, EventEnd.Dropped);
        if (room == 0)
            return;
        ImmutableArray<TargetEvent> kept = [.. events.Take(room)];
        Interlocked.Add(ref _waiting, kept.Length);
        Ended = AfterAsync(Ended, kept, cancel);
    }

    private async Task AfterAsync(Task before, ImmutableArray<TargetEvent> events, CancellationToken cancel)
    {
        await before;
        try
        {
            await TellAsync(events, cancel);
        }
        catch (Exception e)
        {
            log.LogError(e, "Events could not be told on the ScaledObjects"); // a bug here must end no run
        }
        finally
        {
            Interlocked.Add(ref _waiting, -events.Length);
        }
    }

    private async Task TellAsync(ImmutableArray<TargetEvent> events, CancellationToken cancel)
    {
        var (next, failedInARow) = (-1, 0);
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => OneAfterAnotherAsync()));
        if (failedInARow >= GivesUpAfter)
            log.LogWarning("The cluster takes no Events on ScaledObjects ({Failed} in a row): the rest of {Count} is not told there", failedInARow, events.Length);

        async Task OneAfterAnotherAsync()
        {
            while (Interlocked.Increment(ref next) is var at && at < events.Length)
            {
                var told = events[at];
                if (cancel.IsCancellationRequested || writesStopped() || Volatile.Read(ref failedInARow) >= GivesUpAfter)
                {
                    counters.Event(told.Reason, EventEnd.Dropped);
                    continue;
                }

                var taken = await write(Of(told), cancel);
                counters.Event(told.Reason, taken ? EventEnd.Taken : EventEnd.NotTaken);
                if (taken)
                    Interlocked.Exchange(ref failedInARow, 0);
                else
                    Interlocked.Increment(ref failedInARow);
            }
        }
    }

    private static EventOnTarget Of(TargetEvent told) => new(told.Target, told.Uid, told.Key, told.Reason.ToString(), told.Message, told.At)
    {
        Warning = told.Reason != TargetEventReason.ReactorHandedBack,
    };
}
