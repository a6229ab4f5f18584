using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Preflight;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>The reactor's eyes and hands in the cluster. What the API server does is told as a value; only a cancelled look throws.</summary>
public sealed class ClusterClient
{
    private const int MostDoubtful = 50;

    private readonly ApiClient _api;
    private readonly TimeProvider _time;
    private readonly TimeSpan _lookBudget;
    private readonly Observer _observer;
    private readonly CloserLook _closer;
    private readonly ChainRunner _chains;
    private readonly PreflightCheck _preflight;
    private readonly ApiClient _eventsApi;
    private readonly EventWriter _events;

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
        _time = time;

        // A server that hangs would stretch a dozen lists beyond the lease, and what was seen, even "nothing", could never be saved.
        _lookBudget = policy.Lease / 2;
        _api = new ApiClient(http, policy, time, jitter);
        var scale = new ScalePath(_api);
        var release = new KubernetesRelease();
        _observer = new Observer(_api, settings, _lookBudget, time, signer, release);
        _closer = new CloserLook(_api, scale, time, signer);
        _chains = new ChainRunner(new Writer(_api, scale, signer), policy, time);
        _eventsApi = new ApiClient(http, policy, time, jitter); // so that no Event spends what may be repeated of a trip's writes
        _events = new EventWriter(_eventsApi);
        _preflight = new PreflightCheck(_api, settings, policy.ObserveOnly, time, release);
    }

    /// <summary>One look at the cluster: all of it, or the reason why not.</summary>
    public Task<ObserveResult> ObserveAsync(CancellationToken cancel) => _observer.ObserveAsync(cancel);

    /// <summary>
    /// A look to decide on: targets that carry marks of ours which the panel does not know are read again one by one, and for fallbacks that
    /// lack replicas it is asked why.
    /// </summary>
    public async Task<ObserveResult> ObserveAsync(Panel panel, CancellationToken cancel)
    {
        var began = _time.GetTimestamp();
        var look = await ObserveAsync(cancel);
        if (look.Observation is not { } seen)
            return look;
        if (Marks.Unknown(panel, seen) is { IsEmpty: false } unknown)
            seen = await CloserAsync(seen, token => _closer.ReadAgainAsync(seen, unknown, token), Left(began), cancel);
        if (Doubtful(seen) is { IsEmpty: false } doubtful)
            seen = await CloserAsync(seen, token => _closer.ReadScalesAsync(seen, doubtful, token), Left(began), cancel);
        if (Lacking(panel, seen) is { IsEmpty: false } lacking)
            seen = await CloserAsync(seen, token => _closer.FindShortagesAsync(seen, lacking, token), Left(began), cancel);
        return ObserveResult.Saw(seen);
    }

    /// <summary>What is left of the one budget that a look has, lists and closer looks together.</summary>
    private TimeSpan Left(long began) => _lookBudget - _time.GetElapsedTime(began) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <summary>What does not come in time is not known: the look stays as it was.</summary>
    private async Task<Observation> CloserAsync(Observation seen, Func<CancellationToken, Task<Observation>> look, TimeSpan within, CancellationToken cancel)
    {
        using var budget = new CancellationTokenSource(within, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, budget.Token);
        try
        {
            return await look(either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return seen;
        }
    }

    /// <summary>KEDA says no to a workload of a kind that is not listed: whether it is there at all, only its /scale tells. The first so many.</summary>
    private static ImmutableArray<TargetId> Doubtful(Observation seen) =>
    [
        .. seen.Targets.Values
            .Where(t => t is { Deleting: false, Ready.IsFalse: true, Replicas.Source: ReplicaSource.Hpa or ReplicaSource.Nobody })
            .Take(MostDoubtful).Select(t => t.Id),
    ];

    private static ImmutableArray<TargetId> Lacking(Panel panel, Observation seen) =>
    [
        .. panel.Targets.Values
            .Where(t => t.Phase == Phase.OnFallback && seen.Targets.GetValueOrDefault(t.Id) is { Shortage: "", Replicas: { } w } && w.Available < w.Desired)
            .Select(t => t.Id),
    ];

    /// <summary>
    /// The same look with the counts of these workloads by their /scale: kinds of others are not listed, and how many replicas one has matters at
    /// its trip.
    /// </summary>
    public Task<Observation> ReadScalesAsync(Observation seen, IReadOnlyList<TargetId> targets, CancellationToken cancel) =>
        CloserAsync(seen, token => _closer.ReadScalesAsync(seen, targets, token), _lookBudget, cancel);

    /// <summary>Writes an Event about a ScaledObject; false when the API server did not take it.</summary>
    public Task<bool> TellAsync(Paging.EventOnTarget told, CancellationToken cancel) => _events.WriteAsync(told, cancel);

    /// <summary>A new run begins: it may repeat so many requests in all.</summary>
    public void BeginRun()
    {
        _api.BeginRun();
        _eventsApi.BeginRun();
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
