using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Keeping;
using Sophia.Keda.Reactor.Metrics;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.Telemetry;

namespace Sophia.Keda.Reactor;

/// <summary>
/// The one loop: drain the inbox, look at the cluster, decide, save, act, look again. It runs under the store's lease; whoever
/// does not get it leaves its signals in the inbox for the holder.
/// </summary>
public sealed class ReactorLoop : IAsyncDisposable
{
    private static readonly TimeSpan ElsewhereWait = TimeSpan.FromMilliseconds(200);

    private readonly IStateStore _store;
    private readonly ClusterClient _cluster;
    private readonly Policy _policy;
    private readonly TimeProvider _time;
    private readonly Counters _counters;
    private readonly string _instance;
    private readonly ILogger<ReactorLoop> _log;

    // Not disposed: a waiter that was cancelled just before would never hear of it.
    private readonly SemaphoreSlim _one = new(1);
    private readonly Lock _sync = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<Verdict>> _waiting = new();
    private readonly ProcessMemory _memory;
    private readonly StopOrders _stops;
    private Task<RunReport>? _queued;
    private readonly EventTeller _events;
    private Task _delivering = Task.CompletedTask;

    /// <param name="store">Where everything is remembered.</param>
    /// <param name="cluster">The guarded cluster.</param>
    /// <param name="policy">What to decide by.</param>
    /// <param name="time">The clock.</param>
    /// <param name="counters">What is counted for the metrics.</param>
    /// <param name="instance">This process' name as lease owner, unique among instances.</param>
    /// <param name="log">The log.</param>
    public ReactorLoop(IStateStore store, ClusterClient cluster, Policy policy, TimeProvider time, Counters counters, string instance, ILogger<ReactorLoop> log)
    {
        _store = store;
        _cluster = cluster;
        _policy = policy;
        _time = time;
        _counters = counters;
        _instance = instance;
        _log = log;
        _memory = new ProcessMemory(policy.Cluster);
        _stops = new StopOrders(store);
        _events = new EventTeller(cluster.TellAsync, counters, () => _stops.Any || _memory.Latest.WritesStop is not null, log);
    }

    /// <summary>The latest successful look of this process; null before the first.</summary>
    public Observation? LastObservation { get; private set; }

    /// <summary>How the latest run of this process ended; null before the first.</summary>
    public RunReport? LastRun { get; private set; }

    /// <summary>Pages that wait in this process' memory because the store is down.</summary>
    public IOutbox PagesWithoutStore => _memory.Outbox;

    /// <summary>What this process has in mind: the panel it knew last, and the pages without a store that some channel has not taken.</summary>
    public (Panel Panel, ImmutableArray<OutboxEntry> NotDelivered) InMind => (_memory.Latest, _memory.Outbox.NotDelivered);

    /// <summary>
    /// Called after a run that queued pages, so that people don't wait for the delivery timer. They are in the outbox already: what
    /// this call does not send, the timer does.
    /// </summary>
    public Func<CancellationToken, Task>? PagesQueued { get; init; }

    /// <summary>The timer's entry: a run that begins after this call. Never throws for what the outside world did: the report says it.</summary>
    public Task<RunReport> RunAsync(CancellationToken cancel) => Soon().WaitAsync(cancel);

    /// <summary>
    /// Stores signals durably, then runs, and returns when the run has ended or after <paramref name="patience"/>, whichever is
    /// first; the run goes on. Throws <see cref="StoreUnavailableException"/> when they could not be stored, or nobody knows whether they were.
    /// </summary>
    public async Task<Acceptance> AcceptAsync(IReadOnlyList<Signal> signals, TimeSpan patience, CancellationToken cancel)
    {
        var verdicts = signals.Select(s => s.Key).Distinct().ToDictionary(k => k, _ => new TaskCompletionSource<Verdict>(TaskCreationOptions.RunContinuationsAsynchronously));
        foreach (var (key, verdict) in verdicts)
            _waiting[key] = verdict;
        try
        {
            if (!await _stops.KeepAsync(signals, cancel))
                return new Acceptance(Stored: false, [], []);
            var elsewhere = await DecideAsync(signals, _time.GetUtcNow() + patience, cancel);
            var here = verdicts.Values.Where(v => v.Task.IsCompletedSuccessfully).Select(v => v.Task.Result).ToList();
            var acceptance = new Acceptance(
                Stored: true,
                [.. here, .. elsewhere.Answers.Where(v => !here.Exists(h => h.Key == v.Key))],
                [.. elsewhere.Alerts.Where(key => !here.Exists(h => h.Key == key))]);
            return acceptance with { Undecidable = elsewhere.Undecidable && acceptance.Verdicts.Length + acceptance.Elsewhere.Length < verdicts.Count };
        }
        finally
        {
            foreach (var (key, verdict) in verdicts)
                _waiting.TryRemove(KeyValuePair.Create(key, verdict));
        }
    }

    /// <summary>Stored is promised, decided is not: what does not come in time, a later run finishes.</summary>
    private async Task<DecidedElsewhere> DecideAsync(IReadOnlyList<Signal> signals, DateTimeOffset until, CancellationToken cancel)
    {
        var nothing = new DecidedElsewhere([], [], AllDecided: false);
        try
        {
            var report = await Soon().WaitAsync(until - _time.GetUtcNow(), _time, cancel);
            while (report is { HeldLease: false, StoreDown: false, LeftToNewer: false })
            {
                // Another instance runs, and takes these with it.
                var found = await DecidedElsewhere.FindAsync(_store, signals, cancel);
                if (found.AllDecided || _time.GetUtcNow() + ElsewhereWait >= until)
                    return found;
                await Task.Delay(ElsewhereWait, _time, cancel);
            }

            return nothing with { Undecidable = report.StoreDown || report.LeftToNewer };
        }
        catch (TimeoutException)
        {
            // The run goes on.
        }
        catch (StoreUnavailableException)
        {
            return nothing with { Undecidable = true }; // kept, and gone since
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Nobody waits any longer, or the host wants its answer now: what is kept is kept.
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            // A bug in the run must not make the sender send again what is kept already.
            _log.LogError(e, "The run after {Signals} accepted signals failed; the timer tries again", signals.Count);
        }

        return nothing;
    }

    /// <summary>Looks at the cluster without deciding anything, for views in a process that has not run yet.</summary>
    public async Task<ObserveResult> ObserveAsync(CancellationToken cancel)
    {
        var result = await _cluster.ObserveAsync(cancel);
        if (result.Observation is not { } seen)
            return result;
        var judged = EmptyLists.Judge(_memory.Latest, seen, _policy, _time.GetUtcNow());
        if (judged.Believed is not { } believed)
            return ObserveResult.Blind(judged.Problem);
        LastObservation = believed;
        return ObserveResult.Saw(believed);
    }

    /// <summary>Lets a run under way come to its next stop, which gives its lease back, and pages that are being sent end; starts no other.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _one.WaitAsync();
        await _delivering;
        await _events.Ended;
        _stop.Dispose();
    }

    /// <summary>One run at a time in this process; everybody who asks while one is under way shares the next.</summary>
    private Task<RunReport> Soon()
    {
        lock (_sync)
            return _queued ??= QueuedAsync();
    }

    private async Task<RunReport> QueuedAsync()
    {
        await Task.Yield();
        // Not cancelled while it waits: whoever has it ends soon when all is to stop.
        await _one.WaitAsync();
        try
        {
            lock (_sync)
                _queued = null;
            _stop.Token.ThrowIfCancellationRequested();
            using var span = ReactorActivity.Start("run");
            await KeepLateAsync();
            var report = await RunOnceAsync(new StoreKeeper(_store, _memory, _policy, _time, _instance, _log));
            if (report.StoreDown)
                report = await WithoutStoreAsync(report);
            LastRun = report with { Events = [] };
            Tell(span, report);
            // Another's lease may have ended while this was told: it is looked for all the same, at once.
            if (report.LookAgainAt - _time.GetUtcNow() is { } wait && (wait > TimeSpan.Zero || report.TakenFor is not null))
                _ = LookAgainAsync(wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
            _events.Tell(report.Events, _stop.Token);
            if (report.Pages > 0 && PagesQueued is { } deliver)
                _delivering = _delivering.IsCompleted ? DeliverAsync(deliver) : Task.WhenAll(_delivering, DeliverAsync(deliver));
            return report;
        }
        finally
        {
            _one.Release();
        }
    }

    private static void Tell(Activity? span, RunReport report)
    {
        span?.SetTag("reactor.signals", report.Signals).SetTag("reactor.writes", report.Writes).SetTag("reactor.looks", report.Looks).SetTag("reactor.saw", report.Saw);
        if (report.Problem.Length > 0) span?.SetStatus(ActivityStatusCode.Error, report.Problem);
    }

    private Task<RunReport> RunOnceAsync(IKeeper keeper) => new Run(keeper, _cluster, _policy, _time, _log, _stop.Token)
    {
        WritesStopped = () => _stops.Any,
        Looked = Looked,
        Decided = Publish,
        Acted = Count,
    }.ToEndAsync();

    private async Task KeepLateAsync()
    {
        try
        {
            await _stops.KeepLateAsync(_stop.Token);
        }
        catch (StoreUnavailableException e)
        {
            _log.LogWarning(e, "An order to stop all writes can't be kept yet; this instance obeys it");
        }
    }

    /// <summary>The store is down: trouble of the whole cluster that the probe sees is answered all the same, from this process' memory.</summary>
    private async Task<RunReport> WithoutStoreAsync(RunReport failed)
    {
        _memory.StoreIsDown(_time.GetUtcNow());
        var report = await RunOnceAsync(new StandInKeeper(_memory, _policy));
        return report with { Problem = failed.Problem, StoreDown = true, Events = [.. failed.Events, .. report.Events] };
    }

    /// <summary>Should this process be gone by then, the timer's next tick looks.</summary>
    private async Task LookAgainAsync(TimeSpan wait)
    {
        try
        {
            await Task.Delay(wait, _time, _stop.Token);
            await Soon();
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // stopping
        }
    }

    private async Task DeliverAsync(Func<CancellationToken, Task> deliver)
    {
        try
        {
            await deliver(_stop.Token);
        }
        catch (Exception e)
        {
            _log.LogWarning(e, "Pages could not be delivered at once; the timer tries again");
        }
    }

    private void Looked(Observation seen)
    {
        LastObservation = seen;
        _counters.Scaling.Look(seen, _policy.LongestGap);
    }

    private void Publish(Decision decision)
    {
        _stops.Answered(decision.Panel);
        foreach (var verdict in decision.Verdicts)
        {
            _counters.Signal(verdict.Reason);
            if (_waiting.TryGetValue(verdict.Key, out var waiting))
                waiting.TrySetResult(verdict);
        }
    }

    private void Count(ImmutableArray<WriteOutcome> outcomes)
    {
        foreach (var outcome in outcomes)
            _counters.Write(outcome.Outcome);
    }
}
