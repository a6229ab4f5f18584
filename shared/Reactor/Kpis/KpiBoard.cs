using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Kpis;

/// <summary>
/// What the audit trail knows of the specification's section 10 for a period, beside the period before. What Prometheus measures stands in
/// infra/keda/monitoring.
/// </summary>
public sealed class KpiBoard(IAuditTrail trail)
{
    public static TimeSpan Week { get; } = TimeSpan.FromDays(7);

    public async Task<KpiReport> ReportAsync(KpiPeriod period, CancellationToken cancel)
    {
        var begins = await KpiHistory.BeginsAsync(trail, cancel);
        var now = await KpiHistory.ReadAsync(trail, period, cancel);
        // Of a period that the trail does not hold whole there is no number to compare with.
        var before = begins <= period.Before.From ? await KpiHistory.ReadAsync(trail, period.Before, cancel) : null;
        return new KpiReport(period, begins, [.. Rows(period, now, before, begins is null || begins > period.From ? Shortness(begins) : "")]);
    }

    private static IEnumerable<Kpi> Rows(KpiPeriod period, KpiHistory now, KpiHistory? before, string shortness)
    {
        yield return Weekly(KpiRow.FallbackActivations, period, now.FallbackIncidents, before?.FallbackIncidents,
            $"{Words.Count(now.FallbackIncidents, "incident")} put {Words.Count(now.FallbackTargets, "target")} on a fallback{shortness}");
        yield return Weekly(KpiRow.Interventions, period, now.Interventions, before?.Interventions,
            $"{Words.Count(now.Interventions, "order")} of people: trips, resets, holds, releases, kill switch; acknowledgements and planned maintenance are not counted{shortness}");
        yield return KpiRow.Recovery.Of(now.Recovered.Mean?.TotalMinutes, before?.Recovered.Mean?.TotalMinutes,
            $"mean from opened to closed, without trips by hand{Shares(now)}; {KpiWords.Of(now.Recovered)}{shortness}");
        yield return KpiRow.Detection.Of(now.Detected.Percentile(95)?.TotalSeconds, before?.Detected.Percentile(95)?.TotalSeconds,
            $"P95 from the sign's start to the incident, the required two minutes included; {KpiWords.Of(now.Detected)}{shortness}");
        yield return KpiRow.Fallback.Of(now.Protected.Percentile(95)?.TotalSeconds, before?.Protected.Percentile(95)?.TotalSeconds,
            $"P95 from a target's trip to its fallback seen in place, with the replicas that it asks for ready; {KpiWords.Of(now.Protected)}{shortness}");
        yield return Weekly(KpiRow.FailedRecoveries, period, now.FailedRecoveries, before?.FailedRecoveries, $"{Words.Count(now.FailedRecoveries, "attempt")} put targets back on the fallback{shortness}");
        yield return Weekly(KpiRow.Contradicted, period, now.Contradicted, before?.Contradicted, $"{Words.Count(now.Contradicted, "alert")} did not trip, because the probe saw otherwise{shortness}");
    }

    /// <summary>How much of it was the outage's own length, which no breaker shortens, and how much the way back.</summary>
    private static string Shares(KpiHistory now) => now is { Outage.Mean: { } outage, WayBack.Mean: { } back }
        ? $"; of it {Words.Span(outage)} the outage itself (until the evidence was gone) and {Words.Span(back)} the way back (cooldown, verification, canary, waves)"
        : "";

    private static Kpi Weekly(KpiRow row, KpiPeriod period, int now, int? before, string detail) => row.Of(now / period.Weeks, before / period.Weeks, detail);

    private static string Shortness(DateTimeOffset? begins) =>
        begins is { } at ? $"; the audit trail begins at {at.UtcDateTime:yyyy-MM-dd HH:mm}Z, so this is less than the whole period" : "; the audit trail holds nothing yet";
}
