namespace Sophia.Keda.Reactor.Core;

/// <summary>The part of an incident that the trouble itself lasted: what follows is the way back, and that is ours.</summary>
internal static class Outage
{
    /// <summary>When the last of its evidence was gone; null while some stands, or when there was none.</summary>
    public static DateTimeOffset? EndOf(Incident incident) =>
        incident.Evidence.Values.Any(e => e.Standing) ? null : incident.Evidence.Values.Max(e => e.EndedAt);

    /// <summary>", of it 3 min until the evidence was gone", or nothing when that is not known.</summary>
    public static string Share(Incident incident) => EndOf(incident) is { } end && end > incident.OpenedAt
        ? $", of it {Words.Span(end - incident.OpenedAt)} until the evidence was gone"
        : "";
}
