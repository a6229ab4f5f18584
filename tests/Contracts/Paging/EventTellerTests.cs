using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Metrics;
using Sophia.Keda.Reactor.Paging;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

public sealed class EventTellerTests
{
    private readonly Counters _counters = new();
    private readonly ConcurrentQueue<EventOnTarget> _written = new();
    private bool _stopped;

    private EventTeller Teller(Func<EventOnTarget, Task<bool>> write) => new(
        async (told, _) =>
        {
            _written.Enqueue(told);
            return await write(told);
        },
        _counters, () => _stopped, NullLogger.Instance);

    private static ImmutableArray<TargetEvent> Many(int count, TargetEventReason reason = TargetEventReason.ReactorTripped) =>
    [
        .. Enumerable.Range(0, count).Select(n => new TargetEvent(
            new TargetId("sophia-mesh", $"w{n:0000}"), $"uid-{n}", reason, "incident-1", 1, "Tripped.", DateTimeOffset.UnixEpoch)),
    ];

    private long Count(EventEnd end) => Enum.GetValues<TargetEventReason>().Sum(reason => _counters.Events.GetValueOrDefault((reason, end)));

    [Fact]
    public async Task A_thousand_are_written_at_most_four_at_a_time_and_the_caller_waits_for_none()
    {
        var (now, most) = (0, 0);
        var begin = new TaskCompletionSource();
        var teller = Teller(async _ =>
        {
            await begin.Task;
            var here = Interlocked.Increment(ref now);
            InterlockedMax(ref most, here);
            await Task.Yield();
            Interlocked.Decrement(ref now);
            return true;
        });

        teller.Tell(Many(1_000), CancellationToken.None);
        Assert.False(teller.Ended.IsCompleted);
        Assert.Equal(4, _written.Count);
        begin.SetResult();
        await teller.Ended;

        Assert.InRange(most, 1, 4);
        Assert.Equal(1_000, _written.Select(e => e.Target).Distinct().Count());
        Assert.Equal((1_000, 0, 0), (Count(EventEnd.Taken), Count(EventEnd.NotTaken), Count(EventEnd.Dropped)));
    }

    [Fact]
    public async Task A_cluster_that_takes_none_is_asked_a_few_times_and_left_in_peace()
    {
        var teller = Teller(_ => Task.FromResult(false));
        teller.Tell(Many(1_000), CancellationToken.None);
        await teller.Ended;
        Assert.InRange(_written.Count, 8, 11);
        Assert.Equal((_written.Count, 1_000 - _written.Count), (Count(EventEnd.NotTaken), Count(EventEnd.Dropped)));
    }

    [Fact]
    public async Task One_that_is_not_taken_is_not_tried_again_and_the_next_run_s_are_told()
    {
        var teller = Teller(told => Task.FromResult(told.Target.Name != "w0001"));
        teller.Tell(Many(3), CancellationToken.None);
        teller.Tell(Many(1, TargetEventReason.ReactorHandedBack), CancellationToken.None);
        await teller.Ended;
        Assert.Single(_written, e => e.Target.Name == "w0001");
        Assert.Equal((3, 1), (Count(EventEnd.Taken), Count(EventEnd.NotTaken)));
    }

    [Fact]
    public async Task A_bug_in_one_batch_stops_neither_the_next_nor_a_run()
    {
        var teller = Teller(told => told.Reason == nameof(TargetEventReason.ReactorTripped) ? throw new InvalidOperationException("a bug") : Task.FromResult(true));
        teller.Tell(Many(3), CancellationToken.None);
        teller.Tell(Many(2, TargetEventReason.ReactorHeld), CancellationToken.None);
        await teller.Ended;
        Assert.Equal(2, Count(EventEnd.Taken));
    }

    [Fact]
    public async Task Once_writes_are_stopped_the_rest_is_dropped()
    {
        var teller = Teller(_ =>
        {
            _stopped = true;
            return Task.FromResult(true);
        });
        teller.Tell(Many(100), CancellationToken.None);
        await teller.Ended;
        Assert.InRange(_written.Count, 1, 4);
        Assert.Equal(100, Count(EventEnd.Taken) + Count(EventEnd.Dropped));
    }

    [Fact]
    public async Task Back_with_KEDA_is_Normal_and_everything_else_a_Warning()
    {
        var teller = Teller(_ => Task.FromResult(true));
        foreach (var reason in Enum.GetValues<TargetEventReason>())
            teller.Tell(Many(1, reason), CancellationToken.None);
        await teller.Ended;
        Assert.Equal(["ReactorHandedBack"], _written.Where(e => !e.Warning).Select(e => e.Reason));
        Assert.All(_written, e => Assert.Equal("incident-1/1", e.Key));
    }

    private static void InterlockedMax(ref int most, int here)
    {
        for (var seen = Volatile.Read(ref most); here > seen; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, here, seen);
    }
}
