using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Kpis;

/// <summary>Every row of the specification's section 10 for a period, beside the period before.</summary>
/// <param name="trail">What we know ourselves.</param>
/// <param name="prometheus">What others measure; null: not configured.</param>
/// <param name="queries">By their names in <see cref="PrometheusQueries"/>.</param>
public sealed class KpiBoard(IAuditTrail trail, PrometheusReader? prometheus, ImmutableSortedDictionary<string, string> queries)
{
    public static TimeSpan Week { get; } = TimeSpan.FromDays(7);

    public async Task<KpiReport> ReportAsync(KpiPeriod period, CancellationToken cancel)
    {
        var asked = AskAsync(period, cancel);
        var begins = await KpiHistory.BeginsAsync(trail, cancel);
        var now = await KpiHistory.ReadAsync(trail, period, cancel);
        // Of a period that the trail does not hold whole there is no number to compare with.
        var before = begins <= period.Before.From ? await KpiHistory.ReadAsync(trail, period.Before, cancel) : null;
        var measured = await asked;
        var shortness = begins is null || begins > period.From ? Shortness(begins) : "";
        return new KpiReport(period, begins, [.. OfSpecification(period, now, before, measured, shortness), .. OfOurs(period, now, before, shortness)]);
    }

    private static IEnumerable<Kpi> OfSpecification(KpiPeriod period, KpiHistory now, KpiHistory? before, Dictionary<string, (Measured Now, Measured Before)> measured, string shortness)
    {
        yield return Told(KpiRow.ScalingLatency, measured[PrometheusQueries.ScalingLatency]);
        yield return Told(KpiRow.Utilization, measured[PrometheusQueries.Utilization]);
        yield return Told(KpiRow.QueueDepth, measured[PrometheusQueries.QueueDepth]);
        yield return Told(KpiRow.ScalingFailures, measured[PrometheusQueries.ScalingFailures]);
        yield return Weekly(KpiRow.FallbackActivations, period, now.FallbackIncidents, before?.FallbackIncidents,
            $"{Words.Count(now.FallbackIncidents, "incident")} put {Words.Count(now.FallbackTargets, "target")} on a fallback{shortness}");
        yield return Told(KpiRow.Availability, measured[PrometheusQueries.Availability]);
        yield return KpiRow.Spend.LookElsewhere("in the cloud's billing (Azure Cost Management, by the cluster's resource group)");
        yield return Told(KpiRow.OverProvisioning, (Idle(measured[PrometheusQueries.Utilization].Now), Idle(measured[PrometheusQueries.Utilization].Before)));
        yield return Weekly(KpiRow.Interventions, period, now.Interventions, before?.Interventions,
            $"{Words.Count(now.Interventions, "order")} of people: trips, resets, holds, releases, kill switch; acknowledgements and planned maintenance are not counted{shortness}");
        yield return KpiRow.Recovery.Of(KpiSource.Audit, now.Recovered.Mean?.TotalMinutes, before?.Recovered.Mean?.TotalMinutes,
            $"mean from opened to closed, without trips by hand{Shares(now)}; {KpiWords.Of(now.Recovered)}{shortness}");
        yield return KpiRow.Deployments.LookElsewhere("in CI/CD: count the successful runs of the deployment pipeline");
        yield return KpiRow.Features.LookElsewhere("in the tracker: story points finished");
    }

    private static IEnumerable<Kpi> OfOurs(KpiPeriod period, KpiHistory now, KpiHistory? before, string shortness)
    {
        yield return KpiRow.Detection.Of(KpiSource.Audit, now.Detected.Percentile(95)?.TotalSeconds, before?.Detected.Percentile(95)?.TotalSeconds,
            $"P95 from the sign's start to the incident, the required two minutes included; {KpiWords.Of(now.Detected)}{shortness}");
        yield return KpiRow.Fallback.Of(KpiSource.Audit, now.Protected.Percentile(95)?.TotalSeconds, before?.Protected.Percentile(95)?.TotalSeconds,
            $"P95 from a target's trip to its fallback seen in place; {KpiWords.Of(now.Protected)}{shortness}");
        yield return Weekly(KpiRow.FailedRecoveries, period, now.FailedRecoveries, before?.FailedRecoveries, $"{Words.Count(now.FailedRecoveries, "attempt")} put targets back on the fallback{shortness}");
        yield return Weekly(KpiRow.Contradicted, period, now.Contradicted, before?.Contradicted, $"{Words.Count(now.Contradicted, "alert")} did not trip, because the probe saw otherwise{shortness}");
    }

    /// <summary>How much of it was the outage's own length, which no breaker shortens, and how much the way back.</summary>
    private static string Shares(KpiHistory now) => now is { Outage.Mean: { } outage, WayBack.Mean: { } back }
        ? $"; of it {Words.Span(outage)} the outage itself (until the evidence was gone) and {Words.Span(back)} the way back (cooldown, verification, canary, waves)"
        : "";

    private static Kpi Weekly(KpiRow row, KpiPeriod period, int now, int? before, string detail) =>
        row.Of(KpiSource.Audit, now / period.Weeks, before / period.Weeks, detail);

    private static Kpi Told(KpiRow row, (Measured Now, Measured Before) measured) =>
        row.Of(KpiSource.Prometheus, measured.Now.Value, measured.Before.Value, measured.Now.Why);

    private static Measured Idle(Measured used) => used with { Value = 100 - used.Value };

    private static string Shortness(DateTimeOffset? begins) =>
        begins is { } at ? $"; the audit trail begins at {at.UtcDateTime:yyyy-MM-dd HH:mm}Z, so this is less than the whole period" : "; the audit trail holds nothing yet";

    private async Task<Dictionary<string, (Measured Now, Measured Before)>> AskAsync(KpiPeriod period, CancellationToken cancel)
    {
        var answers = queries.Select(async query => (query.Key, Now: await AskAsync(query.Value, period, cancel), Before: await AskAsync(query.Value, period.Before, cancel)));
        return (await Task.WhenAll(answers)).ToDictionary(answer => answer.Key, answer => (answer.Now, answer.Before));
    }

    private async Task<Measured> AskAsync(string query, KpiPeriod period, CancellationToken cancel) => prometheus is null
        ? new Measured(null, $"not known here: set Prometheus:Url, or ask your monitoring: {query.Replace(PrometheusQueries.Range, $"{(long)period.Length.TotalSeconds}s")}")
        : await prometheus.AskAsync(query, period, cancel);
}
