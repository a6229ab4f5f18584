using Microsoft.Extensions.Logging.Abstractions;
using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions;
using Sophia.Keda.Reactor.Functions.Timers;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests;

/// <summary>Pages and the audit trail go by one timer and stand on their own.</summary>
public sealed class DeliverTimerTests : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("deliver-").FullName;
    private readonly ManualTime time = new(RunningHost.Start);
    private readonly DoorRefusals refusals;
    private readonly SqliteStore store;
    private readonly FakeLoop loop = new();

    public DeliverTimerTests()
    {
        refusals = new DoorRefusals(time);
        store = new SqliteStore("test", new SqliteSettings { Path = Path.Combine(folder, "reactor.db") }, time);
        refusals.Note("breakers", 401);
    }

    public ValueTask DisposeAsync()
    {
        store.Dispose();
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task It_sends_pages_and_keeps_the_trail()
    {
        await RunAsync(loop.Access, store);

        Assert.Equal((1, 1), (loop.Deliveries, await KeptAsync()));
    }

    [Fact]
    public async Task Pages_that_fail_are_told_and_the_trail_is_kept()
    {
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(Failing(), store));

        Assert.Equal(("no pages", 1), (fault.Message, await KeptAsync()));
    }

    [Fact]
    public async Task A_trail_that_fails_is_told_and_pages_are_sent()
    {
        await Assert.ThrowsAsync<StoreUnavailableException>(() => RunAsync(loop.Access, new FakeStore { Down = true }));

        Assert.Equal(1, loop.Deliveries);
    }

    [Fact]
    public async Task When_both_fail_both_are_told()
    {
        var faults = await Assert.ThrowsAsync<AggregateException>(() => RunAsync(Failing(), new FakeStore { Down = true }));

        // Whichever failed first stands first.
        Assert.Equal(2, faults.InnerExceptions.Count);
        Assert.Contains(faults.InnerExceptions, fault => fault.Message == "no pages");
        Assert.Contains(faults.InnerExceptions, fault => fault is StoreUnavailableException);
    }

    [Fact]
    public async Task Pages_that_hang_do_not_hold_up_the_trail()
    {
        var end = new TaskCompletionSource();
        var run = RunAsync(loop.Access with { DeliverPages = _ => end.Task }, store);

        for (var i = 0; i < 2000 && await KeptAsync() == 0; i++)
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        Assert.Equal((false, 1), (run.IsCompleted, await KeptAsync()));

        end.SetResult();
        await run;
    }

    private LoopAccess Failing() => loop.Access with
    {
        DeliverPages = async _ =>
        {
            await Task.Yield();
            throw new InvalidOperationException("no pages");
        },
    };

    private Task RunAsync(LoopAccess access, IAuditTrail trail)
    {
        var retention = new AuditRetention(trail, TimeSpan.FromDays(400), time);
        var keeper = new AuditKeeper(trail, retention, refusals, feed: null, time, NullLogger<AuditKeeper>.Instance);
        return new DeliverFunction(access, keeper).Run(new TimerInfo(), CancellationToken.None);
    }

    private async Task<int> KeptAsync() =>
        (await store.AuditAsync(new AuditQuery(), CancellationToken.None)).Count(stored => stored.Record.Reason == Reason.DoorRefused);
}
