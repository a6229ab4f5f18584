using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;
using Sophia.Keda.Reactor.Schedules;

namespace Sophia.Keda.Reactor.Integration.Tests;

public sealed class TimerTests : IAsyncLifetime
{
    private readonly ManualTime time = new(RunningHost.Start);
    private readonly Journal journal = new();
    private readonly ServiceProvider services;
    private readonly TimerService timer;

    public TimerTests()
    {
        services = new ServiceCollection().AddSingleton(journal).BuildServiceProvider();
        Assert.True(Schedule.TryParse("*/30 * * * * *", out var schedule));
        var function = Assert.Single(FunctionTable.Of([typeof(Ticker)]).Timers);
        timer = new TimerService(function, schedule, services, time, NullLogger.Instance);
    }

    public Task InitializeAsync() => timer.StartAsync(CancellationToken.None);

    public async Task DisposeAsync()
    {
        journal.Gate.TrySetResult();
        await timer.StopAsync(CancellationToken.None);
        timer.Dispose();
        await services.DisposeAsync();
    }

    [Fact]
    public async Task It_fires_when_its_time_has_come_and_not_before()
    {
        await PassAsync(TimeSpan.FromSeconds(29));
        Assert.Equal(0, journal.Started);

        await PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal((1, false), (journal.Started, journal.WasLate));

        await PassAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(2, journal.Started);
    }

    [Fact]
    public async Task A_run_that_throws_costs_only_itself()
    {
        journal.Throws = true;

        await PassAsync(TimeSpan.FromSeconds(30));
        await PassAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(2, journal.Started);
    }

    [Fact]
    public async Task It_never_overlaps_itself_and_missed_ticks_become_one_late_run()
    {
        journal.Blocks = true;
        await UntilAsync(() => time.Armed == 1);
        time.Advance(TimeSpan.FromSeconds(30));
        await UntilAsync(() => journal.Started == 1);
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(1, journal.Started);

        journal.Blocks = false;
        journal.Gate.SetResult();
        await UntilAsync(() => time.Armed == 1);
        Assert.Equal((2, true, 1), (journal.Started, journal.WasLate, journal.MostAtOnce));

        await PassAsync(TimeSpan.FromSeconds(30));
        Assert.Equal((3, false), (journal.Started, journal.WasLate));
    }

    [Fact]
    public async Task A_long_jump_of_the_clock_is_one_run_and_not_a_flood()
    {
        await PassAsync(TimeSpan.FromHours(10));

        Assert.Equal((2, true), (journal.Started, journal.WasLate));
    }

    /// <summary>Advances and waits until the timer has done its work and sleeps again.</summary>
    private async Task PassAsync(TimeSpan span)
    {
        await UntilAsync(() => time.Armed == 1);
        time.Advance(span);
        await UntilAsync(() => time.Armed == 1);
    }

    private static async Task UntilAsync(Func<bool> reached)
    {
        for (var i = 0; i < 2000 && !reached(); i++) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        Assert.True(reached(), "it did not come to that within 10 s");
    }

    private sealed class Journal
    {
        private int running;

        public int Started { get; private set; }

        public int MostAtOnce { get; private set; }

        public bool WasLate { get; private set; }

        public bool Throws { get; set; }

        public bool Blocks { get; set; }

        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task RunAsync(bool late)
        {
            MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref running));
            (Started, WasLate) = (Started + 1, late);
            if (Throws) throw new InvalidOperationException("bug");
            if (Blocks) await Gate.Task;
            Interlocked.Decrement(ref running);
        }
    }

    private sealed class Ticker(Journal journal)
    {
        [Function("Ticker")]
        public Task Run([TimerTrigger("*/30 * * * * *")] TimerInfo timer, CancellationToken cancel) =>
            cancel.IsCancellationRequested ? Task.CompletedTask : journal.RunAsync(timer.IsPastDue);
    }
}
