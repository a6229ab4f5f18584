using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor;

/// <summary>
/// One run under one lease: look, decide, save, act, and look again, until there is nothing left to do now or the time is up. The
/// panel saved before acting holds the intention; outcomes are audited after.
/// </summary>
internal sealed class Run(
    IStateStore store,
    ClusterClient cluster,
    Policy policy,
    TimeProvider time,
    string instance,
    ILogger log,
    CancellationToken stop)
{
    /// <summary>A run ends before the next timer tick; what is left, the next one takes up.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(25);

    /// <summary>First wait for KEDA to answer (measured: its HPA is back after 37 to 72 ms); doubled up to <see cref="LongestPause"/>.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan SecondGlance = TimeSpan.FromSeconds(4);

    private const int SignalsAtOnce = 500;

    private readonly DateTimeOffset _started = time.GetUtcNow();
    private StoreLease _lease = new(LeaseName.Runner, instance, 0, DateTimeOffset.MinValue);
    private TimeSpan? _takenFor;
    private bool _saw;
    private bool _deletedKedaHpa;
    private ClusterSigns? _signs;
    private int _looks;
    private int _signals;
    private int _writes;
    private int _pages;

    public required Action<Observation> Looked { get; init; }

    public required Action<Decision> Decided { get; init; }

    public required Action<ImmutableArray<WriteOutcome>> Acted { get; init; }

    public async Task<RunReport> ToEndAsync()
    {
        var held = false;
        try
        {
            do
            {
                var answer = await store.AcquireLeaseAsync(LeaseName.Runner, instance, policy.Lease, stop);
                if (answer.Lease is not { } lease)
                {
                    _takenFor = answer.FreeIn;
                    return Report(held, "");
                }

                (held, _lease) = (true, lease);
                try
                {
                    await UnderLeaseAsync();
                }
                finally
                {
                    await store.ReleaseLeaseAsync(_lease, CancellationToken.None);
                }

                // A signal that came while we let go would wait for the timer: its sender saw the lease held.
            }
            while (InTime && !stop.IsCancellationRequested && !(await store.PendingAsync(1, stop)).IsEmpty);
            return Report(held, "");
        }
        catch (StoreUnavailableException e)
        {
            log.LogError(e, "The store can't be used; nothing is decided until it can");
            return Report(held, $"The store can't be used: {e.Message}");
        }
        catch (StoreContentException e)
        {
            log.LogCritical(e, "The store holds what this version can't read");
            return Report(held, e.Message);
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
            if (!await KeepLeaseAsync())
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
        var pending = await store.PendingAsync(SignalsAtOnce, stop);
        var stored = await store.LoadAsync(stop);
        var look = await cluster.ObserveAsync(stop);
        _looks++;
        if (look.Observation is { } observation)
        {
            _saw = true;
            Looked(observation);
        }

        var now = time.GetUtcNow();
        var decision = Decide.Run(new DecisionInput
        {
            Panel = stored.Panel,
            Observation = look.Observation,
            NotSeenBecause = look.Problem,
            Signals = [.. pending.Select(p => p.Signal)],
            Policy = policy,
            Now = now,
        });
        if (!await SaveAsync(decision, stored.Revision, stored.Unknown, [.. pending.Select(p => p.Sequence)]))
            return Step.WaitAndLook; // somebody else saved meanwhile: look and decide again
        _signals += pending.Length;
        _signs = decision.Panel.Signs;
        Decided(decision);
        if (look.Observation is not { } seen)
        {
            log.LogWarning("The cluster could not be observed: {Problem}", look.Problem);
            return Step.Finished;
        }

        var chains = Plan.Writes(decision.Panel, seen, policy, now);
        if (!chains.IsEmpty)
            return await ActAsync(decision.Panel, stored.Revision + 1, stored.Unknown, chains) ? Step.LookAgain : Step.WaitAndLook;
        var moving = decision.Panel.Targets.Values.Any(t => t.Phase is Phase.HandingBack or Phase.Tripping);
        return moving ? Step.WaitAndLook : pending.Length == SignalsAtOnce ? Step.LookAgain : Step.Finished;
    }

    /// <summary>True when at least one write changed something.</summary>
    private async Task<bool> ActAsync(Panel panel, long revision, UnknownMembers unknown, ImmutableArray<WriteChain> chains)
    {
        var outcomes = await cluster.ActAsync(chains, LeaseOutlives, stop);
        Acted(outcomes);
        _writes += outcomes.Count(o => o.Outcome is not Outcome.Skipped);
        _deletedKedaHpa |= outcomes.Any(o => o is { Write: DeleteHpa { Owner: HpaOwner.Keda }, Outcome: Outcome.Done });
        for (var attempt = 0; attempt < 3; attempt++)
        {
            if (await SaveAsync(Decide.Record(panel, outcomes, policy, time.GetUtcNow()), revision, unknown, []))
                break;
            var now = await store.LoadAsync(stop);
            (panel, revision, unknown) = (now.Panel, now.Revision, now.Unknown);
        }

        return outcomes.Any(o => o.Outcome is Outcome.Done or Outcome.AlreadyDone);
    }

    private async Task<bool> SaveAsync(Decision decision, long revision, UnknownMembers unknown, ImmutableArray<long> decided)
    {
        var saved = await store.SaveAsync(
            new Commit
            {
                Panel = decision.Panel,
                ExpectedRevision = revision,
                Lease = _lease,
                Unknown = unknown,
                Decided = decided,
                Pages = decision.Pages,
                Channels = policy.AlertChannels,
                Audit = decision.Audit,
                Closed = decision.Closed,
            },
            stop);
        if (saved)
            _pages += decision.Pages.Length;
        return saved;
    }

    private bool LeaseOutlives(TimeSpan request) => _lease.Until - time.GetUtcNow() > request;

    /// <summary>Renews the lease when a third of it is used up; false when it was lost.</summary>
    private async Task<bool> KeepLeaseAsync()
    {
        var now = time.GetUtcNow();
        if (_lease.Until - now > policy.Lease * (2.0 / 3))
            return true;
        if (await store.RenewLeaseAsync(_lease, policy.Lease, stop) is not { } renewed)
        {
            log.LogWarning("The lease was lost to another instance; it goes on from here");
            return false;
        }

        _lease = renewed;
        return true;
    }

    /// <summary>
    /// Measured: of 60 KEDA HPAs deleted at once, one was seen again for a moment. A second glance a few seconds after acting catches
    /// it long before the next probe.
    /// </summary>
    private DateTimeOffset? LookAgainAt()
    {
        var now = time.GetUtcNow();
        var glance = _deletedKedaHpa ? now + SecondGlance : (DateTimeOffset?)null;
        var due = _signs is null ? null : KedaHealth.NextDue(_signs, policy, now);
        var soonest = glance is null || due < glance ? due : glance;
        return soonest - now < policy.HealthCheckInterval ? soonest : null;
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
        Problem = problem,
        LookAgainAt = LookAgainAt(),
    };
}
