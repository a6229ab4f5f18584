using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Health;
using Sophia.Keda.Reactor.Preflight;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Health;

public sealed class HealthReportTests
{
    private static readonly DateTimeOffset Now = new(2026, 8, 1, 10, 0, 0, TimeSpan.Zero);

    private static readonly Policy Paged = new() { AlertChannels = ["slack"] };

    private static readonly HealthInput Well = new() { Policy = Paged, Now = Now,
        Panel = Panel.Empty("c") with { LastProbeAt = Now.AddSeconds(-30) } };

    [Fact]
    public void A_reactor_that_probes_and_pages_is_healthy_and_has_nothing_to_say()
    {
        var report = HealthReport.Of(Well);

        Assert.Equal(HealthStatus.Healthy, report.Status);
        Assert.Empty(report.Reasons);
    }

    [Fact]
    public void A_Watchdog_that_comes_that_never_came_or_that_nobody_waits_for_is_no_news()
    {
        Assert.Empty(HealthReport.Of(Well with { WatchdogHeardAt = Now.AddMinutes(-9), LongestSilence = TimeSpan.FromMinutes(10) }).Reasons);
        Assert.Empty(HealthReport.Of(Well with { LongestSilence = TimeSpan.FromMinutes(10) }).Reasons);
        Assert.Empty(HealthReport.Of(Well with { WatchdogHeardAt = Now.AddDays(-1) }).Reasons);
    }

    [Theory]
    [InlineData(null, false, 0, HealthStatus.Healthy, "a sign that can't be judged: no lease of the operator counts")]
    [InlineData("keda/operator.keda.sh", true, 0, HealthStatus.Healthy, "the operator's lease keda/operator.keda.sh was seen moving")]
    [InlineData("keda/operator.keda.sh", false, 1, HealthStatus.Healthy, "the operator's lease keda/operator.keda.sh was never seen moving, last renewed 2026-06-01 10:00:00Z")]
    [InlineData("keda/operator.keda.sh", false, 5, HealthStatus.Degraded, "the operator's lease keda/operator.keda.sh was never seen moving, last renewed 2026-06-01 10:00:00Z")]
    public void It_says_which_signs_can_be_judged(string? lease, bool moved, int minutes, HealthStatus status, string says)
    {
        var signs = new ClusterSigns
        {
            Lease = lease, LeaseMoved = moved, LeaseRenewTime = lease is null ? null : Now.AddDays(-61), LeaseSeenSince = lease is null ? null : Now.AddMinutes(-minutes),
            NotJudged = lease is null ? ["no lease of the operator counts"] : [],
        };
        var reason = Assert.Single(HealthReport.Of(Well with { Panel = Well.Panel! with { Signs = signs } }).Reasons);
        Assert.Equal(status, reason.Status);
        Assert.StartsWith(says, reason.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void It_names_what_cannot_work_as_it_is_written()
    {
        var panel = Well.Panel! with { CantWork = Well.Panel!.CantWork.Add(new TargetId("mesh", "pr-201"), new Unworkable(Now, "its Deployment pr-201 does not exist", Told: true)) };
        Assert.Equal("1 target can't work as written: they say nothing of KEDA: mesh/pr-201: its Deployment pr-201 does not exist", Assert.Single(HealthReport.Of(Well with { Panel = panel }).Reasons).Text);
    }

    [Fact]
    public void It_names_what_keeps_what_ran_since_its_cron_can_not_be_evaluated()
    {
        var target = new TrippedTarget
        {
            Id = new TargetId("mesh", "office"), Uid = "u", IncidentId = "inc-1", Phase = Phase.OnFallback, Since = Now, Memory = Cluster.Make.Memory(), CronUnread = "triggers[1] names the time zone Mars/X, which this machine does not know",
        };
        var reason = Assert.Single(HealthReport.Of(Well with { Panel = Well.Panel! with { Targets = Well.Panel!.Targets.Add(target.Id, target) } }).Reasons);
        Assert.Equal((HealthStatus.Healthy, $"mesh/office keeps what ran, since its cron triggers can't be evaluated: {target.CronUnread}"), (reason.Status, reason.Text));
    }

    private static readonly StoreCondition Kept = new() { Words = "a list in memory" };

    public static TheoryData<string, HealthInput, HealthStatus, string> Troubles => new()
    {
        { "store", Well with { Panel = null, StoreProblem = "disk full" }, HealthStatus.Unhealthy, "disk full" },
        { "blind", Well with { Panel = Well.Panel! with { BlindSince = Now } }, HealthStatus.Unhealthy, "not been seen" },
        { "odd object", Well with { Panel = Well.Panel! with { Unread = [new UnreadObject("Deployment", "mesh", "odd", "spec.replicas is wrong")], UnreadCounts = Well.Panel!.UnreadCounts.Add("Deployment", 1) } },
            HealthStatus.Degraded, "Deployment mesh/odd: spec.replicas is wrong: left out" },
        { "more odd objects", Well with { Panel = Well.Panel! with { UnreadCounts = Well.Panel!.UnreadCounts.Add("Lease", 30) } }, HealthStatus.Degraded, "30 more objects can't be read (Lease 30 in all)" },
        { "no timer", Well with { Panel = Well.Panel! with { LastProbeAt = Now.AddMinutes(-3) } }, HealthStatus.Unhealthy,
            "does the timer run" },
        { "fresh", Well with { Panel = Panel.Empty("c") }, HealthStatus.Degraded, "no probe" },
        { "run", Well with { LastRun = new RunReport { StartedAt = Now, Took = TimeSpan.Zero, HeldLease = true, Problem = "429s" } },
            HealthStatus.Degraded, "429s" },
        { "run without a store", Well with { LastRun = new RunReport { StartedAt = Now, Took = TimeSpan.Zero, HeldLease = true, Problem = "a page is malformed", StoreDown = true } },
            HealthStatus.Unhealthy, "a page is malformed" },
        { "undecided", Well with { UndecidedSince = Now.AddMinutes(-3) }, HealthStatus.Degraded, "waited for a decision since 2026-08-01T09:57:00" },
        { "undecided for long", Well with { UndecidedSince = Now.AddMinutes(-6) }, HealthStatus.Unhealthy, "waited for a decision since 2026-08-01T09:54:00" },
        { "dead pages", Well with { Pages = [new OutboxCount("slack", 0, 2, null)] }, HealthStatus.Degraded,
            "2 pages will never reach slack" },
        { "notices dropped", Well with { Pages = [new OutboxCount("slack", 500, 0, Now, Dropped: 7)] }, HealthStatus.Degraded,
            "7 notices were not queued for slack, where too many waited already: the audit trail has them" },
        { "a full memory", Well with { Panel = Well.Panel! with { LetGo = Well.Panel.LetGo.Add("alerts", new LetGo(27_500, Now.AddMinutes(-59))) } }, HealthStatus.Degraded,
            $"more alerts came than are remembered: 27500 were let go so far, the latest at {Now.AddMinutes(-59):O}; does somebody flood the reactor?" },
        { "late pages", Well with { Pages = [new OutboxCount("slack", 1, 0, Now.AddMinutes(-6))] }, HealthStatus.Degraded,
            "waited for slack" },
        { "silent watchdog", Well with { WatchdogHeardAt = Now.AddMinutes(-11), LongestSilence = TimeSpan.FromMinutes(10) }, HealthStatus.Degraded,
            "Watchdog has not come since 2026-08-01T09:49:00" },
        { "disabled", Well with { Policy = Paged with { Enabled = false } }, HealthStatus.Healthy, "nothing trips" },
        { "kill switch", Well with { Panel = Well.Panel! with { WritesStop = new WritesStop { At = Now, By = "ana", Reason = "drill" } } }, HealthStatus.Degraded,
            "kill switch: writes are stopped by ana since 10:00:00Z: drill" },
        { "maintenance", Well with { Policy = Paged with { Maintenance = [new PlannedMaintenance { Name = "upgrade", Selection = new Selection(Scope.Cluster, null, null), Start = Now, End = Now.AddHours(1) }] } },
            HealthStatus.Healthy, "maintenance upgrade of the whole cluster until 2026-08-01 11:00:00Z" },
        { "observing", Well with { Policy = Paged with { ObserveOnly = true } }, HealthStatus.Healthy, "observe-only" },
        { "no channel", Well with { Policy = new Policy() }, HealthStatus.Degraded, "nobody can be paged: no channel is configured" },
        { "no channel, and that is accepted", Well with { Policy = new Policy(), NobodyAccepted = true }, HealthStatus.Healthy, "as Pages:None accepts" },
        { "a channel less", Well with { Policy = Paged with { UnconfiguredChannels = ["email"] } }, HealthStatus.Degraded, "alert_channels names email, which is not configured here: it gets no pages" },
        { "threshold", Well with { Policy = Paged with { ScaleEventsPerMinute = 5 } }, HealthStatus.Healthy, "never exceeded" },
    };

    [Theory]
    [MemberData(nameof(Troubles))]
    public void Each_trouble_is_named_with_its_weight(string trouble, HealthInput input, HealthStatus status, string says)
    {
        var report = HealthReport.Of(input);

        Assert.True(report.Status == status, $"{trouble}: {report.Status}");
        Assert.Contains(says, Assert.Single(report.Reasons).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_worst_reason_comes_first_and_decides()
    {
        var report = HealthReport.Of(Well with
        {
            Policy = Paged with { ObserveOnly = true },
            Pages = [new OutboxCount("slack", 0, 1, null)],
            Panel = Well.Panel! with { BlindSince = Now },
        });

        Assert.Equal([HealthStatus.Unhealthy, HealthStatus.Degraded, HealthStatus.Healthy], report.Reasons.Select(reason => reason.Status));
        Assert.Equal(HealthStatus.Unhealthy, report.Status);
    }

    [Fact]
    public void An_incident_held_for_a_human_is_named()
    {
        var held = new Incident { Id = "i-7", Cluster = "c", Cause = Cause.Manual, OpenedAt = Now, Why = "w",
            Hold = new Hold(Reason.HeldByHuman, "ana", "wait for the release", Now) };

        var report = HealthReport.Of(
            Well with { Panel = Well.Panel! with { Incidents = ImmutableSortedDictionary<string, Incident>.Empty.Add(held.Id, held) } });

        Assert.Contains("i-7 is held for a human: wait for the release", Assert.Single(report.Reasons).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Loses.LastSeconds, HealthStatus.Healthy)]
    [InlineData(Loses.WithItsHost, HealthStatus.Healthy)]
    [InlineData(Loses.AtRestart, HealthStatus.Degraded)]
    [InlineData(Loses.AtAnyTime, HealthStatus.Degraded)]
    public void What_the_store_is_and_where_it_is_weaker_than_promised_is_said(Loses loses, HealthStatus status)
    {
        var report = HealthReport.Of(Well with { Store = Kept with { Weaknesses = [new(loses, "It forgets.")] } });

        Assert.Equal(status, report.Status);
        Assert.Equal(
            ["the store is weaker than \"202 means kept\": It forgets.", "the store: a list in memory"],
            report.Reasons.Select(reason => reason.Text).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_preflight_found_is_told_with_its_weight_and_what_it_found_well_as_a_note()
    {
        var preflight = new PreflightReport { At = Now, Words = "all 33 permissions", Findings =
        [
            new(FindingKind.Missing, HealthStatus.Degraded, "may not patch"), new(FindingKind.Unchecked, HealthStatus.Healthy, "could not be checked"),
        ] };

        var report = HealthReport.Of(Well with { Preflight = preflight });

        Assert.Equal(HealthStatus.Degraded, report.Status);
        Assert.Equal(["preflight: may not patch", "preflight: could not be checked", "preflight: all 33 permissions"], report.Reasons.Select(reason => reason.Text));
    }

    [Fact]
    public void What_this_version_can_not_read_is_counted_and_said_to_be_kept()
    {
        var report = HealthReport.Of(Well with { Store = Kept with { Unreadable = 3 } });

        Assert.Equal(HealthStatus.Degraded, report.Status);
        Assert.Contains("3 stored signals or pages can't be read by this version; they are kept", report.Reasons[0].Text);
    }
}
