namespace Sophia.Keda.Reactor.State;

/// <summary>What only one instance may do at a time.</summary>
public enum LeaseName
{
    /// <summary>Decide and act.</summary>
    Runner,

    /// <summary>Send pages: two that send at once page people twice.</summary>
    Delivery,
}

/// <summary>The right to do something alone. The token grows with each new holder; a commit with another than the latest is refused.</summary>
/// <param name="Name">What it is the right to.</param>
/// <param name="Owner">The instance that has it.</param>
/// <param name="Token">Larger than every earlier one of this name.</param>
/// <param name="Until">By the owner's clock.</param>
public sealed record StoreLease(LeaseName Name, string Owner, long Token, DateTimeOffset Until);

/// <param name="Lease">Null when somebody else has it.</param>
/// <param name="FreeIn">How long theirs still lasts if they don't renew it.</param>
public sealed record LeaseAnswer(StoreLease? Lease, TimeSpan FreeIn)
{
    /// <summary>True when it was taken before its time from a process that has ended without giving it back.</summary>
    public bool HolderGone { get; init; }
}
