using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Keeping;

/// <summary>Where a run finds the panel and puts it: the store, or this process' own memory while the store is down.</summary>
internal interface IKeeper
{
    /// <summary>Takes the right to run. Null when it was got; else how long somebody else has it.</summary>
    Task<TimeSpan?> BeginAsync(CancellationToken cancel);

    /// <summary>False when the right to run was lost meanwhile.</summary>
    Task<bool> GoOnAsync(CancellationToken cancel);

    /// <summary>Whether the right to run lasts at least as long as a request may take.</summary>
    bool Outlives(TimeSpan request);

    /// <summary>What to decide on: the panel and at most so many undecided signals.</summary>
    Task<Basis> LoadAsync(int signals, CancellationToken cancel);

    /// <summary>What is known, beside the panel, of the trips that these memories tell of.</summary>
    Task<Past> PastAsync(IReadOnlyList<TargetMemory> memories, CancellationToken cancel);

    /// <summary>What to go on from after the save; null when somebody else saved meanwhile: nothing was saved then.</summary>
    Task<Basis?> SaveAsync(Basis basis, Decision decision, CancellationToken cancel);

    /// <summary>Lets go of the right to run.</summary>
    Task EndAsync();

    /// <summary>Whether signals wait that nobody has decided on.</summary>
    Task<bool> AnyWaitingAsync(CancellationToken cancel);
}

/// <summary>What a decision is made from.</summary>
internal sealed record Basis(Panel Panel)
{
    public ImmutableArray<InboxEntry> Pending { get; init; } = [];

    /// <summary>Since when there is no store; null while there is.</summary>
    public DateTimeOffset? StoreDownSince { get; init; }

    /// <summary>The store's revision, chain and unknown members that the panel goes back to.</summary>
    public StoredPanel? Stored { get; init; }

    /// <summary>What has to be saved with the next decision because the store was down, lost or rolled back.</summary>
    public Continued? Continued { get; init; }
}
