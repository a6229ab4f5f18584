namespace Sophia.Keda.Reactor.Core;

/// <summary>Why there is an incident, in the words of now: evidence that is gone is told as gone.</summary>
internal static class WhyNow
{
    public static string Of(Incident incident, DateTimeOffset now) => !incident.Left && Outage.EndOf(incident) is { } end
        ? $"{Outage.Over(incident)} since {Words.Clock(end, now)}: {incident.WhyThen(now)}"
        : incident.WhyThen(now);

    /// <summary>Why one target is on its fallback: what it failed by, once it did not come back.</summary>
    public static string Of(Incident incident, TargetId target, DateTimeOffset now) => incident.Members.GetValueOrDefault(target) is { State: MemberState.Protected, FailedAt: not null } member
        ? $"it did not come back with KEDA: {member.Note}"
        : Of(incident, now);
}
