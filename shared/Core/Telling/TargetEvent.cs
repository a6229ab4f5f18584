namespace Sophia.Keda.Reactor.Core;

/// <summary>What happened to one target, in the words that Kubernetes Events have for their reasons.</summary>
public enum TargetEventReason
{
    /// <summary>It was tripped, or put back on its fallback.</summary>
    ReactorTripped,

    /// <summary>Its fallback was refused, or stands and does nothing.</summary>
    ReactorFallbackNotScaling,

    /// <summary>It is back with KEDA.</summary>
    ReactorHandedBack,

    /// <summary>It stays on its fallback until somebody has done something.</summary>
    ReactorHeld,
}

/// <summary>One transition of one target, for an Event on its ScaledObject: made once, never changed afterwards.</summary>
/// <param name="Target">The ScaledObject.</param>
/// <param name="Uid">Of it.</param>
/// <param name="Reason">What happened.</param>
/// <param name="IncidentId">The incident that it happened for.</param>
/// <param name="Number">The how manieth Event of this target in this incident, from 1: with the others it names the Event, whoever writes it.</param>
/// <param name="Message">Incident, why, and what happens next; at most <see cref="LongestMessage"/> characters.</param>
/// <param name="At">When.</param>
public sealed record TargetEvent(TargetId Target, string Uid, TargetEventReason Reason, string IncidentId, int Number, string Message, DateTimeOffset At)
{
    /// <summary>The API server refuses longer ones (events, note).</summary>
    public const int LongestMessage = 1_024;

    /// <summary>The same transition is the same Event, also when two instances, or one before and after a crash, tell it.</summary>
    public string Key => $"{IncidentId}/{Number}";
}
