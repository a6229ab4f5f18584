using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Preflight;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>The reactor's eyes and hands in the cluster. What the API server does is told as a value; only a cancelled look throws.</summary>
public sealed class ClusterClient
{
    private readonly Observer _observer;
    private readonly ChainRunner _chains;
    private readonly PreflightCheck _preflight;

    /// <param name="http">With its BaseAddress set to the API server (<see cref="ClusterConnection.Connect"/>).</param>
    /// <param name="policy">Request timeout and the bound on parallel writes.</param>
    /// <param name="settings">Where to look.</param>
    /// <param name="time">The clock of timeouts, waits and records.</param>
    /// <param name="jitter">0 (inclusive) to 1 (exclusive); spreads repetitions. May be called from several threads.</param>
    /// <param name="signer">Null: memories are not written to the cluster.</param>
    public ClusterClient(HttpClient http, Policy policy, ClusterSettings settings, TimeProvider time, Func<double> jitter, MemorySigner? signer = null)
    {
        if (http.BaseAddress?.AbsolutePath.EndsWith('/') != true)
            throw new ClusterSettingException($"The cluster's address is '{http.BaseAddress}'; expected one that ends with '/'.");
        var api = new ApiClient(http, policy, time, jitter);
        _observer = new Observer(api, settings, time, signer);
        _chains = new ChainRunner(new Writer(api, signer), policy, time);
        _preflight = new PreflightCheck(api, settings, policy.ObserveOnly, time);
    }

    /// <summary>One look at the cluster: all of it, or the reason why not.</summary>
    public Task<ObserveResult> ObserveAsync(CancellationToken cancel) => _observer.ObserveAsync(cancel);

    /// <summary>A look to decide on: targets that carry marks of ours which the panel does not know are read again one by one.</summary>
    public async Task<ObserveResult> ObserveAsync(Panel panel, CancellationToken cancel)
    {
        var look = await _observer.ObserveAsync(cancel);
        return look.Observation is not { } seen || Marks.Unknown(panel, seen) is not { IsEmpty: false } unknown
            ? look
            : ObserveResult.Saw(await _observer.ReadAgainAsync(seen, unknown, cancel));
    }

    /// <summary>What the reactor needs of the cluster, and what of it is missing. Nothing is changed.</summary>
    public Task<PreflightReport> PreflightAsync(CancellationToken cancel) => _preflight.CheckAsync(cancel);

    /// <summary>
    /// Carries the chains out and tells the end of every write, in the order given. <paramref name="leaseOutlives"/> is asked before
    /// each request whether the runner's lease lasts at least that long. A cancellation skips what was not sent yet.
    /// </summary>
    public Task<ImmutableArray<WriteOutcome>> ActAsync(
        IReadOnlyList<WriteChain> chains, Func<TimeSpan, bool> leaseOutlives, CancellationToken cancel) => _chains.RunAsync(chains, leaseOutlives, cancel);
}
