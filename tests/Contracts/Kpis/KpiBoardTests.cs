using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Kpis;

namespace Sophia.Keda.Reactor.Contracts.Tests.Kpis;

public sealed class KpiBoardTests : IDisposable
{
    private static readonly KpiPeriod Week = new(KpiRig.Monday.AddDays(-7), KpiRig.Monday);

    private readonly KpiRig rig = new();

    public void Dispose() => rig.Dispose();

    [Fact]
    public async Task The_rows_of_the_specification_that_the_trail_knows_are_there_and_ours_after_them()
    {
        var report = await ReportAsync();

        Assert.Equal(
            ["10.1 fallback-activations", "10.2 manual-interventions", "10.2 incident-response", "reactor time-to-detect", "reactor time-to-fallback", "reactor failed-recoveries", "reactor contradicted-alerts"],
            report.Rows.Select(row => $"{row.Section} {row.Id}"));
        Assert.All(report.Rows.Where(row => row.Value is null), row => Assert.Contains("n=0: none in this period", row.Detail, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_trail_knows_is_counted_and_set_beside_the_week_before()
    {
        var (then, now) = (Week.From.AddDays(-7), Week.From);
        await rig.WriteAsync(
            [
                KpiRig.Of(Reason.TrailBegun, then.AddDays(-1)),
                .. KpiRig.Incident("old-1", then.AddDays(1), detect: 130, fallback: 20, minutes: 30),
                .. KpiRig.Incident("old-2", then.AddDays(2), detect: 130, fallback: 20, minutes: 30),
                KpiRig.Order(Reason.TripOrdered, then.AddDays(3)),
                .. KpiRig.Incident("new-1", now.AddDays(1), detect: 125, fallback: 4, minutes: 10),
                KpiRig.Of(Reason.FallbackInPlace, now.AddDays(1).AddSeconds(6), "new-1", facts: ("tripped", $"{now.AddDays(1):O}")),
                // By hand: neither detected nor recovered by us.
                .. KpiRig.Incident("by-hand", now.AddDays(2), detect: 0, fallback: 5, minutes: 600, cause: "manual"),
                KpiRig.Order(Reason.TripOrdered, now.AddDays(2)),
                KpiRig.Order(Reason.ResetOrdered, now.AddDays(2)),
                KpiRig.Order(Reason.ResetOrdered, now.AddDays(2), accepted: false),
                KpiRig.Order(Reason.AcknowledgedByHuman, now.AddDays(2)),
                KpiRig.Of(Reason.HeldByHuman, now.AddDays(2)),
                KpiRig.Of(Reason.PutBackOnFallback, now.AddDays(3), "new-1"),
                KpiRig.Of(Reason.AlertContradicted, now.AddDays(3)),
            ]);

        var report = await ReportAsync();

        Assert.Equal((2, 2, KpiTrend.Same, false), Numbers(report, "fallback-activations"));
        Assert.Equal((2, 1, KpiTrend.Worse, false), Numbers(report, "manual-interventions"));
        Assert.Equal((10, 30, KpiTrend.Better, true), Numbers(report, "incident-response"));
        Assert.Equal((125, 130, KpiTrend.Better, null), Numbers(report, "time-to-detect"));
        Assert.Equal((6, 20, KpiTrend.Better, null), Numbers(report, "time-to-fallback"));
        Assert.Equal((1, 0, KpiTrend.Worse, null), Numbers(report, "failed-recoveries"));
        Assert.Equal((1, 0, KpiTrend.Worse, null), Numbers(report, "contradicted-alerts"));
        Assert.Contains("2 incidents put 3 targets on a fallback", Row(report, "fallback-activations").Detail, StringComparison.Ordinal);
        Assert.Contains("n=1, median 10 min, greatest 10 min", Row(report, "incident-response").Detail, StringComparison.Ordinal);
        Assert.Contains("n=3, median 5 s, greatest 6 s", Row(report, "time-to-fallback").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_time_to_the_fallback_ends_when_its_replicas_are_ready_and_not_when_its_HPA_stands()
    {
        var opened = Week.From.AddDays(1);
        (string, string) tripped = ("tripped", $"{opened:O}");
        await rig.WriteAsync(
            [
                KpiRig.Of(Reason.TrailBegun, Week.From.AddDays(-1)),
                KpiRig.Of(Reason.FallbackInPlace, opened.AddSeconds(4), "one", facts: [tripped, ("replicasThere", "false")]),
                KpiRig.Of(Reason.FallbackInPlace, opened.AddSeconds(5), "one", facts: [tripped, ("replicasThere", "true")]),
                KpiRig.Of(Reason.ReplicasInPlace, opened.AddSeconds(34), "one", facts: [tripped]),
            ]);

        var report = await ReportAsync();

        Assert.Equal(34, Row(report, "time-to-fallback").Value);
        Assert.Contains("n=2,", Row(report, "time-to-fallback").Detail, StringComparison.Ordinal);
        Assert.Contains("put 2 targets on a fallback", Row(report, "fallback-activations").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_time_to_recover_says_how_much_of_it_was_the_outage_itself()
    {
        await rig.WriteAsync(
            [
                KpiRig.Of(Reason.TrailBegun, Week.From.AddDays(-1)),
                .. KpiRig.Incident("one", Week.From.AddDays(1), detect: 120, fallback: 5, minutes: 14, outage: 3),
                .. KpiRig.Incident("two", Week.From.AddDays(2), detect: 120, fallback: 5, minutes: 16, outage: 5),
            ]);

        var row = Row(await ReportAsync(), "incident-response");

        Assert.Equal((15, true), (row.Value, row.Met));
        Assert.Contains("of it 4 min the outage itself (until the evidence was gone) and 11 min the way back", row.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_incident_that_was_reopened_counts_once_from_its_first_opening_to_its_last_end()
    {
        var opened = Week.From.AddDays(1);
        await rig.WriteAsync(
            [
                KpiRig.Of(Reason.TrailBegun, Week.From.AddDays(-1)),
                .. KpiRig.Incident("one", opened, detect: 120, fallback: 5, minutes: 14, outage: 3),
                KpiRig.Incident("one", opened, detect: 120, fallback: 5, minutes: 40, outage: 20)[^1],
            ]);

        var row = Row(await ReportAsync(), "incident-response");

        Assert.Equal(40, row.Value);
        Assert.Contains("n=1", row.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trail_younger_than_the_period_says_so_and_has_nothing_to_compare_with()
    {
        await rig.WriteAsync([KpiRig.Of(Reason.TrailBegun, Week.To.AddDays(-2)), .. KpiRig.Incident("i", Week.To.AddDays(-1), 120, 5, 8)]);

        var row = Row(await ReportAsync(), "fallback-activations");

        Assert.Equal((1, null, KpiTrend.Unknown), (row.Value, row.Before, row.Trend));
        Assert.Contains("the audit trail begins at 2026-08-01 09:00Z", row.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Percentiles_of_few_are_told_as_what_they_are()
    {
        static TimeSpan[] Seconds(params int[] times) => [.. times.Select(seconds => TimeSpan.FromSeconds(seconds))];

        Assert.Null(new Sample([]).Percentile(95));
        Assert.Equal(TimeSpan.FromSeconds(7), new Sample(Seconds(7)).Percentile(95));
        Assert.Equal(TimeSpan.FromSeconds(3), new Sample(Seconds(3, 1, 2)).Percentile(95));
        Assert.Equal(TimeSpan.FromSeconds(2), new Sample(Seconds(3, 1, 2)).Percentile(50));
        Assert.Equal(TimeSpan.FromSeconds(95), new Sample(Seconds([.. Enumerable.Range(1, 100)])).Percentile(95));
    }

    private static Kpi Row(KpiReport report, string id) => report.Rows.Single(row => row.Id == id);

    private static (double?, double?, KpiTrend, bool?) Numbers(KpiReport report, string id) =>
        Row(report, id) is var row ? (row.Value, row.Before, row.Trend, row.Met) : default;

    private Task<KpiReport> ReportAsync() => new KpiBoard(rig.Store).ReportAsync(Week, CancellationToken.None);
}
