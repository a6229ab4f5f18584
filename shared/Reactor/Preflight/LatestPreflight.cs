using System.Diagnostics;
using Sophia.Keda.Reactor.Health;

namespace Sophia.Keda.Reactor.Preflight;

/// <summary>
/// The latest preflight, made anew in the background when it is old and somebody asks: who asks every ten seconds costs nothing, and nobody
/// waits for the API server but the first, and he not long.
/// </summary>
public sealed class LatestPreflight : IDisposable
{
    private static readonly TimeSpan Good = TimeSpan.FromMinutes(5);

    /// <summary>After a fault, and while something is wrong that somebody may just be mending.</summary>
    private static readonly TimeSpan Doubtful = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Func<CancellationToken, Task<PreflightReport>> _check;
    private readonly TimeProvider _time;
    private readonly TimeProvider _patience;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _end = new();
    private readonly CancellationToken _ended;
    private Task<PreflightReport>? _running;
    private PreflightReport? _known;
    private DateTimeOffset _madeAt;

    /// <param name="check">Makes one.</param>
    /// <param name="time">By which it grows old.</param>
    /// <param name="patience">By which the first who asks waits: the machine's own clock.</param>
    public LatestPreflight(Func<CancellationToken, Task<PreflightReport>> check, TimeProvider time, TimeProvider patience) =>
        (_check, _time, _patience, _ended) = (check, time, patience, _end.Token);

    /// <summary>Called for each that is made.</summary>
    public Action<PreflightReport>? Made { get; init; }

    /// <summary>The latest one; null when the first is not there within two seconds.</summary>
    public async Task<PreflightReport?> AsOfNowAsync(CancellationToken cancel)
    {
        Task<PreflightReport>? running;
        lock (_gate)
        {
            if (_running is null && IsOld())
                _running = Task.Run(MakeAsync, CancellationToken.None);
            if (_known is not null)
                return _known;
            running = _running;
        }

        Debug.Assert(running is not null, "none is known, so one is being made");
        try
        {
            return await running.WaitAsync(Patience, _patience, cancel);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        if (_ended.IsCancellationRequested)
            return;
        _end.Cancel();
        _end.Dispose();
    }

    private bool IsOld()
    {
        if (_known is not { } known)
            return true;
        var sound = known.Findings.All(finding => finding.Kind != FindingKind.Unchecked && finding.Status == HealthStatus.Healthy);
        return _time.GetUtcNow() - _madeAt >= (sound ? Good : Doubtful);
    }

    private async Task<PreflightReport> MakeAsync()
    {
        try
        {
            var made = await _check(_ended);

            // One that the end cut short says nothing of the cluster.
            _ended.ThrowIfCancellationRequested();
            lock (_gate)
                (_known, _madeAt) = (made, _time.GetUtcNow());
            Made?.Invoke(made);
            return made;
        }
        finally
        {
            lock (_gate)
                _running = null;
        }
    }
}
