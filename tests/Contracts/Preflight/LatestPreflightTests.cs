using Sophia.Keda.Reactor.Health;
using Sophia.Keda.Reactor.Preflight;

namespace Sophia.Keda.Reactor.Contracts.Tests.Preflight;

using ManualTime = Sophia.Keda.Reactor.Contracts.Tests.Cluster.ManualTime;

public sealed class LatestPreflightTests
{
    private readonly ManualTime _time = new();
    private int _made;

    [Fact]
    public async Task Who_asks_every_ten_seconds_has_it_made_every_five_minutes()
    {
        using var latest = Latest(_ => Task.FromResult(Report()));

        for (var seconds = 0; seconds <= 600; seconds += 10)
        {
            await latest.AsOfNowAsync(CancellationToken.None);
            await SettledAsync(1 + (seconds / 300));
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(3, _made);
    }

    [Theory]
    [InlineData(FindingKind.Unchecked, HealthStatus.Healthy, 2)]
    [InlineData(FindingKind.Missing, HealthStatus.Degraded, 2)]
    [InlineData(FindingKind.Missing, HealthStatus.Healthy, 1)]
    [InlineData(FindingKind.Note, HealthStatus.Healthy, 1)]
    public async Task After_a_fault_or_while_something_is_wrong_it_is_made_again_after_a_minute(FindingKind kind, HealthStatus status, int made)
    {
        using var latest = Latest(_ => Task.FromResult(Report(new Finding(kind, status, "it"))));
        await latest.AsOfNowAsync(CancellationToken.None);

        _time.Advance(TimeSpan.FromSeconds(59));
        await latest.AsOfNowAsync(CancellationToken.None);
        Assert.Equal(1, _made);
        _time.Advance(TimeSpan.FromSeconds(1));
        await latest.AsOfNowAsync(CancellationToken.None);

        await SettledAsync(made);
        Assert.Equal(made, _made);
    }

    [Fact]
    public async Task Nobody_waits_for_one_that_is_made_anew_and_only_one_is()
    {
        var second = new TaskCompletionSource<PreflightReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var latest = Latest(_ => _made == 1 ? Task.FromResult(Report()) : second.Task);
        var first = await latest.AsOfNowAsync(CancellationToken.None);
        _time.Advance(TimeSpan.FromMinutes(5));

        Assert.Same(first, await latest.AsOfNowAsync(CancellationToken.None));
        await SettledAsync(2);
        Assert.Same(first, await latest.AsOfNowAsync(CancellationToken.None));
        Assert.Equal(2, _made);

        var anew = Report();
        second.SetResult(anew);
        for (var i = 0; i < 500 && !ReferenceEquals(anew, await latest.AsOfNowAsync(CancellationToken.None)); i++) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        Assert.Same(anew, await latest.AsOfNowAsync(CancellationToken.None));
    }

    [Fact]
    public async Task The_first_to_ask_waits_two_seconds_and_no_longer()
    {
        var never = new TaskCompletionSource<PreflightReport>();
        using var latest = Latest(_ => never.Task);

        var asking = latest.AsOfNowAsync(CancellationToken.None);
        await SettledAsync(1);
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(asking.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Null(await asking);
    }

    [Fact]
    public async Task One_that_the_end_cuts_short_is_not_told()
    {
        var told = 0;
        using var latest = new LatestPreflight(async cancel =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel).ContinueWith(static _ => { }, TaskScheduler.Default);
            return Report(new Finding(FindingKind.Unchecked, HealthStatus.Healthy, "stopped"));
        }, _time, _time) { Made = _ => told++ };
        var asking = latest.AsOfNowAsync(CancellationToken.None);

        latest.Dispose();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.Equal(0, told);
    }

    private static PreflightReport Report(params Finding[] findings) => new() { At = DateTimeOffset.UnixEpoch, Words = "all", Findings = [.. findings] };

    private LatestPreflight Latest(Func<CancellationToken, Task<PreflightReport>> check) => new(cancel =>
    {
        Interlocked.Increment(ref _made);
        return check(cancel);
    }, _time, _time);

    /// <summary>It is made on another thread.</summary>
    private async Task SettledAsync(int made)
    {
        for (var i = 0; i < 500 && Volatile.Read(ref _made) < made; i++) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
    }
}
