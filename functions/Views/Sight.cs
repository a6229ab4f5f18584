using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;

namespace Sophia.Keda.Reactor.Functions.Views;

/// <param name="Seen">What was seen.</param>
/// <param name="Age">How long ago.</param>
/// <param name="StaleBecause">Why there is no newer look, when this one is old; null while it is fresh.</param>
public sealed record LastLook(Observation Seen, TimeSpan Age, string? StaleBecause)
{
    public int AgeSeconds => (int)Age.TotalSeconds;

    public bool Stale => StaleBecause is not null;
}

/// <summary>
/// The cluster as views show it: the loop's last look while it is fresh, else a look of our own (another instance may be the
/// runner), else the old one with its age: at 3 a.m. an old answer that says its age is worth more than none. Null when this process has never
/// seen the cluster.
/// </summary>
public sealed class Sight(LoopAccess loop, Policy policy, TimeProvider time, RequestTime request, ILogger<Sight> log)
{
    /// <summary>How long a view that has an old look waits for a new one: an API server that hangs would outlast the request.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(2);

    public async Task<LastLook?> LookAsync(CancellationToken cancel)
    {
        var last = loop.LastObservation();
        if (last is not null && Age(last) <= policy.LongestGap) return new LastLook(last, Age(last), null);
        using var late = last is null ? new CancellationTokenSource() : new CancellationTokenSource(Patience, request.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, late.Token);
        string problem;
        try
        {
            var look = await loop.Observe(either.Token);
            if (look.Observation is { } seen) return new LastLook(seen, Age(seen), null);
            problem = look.Problem;
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            problem = $"the API server did not answer within {Patience.TotalSeconds:0} s";
        }

        log.LogWarning("The cluster can't be seen for a view: {Problem}", problem);
        return last is null ? null : new LastLook(last, Age(last), problem);
    }

    private TimeSpan Age(Observation look) => time.GetUtcNow() - look.At is var age && age > TimeSpan.Zero ? age : TimeSpan.Zero;
}
