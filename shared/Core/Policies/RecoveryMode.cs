using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Who lets the recovery of an incident begin.</summary>
public enum RecoveryMode
{
    /// <summary>The reactor itself, always.</summary>
    Automatic,

    /// <summary>
    /// The reactor itself, until one target has tripped for the same cause <see cref="Policy.ManualAfter"/> times within
    /// <see cref="Policy.RepeatWindow"/>: then a human. Scaler errors count only when they read like a fault of the configuration, which
    /// no waiting mends.
    /// </summary>
    ManualAfterRepeats,

    /// <summary>A human, from the first trip on.</summary>
    Manual,
}

public static class RecoveryModes
{
    /// <summary>What a human ordered ends by its duration or a reset: nothing is left to choose for it.</summary>
    public static ImmutableArray<Cause> Choosable { get; } = [.. Enum.GetValues<Cause>().Where(c => Causes.Trips(c) && c != Cause.Manual)];

    /// <summary>The mode as policy files and pages name it.</summary>
    public static string Name(RecoveryMode mode) => mode switch
    {
        RecoveryMode.Automatic => "automatic",
        RecoveryMode.ManualAfterRepeats => "manual_after_repeats",
        RecoveryMode.Manual => "manual",
        _ => throw new System.Diagnostics.UnreachableException($"mode {mode}"),
    };
}
