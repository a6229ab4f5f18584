namespace Sophia.Keda.Reactor.Core;

/// <summary>The part of an incident that the trouble itself lasted: what follows is the way back, and that is ours.</summary>
internal static class Outage
{
    /// <summary>When the last of its evidence was gone; null while some stands, or when there was none.</summary>
    public static DateTimeOffset? EndOf(Incident incident) =>
        incident.Evidence.Values.Any(e => e.Standing) ? null : incident.Evidence.Values.Max(e => e.EndedAt);

    /// <summary>
    /// "gone", or what is known of trouble that shows on a target alone: while that is paused nothing of it can fail, and nothing shows that it is over.
    /// </summary>
    public static string Over(Incident incident) => ShowsOnlyUnpaused(incident) ? "not to be seen while paused," : "gone";

    private static bool ShowsOnlyUnpaused(Incident incident) => incident.Cause is Cause.ScalerErrors or Cause.ErrorRate or Cause.Oscillation;

    /// <summary>", of it 3 min until the evidence was gone", or nothing when that is not known.</summary>
    public static string Share(Incident incident) => EndOf(incident) is { } end && end > incident.OpenedAt
        ? $", of it {Words.Span(end - incident.OpenedAt)} until {(ShowsOnlyUnpaused(incident) ? "nothing of it was to be seen" : "the evidence was gone")}"
        : "";
}
