using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor;

/// <summary>How one run went.</summary>
public sealed record RunReport
{
    public required DateTimeOffset StartedAt { get; init; }

    public required TimeSpan Took { get; init; }

    /// <summary>False when another instance holds the lease: nothing was done here.</summary>
    public required bool HeldLease { get; init; }

    /// <summary>True when the cluster was seen.</summary>
    public bool Saw { get; init; }

    /// <summary>How often it looked.</summary>
    public int Looks { get; init; }

    public int Signals { get; init; }

    public int Writes { get; init; }

    /// <summary>Pages that were queued.</summary>
    public int Pages { get; init; }

    /// <summary>Transitions that were saved, to be told on the ScaledObjects.</summary>
    public ImmutableArray<TargetEvent> Events { get; init; } = [];

    /// <summary>What went wrong outside, in words; empty when nothing did.</summary>
    public string Problem { get; init; } = "";

    /// <summary>True when the store could not be used: not reached, or not read.</summary>
    public bool StoreDown { get; init; }

    /// <summary>True when a newer version has written the store: this one decided nothing.</summary>
    public bool LeftToNewer { get; init; }

    /// <summary>How long another instance still has the lease; null when none has.</summary>
    public TimeSpan? TakenFor { get; init; }

    /// <summary>When a look before the next tick is worth it: a sign becomes evidence, a second glance after deleting KEDA's HPAs, or another instance's lease ends.</summary>
    public DateTimeOffset? LookAgainAt { get; init; }
}
