using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Keeping;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor;

/// <summary>
/// One run under one lease: look, decide, save, act, and look again, until there is nothing left to do now or the time is up. The
/// panel saved before acting holds the intention; outcomes are audited after.
/// </summary>
internal sealed class Run(
    IKeeper keeper,
    ClusterClient cluster,
    Policy policy,
    TimeProvider time,
    ILogger log,
    CancellationToken stop)
{
    /// <summary>A run ends before the next timer tick; what is left, the next one takes up.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(25);

    /// <summary>First wait for KEDA to answer (measured: its HPA is back after 37 to 72 ms); doubled up to <see cref="LongestPause"/>.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan SecondGlance = TimeSpan.FromSeconds(4);

    /// <summary>More wait for the next step, which looks at the cluster first: no flood makes a step large, or keeps the probe waiting.</summary>
    private const int SignalsAtOnce = 500;

    private const int ChainsAtOnce = 500;

    private readonly DateTimeOffset _started = time.GetUtcNow();
    private bool _saw;
    private bool _glance;
    private ImmutableHashSet<(TargetId, Type)> _planned = [];
    private ClusterSigns? _signs;
    private TimeSpan? _takenFor;
    private DateTimeOffset? _dueAt;
    private DateTimeOffset? _shortfallAt;
    private int _looks;
    private int _signals;
    private int _writes;
    private int _pages;
    private readonly List<TargetEvent> _events = [];

    /// <summary>True once this process was told to stop all writes and has not decided on that yet: asked before each request.</summary>
    public required Func<bool> WritesStopped { get; init; }

    public required Action<Observation> Looked { get; init; }

    public required Action<Decision> Decided { get; init; }

    public required Action<ImmutableArray<WriteOutcome>> Acted { get; init; }

    public async Task<RunReport> ToEndAsync()
    {
        var held = false;
        cluster.BeginRun();
        try
        {
            do
            {
                _takenFor = await keeper.BeginAsync(stop);
                if (_takenFor is not null)
                    return Report(held, "");
                held = true;
                try
                {
                    await UnderLeaseAsync();
                }
                finally
                {
                    await keeper.EndAsync();
                }

                // A signal that came while we let go would wait for the timer: its sender saw the lease held.
            }
            while (InTime && !stop.IsCancellationRequested && await keeper.AnyWaitingAsync(stop));
            return Report(held, "");
        }
        catch (StoreContentException e) when (e.Misfit == Misfit.Newer)
        {
            // Not as if it were down: a newer version is at work on it, and two minds must not act at once.
            log.LogCritical(e, "A newer version has written the store: deciding is left to it");
            return Report(held, $"Deciding is left to a newer version. {e.Message}") with { LeftToNewer = true };
        }
        catch (StoreUnavailableException e)
        {
            log.LogError(e, "The store can't be used");
            return Report(held, $"The store can't be used: {e.Message}") with { StoreDown = true };
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Report(held, "Stopped.");
        }
    }

    private bool InTime => time.GetUtcNow() - _started < Budget;

    private async Task UnderLeaseAsync()
    {
        var pause = FirstPause;
        while (InTime)
        {
            if (!await keeper.GoOnAsync(stop))
                return;
            switch (await StepAsync())
            {
                case Step.LookAgain:
                    pause = FirstPause;
                    break;
                case Step.WaitAndLook:
                    if (time.GetUtcNow() - _started + pause >= Budget)
                        return;
                    await Task.Delay(pause, time, stop);
                    pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                    break;
                case Step.Finished:
                    return;
                default:
                    throw new System.Diagnostics.UnreachableException();
            }
        }
    }

    private enum Step
    {
        Finished,

        /// <summary>Something was done: see what it led to.</summary>
        LookAgain,

        /// <summary>Nothing to do until somebody else has done something.</summary>
        WaitAndLook,
    }

    private async Task<Step> StepAsync()
    {
        var basis = await keeper.LoadAsync(SignalsAtOnce, stop);
        var look = await LookAsync(basis.Panel);
        var past = Past.Nothing;
        if (look.Observation is { ReadAgain.IsEmpty: false } marked)
            (look, past) = await AskAsync(marked);
        var now = time.GetUtcNow();
        var input = new DecisionInput
        {
            Panel = basis.Panel,
            Observation = look.Observation,
            NotSeenBecause = look.Problem,
            NothingServed = look.NotServed,
            Past = past,
            Signals = [.. basis.Pending.Select(p => p.Signal)],
            Policy = policy,
            Now = now,
            StoreDownSince = basis.StoreDownSince,
        };
        var decision = Decide.Run(input);
        if (look.Observation is { } first && Uncounted.Of(basis.Panel, decision.Panel, first) is { IsEmpty: false } uncounted)
        {
            // Decided again on the same, with what their /scale says: deciding is free of effects.
            look = ObserveResult.Saw(await cluster.ReadScalesAsync(first, uncounted, stop));
            decision = Decide.Run(input with { Observation = look.Observation });
        }

        if (await keeper.SaveAsync(basis, decision, stop) is not { } saved)
            return Step.WaitAndLook; // somebody else saved meanwhile: look and decide again
        _pages += decision.Pages.Length;
        _events.AddRange(decision.Events);
        _signals += basis.Pending.Length;
        _signs = decision.Panel.Signs;
        _dueAt = decision.Panel.Incidents.Values.Select(incident => NextStep.Of(decision.Panel, incident, policy, now).At).Where(at => at > now).Min();
        _shortfallAt = Shortfall.NextDue(decision.Panel.Targets.Values, now);
        Decided(decision);
        if (look.Observation is { } held && EmptyLists.Judge(basis.Panel, held, policy, now) is { Believed: null, Problem: var doubt })
            look = ObserveResult.Blind(doubt);
        if (look.Observation is not { } seen)
        {
            log.LogWarning("The cluster could not be observed: {Problem}", look.Problem);
            return Step.Finished;
        }

        var chains = Plan.Writes(decision.Panel, seen, policy, now, withoutStore: basis.StoreDownSince is not null);
        if (!chains.IsEmpty)
            return await ActAsync(saved, chains) && !SameAsBefore(chains) ? Step.LookAgain : Step.WaitAndLook;
        if (basis.Pending.Length >= SignalsAtOnce)
            return Step.LookAgain; // more wait
        if (decision.Panel.WritesStop is not null)
            return Step.Finished; // nothing that waits can come about
        var moving = decision.Panel.Targets.Values.Any(t => t.Phase is Phase.HandingBack or Phase.Tripping)
            || decision.Panel.Incidents.Values.Any(i => i.Recovery.Stage == Stage.Closing);
        return moving ? Step.WaitAndLook : Step.Finished;
    }

    /// <summary>
    /// The very same was to be done a moment ago, and was: the look is older than that, as lists from a watch cache that lags behind are. To do
    /// it at once again would only storm the API server.
    /// </summary>
    private bool SameAsBefore(ImmutableArray<WriteChain> chains)
    {
        var before = _planned;
        _planned = [.. chains.SelectMany(chain => chain.Writes).Select(write => (write.Target, write.GetType()))];
        return _planned.SetEquals(before);
    }

    /// <summary>Marks that the panel does not know are adopted only when the store does not know them either. What was not asked about waits for the next look.</summary>
    private async Task<(ObserveResult Look, Past Past)> AskAsync(Observation seen)
    {
        var memories = seen.ReadAgain.Select(id => seen.Targets[id].Memory).OfType<TargetMemory>().ToList();
        var asked = memories.Select(memory => memory.IncidentId).Distinct(StringComparer.Ordinal).Take(PastInStore.Incidents).ToHashSet(StringComparer.Ordinal);
        if (asked.Count == 0)
            return (ObserveResult.Saw(seen), Past.Nothing);
        var past = await keeper.PastAsync([.. memories.Where(memory => asked.Contains(memory.IncidentId))], stop);
        return (ObserveResult.Saw(seen with { ReadAgain = [.. seen.ReadAgain.Where(id => seen.Targets[id].Memory is not { } memory || asked.Contains(memory.IncidentId))] }), past);
    }

    private async Task<ObserveResult> LookAsync(Panel panel)
    {
        var look = await cluster.ObserveAsync(panel, stop);
        _looks++;
        if (look.Observation is { } seen && EmptyLists.Judge(panel, seen, policy, time.GetUtcNow()).Believed is { } believed)
        {
            _saw = true;
            Looked(believed);
        }

        return look;
    }

    /// <summary>
    /// True when at least one write changed something. Thousands of chains go out in parts: each part is recorded before the next begins, and
    /// the lease is renewed between them. What is left when time is up, the next look finds.
    /// </summary>
    private async Task<bool> ActAsync(Basis basis, ImmutableArray<WriteChain> chains)
    {
        var changed = false;
        Basis? saved = basis;
        foreach (var some in chains.Chunk(ChainsAtOnce))
        {
            if (saved is null || !InTime || !await keeper.GoOnAsync(stop) || await StoppedAsync(changed))
                break;
            var outcomes = await cluster.ActAsync(some, request => !WritesStopped() && keeper.Outlives(request), stop);
            Acted(outcomes);
            _writes += outcomes.Count(o => o.Outcome is not Outcome.Skipped);
            _glance |= outcomes.Any(o => o is { Write: DeleteHpa { Owner: HpaOwner.Keda } or ScaleWorkload, Outcome: Outcome.Done });
            changed |= outcomes.Any(o => o.Outcome is Outcome.Done or Outcome.AlreadyDone);
            saved = await RecordAsync(saved, outcomes);
        }

        return changed;
    }

    /// <summary>An order to stop all writes may have come since the look, here or to another instance; before the first part it was looked for just now.</summary>
    private async Task<bool> StoppedAsync(bool later) =>
        WritesStopped() || (later && (await keeper.LoadAsync(SignalsAtOnce, stop)).Pending.Any(entry => entry.Signal is KillSwitchOrder { Stop: true }));

    /// <summary>What to go on from; null when others keep saving: then the plan may be out of date.</summary>
    private async Task<Basis?> RecordAsync(Basis basis, ImmutableArray<WriteOutcome> outcomes)
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var noted = Decide.Record(basis.Panel, outcomes, policy, time.GetUtcNow());
            // What was written is recorded also when the process is told to stop meanwhile.
            if (await keeper.SaveAsync(basis, noted, CancellationToken.None) is { } saved)
            {
                _pages += noted.Pages.Length;
                _events.AddRange(noted.Events);
                return attempt == 0 ? saved : null;
            }

            basis = await keeper.LoadAsync(signals: 0, CancellationToken.None);
        }

        return null;
    }

    /// <summary>
    /// Measured: of 60 KEDA HPAs deleted at once, one was seen again for a moment. A second glance a few seconds after acting catches
    /// it long before the next probe; and replicas that were asked for are told when they are there. When another instance runs, look when its lease ends: it may have died in the middle. A wait or a soak
    /// that ends right after a probe must not last until the next one.
    /// </summary>
    private DateTimeOffset? LookAgainAt()
    {
        var now = time.GetUtcNow();
        var times = new[]
        {
            _glance ? now + SecondGlance : null,
            _shortfallAt > now ? _shortfallAt : null,
            _signs is null ? null : KedaHealth.NextDue(_signs, policy, now),
            _dueAt,
        };
        var soonest = times.Min() is { } due && due - now <= policy.HealthCheckInterval ? due : (DateTimeOffset?)null;
        return new[] { soonest, now + _takenFor }.Min();
    }

    private RunReport Report(bool held, string problem) => new()
    {
        StartedAt = _started,
        Took = time.GetUtcNow() - _started,
        HeldLease = held,
        Saw = _saw,
        Looks = _looks,
        Signals = _signals,
        Writes = _writes,
        Pages = _pages,
        Events = [.. _events],
        Problem = problem,
        TakenFor = _takenFor,
        LookAgainAt = LookAgainAt(),
    };
}
