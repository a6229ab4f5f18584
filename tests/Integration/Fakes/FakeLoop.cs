using System.Collections.Immutable;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions;

namespace Sophia.Keda.Reactor.Integration.Tests.Fakes;

/// <summary>Stands where the loop stands: keeps what it was given and answers as the test says.</summary>
internal sealed class FakeLoop
{
    private int waiting;

    public List<Signal> Accepted { get; } = [];

    public Func<Signal, Verdict?> Decide { get; set; } = _ => null;

    public Func<Exception>? Throw { get; set; }

    public bool InboxFull { get; set; }

    public bool Undecidable { get; set; }

    public Observation? Seen { get; set; }

    /// <summary>The look that the loop made last.</summary>
    public Observation? Last { get; set; }

    /// <summary>Nothing outside answers any more: whatever is asked ends when its caller gives up.</summary>
    public bool Hangs { get; set; }

    /// <summary>How many wait so.</summary>
    public int Waiting => waiting;

    /// <summary>How long the last sender would have been kept waiting.</summary>
    public TimeSpan? Patience { get; private set; }

    public int Runs { get; private set; }

    public int Deliveries { get; private set; }

    /// <summary>What sending does then.</summary>
    public Func<Task> Deliver { get; set; } = () => Task.CompletedTask;

    public RunReport? LastRun { get; set; }

    public LoopAccess Access => new()
    {
        Run = _ =>
        {
            Runs++;
            if (Throw is { } fault) throw fault();
            return Task.FromResult(new RunReport { StartedAt = DateTimeOffset.UnixEpoch, Took = TimeSpan.Zero, HeldLease = true });
        },
        Accept = async (signals, patience, cancel) =>
        {
            Patience = patience;
            if (Hangs) await ForeverAsync(cancel);
            if (Throw is { } fault) throw fault();
            if (InboxFull) return new Acceptance(Stored: false, [], []);
            Accepted.AddRange(signals);
            return new Acceptance(Stored: true, [.. signals.Select(Decide).OfType<Verdict>()], []) { Undecidable = Undecidable };
        },
        Observe = async cancel =>
        {
            if (Hangs) await ForeverAsync(cancel);
            return Seen is { } seen ? ObserveResult.Saw(seen) : ObserveResult.Blind("no route to host");
        },
        LastObservation = () => Last,
        LastRun = () => LastRun,
        DeliverPages = _ =>
        {
            Deliveries++;
            return Deliver();
        },
    };

    private async Task ForeverAsync(CancellationToken cancel)
    {
        Interlocked.Increment(ref waiting);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
    }

    public static Observation EmptyCluster(DateTimeOffset at) => new()
    {
        At = at,
        Targets = ImmutableSortedDictionary<TargetId, TargetView>.Empty,
        Operator = new OperatorView(),
        MetricsServer = new MetricsServerView { Available = true },
    };
}
