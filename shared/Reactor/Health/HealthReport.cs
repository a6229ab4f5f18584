using System.Collections.Immutable;
using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Preflight;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Health;

public enum HealthStatus
{
    Healthy,

    /// <summary>It does its work; a human should look.</summary>
    Degraded,

    /// <summary>It can't do its work.</summary>
    Unhealthy,
}

/// <param name="Status">How bad this alone is; Healthy marks a note.</param>
public sealed record HealthReason(HealthStatus Status, string Text);

public sealed record HealthInput
{
    public required Policy Policy { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>Null when the store could not be read.</summary>
    public Panel? Panel { get; init; }

    /// <summary>The store's fault in words, while it can't be read.</summary>
    public string StoreProblem { get; init; } = "";

    public ImmutableArray<OutboxCount> Pages { get; init; } = [];

    /// <summary>When the signal came that has waited longest for a decision; null when none waits.</summary>
    public DateTimeOffset? UndecidedSince { get; init; }

    /// <summary>How well the store keeps what was promised; null when it could not be asked.</summary>
    public StoreCondition? Store { get; init; }

    public RunReport? LastRun { get; init; }

    /// <summary>What the cluster has of what the reactor needs; null when it is not known yet.</summary>
    public PreflightReport? Preflight { get; init; }

    /// <summary>When Alertmanager's Watchdog last came to this process; null when it never did.</summary>
    public DateTimeOffset? WatchdogHeardAt { get; init; }

    /// <summary>How long it may stay away once it has come; null: for ever.</summary>
    public TimeSpan? LongestSilence { get; init; }

    /// <summary>How the audit trail stands; null when it could not be asked.</summary>
    public AuditCondition? Audit { get; init; }

    /// <summary>Whether the settings accept that no channel is configured.</summary>
    public bool NobodyAccepted { get; init; }

    /// <summary>Pages that went through no channel at all.</summary>
    public ImmutableArray<Unheard> Unheard { get; init; } = [];

    /// <summary>Whether each channel could be reached when that was last looked at.</summary>
    public ImmutableArray<ChannelCheck> Checks { get; init; } = [];
}

/// <summary>The reactor's own health with every reason, the worst first.</summary>
public sealed record HealthReport(HealthStatus Status, ImmutableArray<HealthReason> Reasons)
{
    /// <summary>A page that waits longer has missed its point.</summary>
    private static readonly TimeSpan LongestPageWait = TimeSpan.FromMinutes(5);

    /// <summary>A run decides on everything that is stored, every 30 s: what waits longer was passed by several.</summary>
    private static readonly TimeSpan LongestUndecided = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan FarTooLongUndecided = TimeSpan.FromMinutes(5);

    /// <summary>As long as somebody may want to find out who sent so much.</summary>
    private static readonly TimeSpan LetGoCountsFor = TimeSpan.FromHours(1);

    /// <summary>More than any run writes.</summary>
    private const int LongestAuditEnd = 20_000;

    /// <summary>An HPA syncs every 15 s: more rescales a minute don't happen.</summary>
    private const int MostRescalesPerMinute = 4;

    public static HealthReport Of(HealthInput input)
    {
        var reasons = Find(input).OrderByDescending(reason => reason.Status).ToImmutableArray();
        return new HealthReport(reasons.IsEmpty ? HealthStatus.Healthy : reasons[0].Status, reasons);
    }

    private static IEnumerable<HealthReason> Find(HealthInput input)
    {
        var found = input.Panel is { } panel
            ? OfPanel(panel, input)
            : [new(HealthStatus.Unhealthy, $"the store can't be used: {input.StoreProblem}")];
        return found.Concat(OfPreflight(input.Preflight)).Concat(OfUndecided(input)).Concat(OfStore(input.Store)).Concat(OfAudit(input.Audit)).Concat(OfPages(input)).Concat(OfChannels(input)).Concat(OfWatchdog(input)).Concat(OfPolicy(input.Policy));
    }

    private static IEnumerable<HealthReason> OfPanel(Panel panel, HealthInput input)
    {
        var (now, policy) = (input.Now, input.Policy);
        if (panel.BlindSince is { } blind)
            yield return new(HealthStatus.Unhealthy, $"the cluster has not been seen since {blind:O}; nothing is changed meanwhile");

        foreach (var unread in panel.Unread)
            yield return new(HealthStatus.Degraded, $"{unread}: left out, and what depends on it is unknown: neither touched nor a sign");
        if (panel.UnreadCounts.Values.Sum() - panel.Unread.Length is > 0 and var more)
            yield return new(HealthStatus.Degraded, $"{Words.Count(more, "more object")} can't be read ({string.Join(", ", panel.UnreadCounts.Select(kind => $"{kind.Key} {kind.Value}"))} in all)");

        if (panel.WritesStop is { } stop)
            yield return new(HealthStatus.Degraded, $"kill switch: {stop.Words(now)}");
        foreach (var window in Maintenances.Active(panel, policy, now))
            yield return new(HealthStatus.Healthy, $"{window.Words}: nothing moves by itself there");

        foreach (var judged in OfSigns(panel, policy, now))
            yield return judged;

        var overdue = TimeSpan.FromTicks(Math.Max(policy.LongestGap.Ticks, policy.UnhealthyFor.Ticks));
        if (panel.LastProbeAt is not { } probe)
            yield return new(HealthStatus.Degraded, "no probe has been made yet");
        else if (now - probe > overdue)
            yield return new(HealthStatus.Unhealthy, $"the last probe was at {probe:O}, longer ago than {overdue}: does the timer run?");

        if (input.LastRun is { Problem.Length: > 0 } run)
            yield return new(run.StoreDown ? HealthStatus.Unhealthy : HealthStatus.Degraded, $"the run of {run.StartedAt:O}: {run.Problem}");
        foreach (var (what, gone) in panel.LetGo.Where(gone => now - gone.Value.At < LetGoCountsFor))
            yield return new(HealthStatus.Degraded, $"more {what} came than are remembered: {gone.Count} were let go so far, the latest at {gone.At:O}; does somebody flood the reactor?");
        foreach (var incident in panel.Incidents.Values.Where(incident => incident.Hold is not null))
            yield return new(HealthStatus.Healthy, $"incident {incident.Id} is held for a human: {incident.Hold!.Words}");
        foreach (var target in panel.Targets.Values.Where(target => target.Problem.Length > 0))
            yield return new(HealthStatus.Degraded, $"{target.Id}: {target.Problem}");
        foreach (var target in panel.Targets.Values.Where(target => target.CronUnread.Length > 0))
            yield return new(HealthStatus.Healthy, $"{target.Id} keeps what ran, since its cron triggers can't be evaluated: {target.CronUnread}");
    }

    /// <summary>By which signs a dead KEDA would be known, and by which not.</summary>
    private static IEnumerable<HealthReason> OfSigns(Panel panel, Policy policy, DateTimeOffset now)
    {
        var signs = panel.Signs;
        foreach (var keda in signs.Each())
        {
            if (OfLease(signs, keda, policy, now) is { } lease)
                yield return lease;
        }

        foreach (var share in signs.Shares)
            yield return new(HealthStatus.Healthy, share);

        if (KedaHealth.TakenSign(signs, now) is { } taken)
            yield return new(HealthStatus.Degraded, $"{taken}{(signs.MetricsGiveBack.Length > 0 ? $"; make it KEDA's again: {signs.MetricsGiveBack}" : "")}");
        foreach (var (since, seen) in signs.Amiss.Values)
            yield return new(seen.Refuses ? HealthStatus.Degraded : HealthStatus.Healthy, $"{seen.Kind} {seen.Name} {seen.What} (since {Words.Clock(since, now)})");
        foreach (var sign in signs.NotJudged)
            yield return new(HealthStatus.Healthy, $"a sign that can't be judged: {sign}");
        if (panel.CantWork.Count(c => c.Value.Told) is > 0 and var told)
            yield return new(HealthStatus.Healthy, $"{Words.Count(told, "target")} can't work as written: they say nothing of KEDA: {string.Join("; ", panel.CantWork.Where(c => c.Value.Told).Take(10).Select(c => $"{c.Key}: {c.Value.Why}"))}");
    }

    private static HealthReason? OfLease(ClusterSigns signs, OperatorSigns keda, Policy policy, DateTimeOffset now)
    {
        if (KedaHealth.Unmoved(signs, keda, now) is { } unmoved)
        {
            var lasts = now - unmoved.SeenSince > policy.UnhealthyFor;
            return new(lasts ? HealthStatus.Degraded : HealthStatus.Healthy,
                $"the operator's lease {unmoved.Lease} was never seen moving, last renewed {Words.Clock(unmoved.Renewed, now)}: it counts only together with something else that fails");
        }

        return keda is { Lease: { } lease, LeaseMoved: true } ? new(HealthStatus.Healthy, $"the operator's lease {lease} was seen moving: that it stands still counts") : null;
    }

    /// <summary>202 said that it is stored. That nobody decides on it must not stay unsaid.</summary>
    private static IEnumerable<HealthReason> OfUndecided(HealthInput input)
    {
        if (input.UndecidedSince is { } since && input.Now - since is var age && age > LongestUndecided)
        {
            yield return new(
                age > FarTooLongUndecided ? HealthStatus.Unhealthy : HealthStatus.Degraded,
                $"an alert or order has waited for a decision since {since:O}: runs fail, or none takes place");
        }
    }

    /// <summary>What it lacks before the day that it is needed.</summary>
    private static IEnumerable<HealthReason> OfPreflight(PreflightReport? preflight)
    {
        if (preflight is null)
            yield break;
        foreach (var finding in preflight.Findings)
            yield return new(finding.Status, $"preflight: {finding.Text}");
        yield return new(HealthStatus.Healthy, $"preflight: {preflight.Words}");
    }

    /// <summary>What the settings accept is not a fault of now; what loses everything at a restart should not stay accepted.</summary>
    private static IEnumerable<HealthReason> OfStore(StoreCondition? store)
    {
        if (store is null)
            yield break;
        yield return new(HealthStatus.Healthy, $"the store: {store.Words}");
        foreach (var weakness in store.Weaknesses)
            yield return new(weakness.Loses >= Loses.AtRestart ? HealthStatus.Degraded : HealthStatus.Healthy, $"the store is weaker than \"202 means kept\": {weakness.Words}");
        if (store.Unreadable > 0)
            yield return new(HealthStatus.Degraded, $"{store.Unreadable} stored signals or pages can't be read by this version; they are kept for one that can");
    }

    /// <summary>Both catch up within seconds: a long end means that somebody must look.</summary>
    private static IEnumerable<HealthReason> OfAudit(AuditCondition? audit)
    {
        if (audit is null)
            yield break;
        var (trail, behind) = (audit.Trail, audit.Behind ?? 0);
        if (trail.Last - trail.Sealed.Sequence > LongestAuditEnd)
            yield return new(HealthStatus.Degraded, $"{trail.Last - trail.Sealed.Sequence} audit records are not sealed: the timer does not run, or record {trail.Sealed.Sequence + 1} is missing (GET /api/audit/verify)");
        if (behind > LongestAuditEnd || (behind > 0 && audit.FeedProblem.Length > 0))
            yield return new(HealthStatus.Degraded, $"{behind} audit records wait for Event Grid{(audit.FeedProblem.Length > 0 ? $": {audit.FeedProblem}" : "")}");
    }

    private static IEnumerable<HealthReason> OfPages(HealthInput input)
    {
        if (!input.Unheard.IsEmpty)
        {
            yield return new(
                HealthStatus.Unhealthy,
                $"nobody can be told: {Words.Count(input.Unheard.Length, "page")} or incidents went through no channel, the first \"{input.Unheard[0].Page.Title}\" ({input.Unheard[0].Errors}); GET /api/pages lists them");
        }

        foreach (var channel in input.Pages)
        {
            if (channel.Dead > 0)
                yield return new(HealthStatus.Degraded, $"{Words.Count(channel.Dead, "page")} will never reach {channel.Channel}");
            if (channel.Dropped > 0 && channel.Waiting > 0)
                yield return new(HealthStatus.Degraded, $"{Words.Count((int)channel.Dropped, "notice")} were not queued for {channel.Channel}, where too many waited already: the audit trail has them");
            if (channel.OldestWaiting is { } oldest && input.Now - oldest > LongestPageWait)
                yield return new(HealthStatus.Degraded, $"a page has waited for {channel.Channel} since {oldest:O}");
        }
    }

    /// <summary>A breaker that trips in silence is worse than none: that is said before it trips.</summary>
    private static IEnumerable<HealthReason> OfChannels(HealthInput input)
    {
        foreach (var check in input.Checks)
        {
            if (check.Problem is { } problem)
                yield return new(HealthStatus.Degraded, $"the channel {check.Channel}: {problem} (looked at {check.At:O})");
        }

        foreach (var channel in input.Policy.UnconfiguredChannels)
            yield return new(HealthStatus.Degraded, $"alert_channels names {channel}, which is not configured here: it gets no pages");
        if (input.Policy.AlertChannels.IsEmpty)
        {
            yield return input.NobodyAccepted
                ? new(HealthStatus.Healthy, "nobody can be paged: no channel is configured, as Pages:None accepts")
                : new(HealthStatus.Degraded, "nobody can be paged: no channel is configured");
        }
    }

    /// <summary>Where no Watchdog has ever come, nobody has set one up: that is no fault.</summary>
    private static IEnumerable<HealthReason> OfWatchdog(HealthInput input)
    {
        if (input.WatchdogHeardAt is { } heard && input.Now - heard > input.LongestSilence)
            yield return new(HealthStatus.Degraded, $"Alertmanager's Watchdog has not come since {heard:O}: its alerts may not reach this reactor, whose own probe still works");
    }

    private static IEnumerable<HealthReason> OfPolicy(Policy policy)
    {
        if (!policy.Enabled) yield return new(HealthStatus.Healthy, "disabled by policy: nothing trips");
        if (policy.ObserveOnly) yield return new(HealthStatus.Healthy, "observe-only: nothing is written to the cluster");
        if (policy.ScaleEventsPerMinute >= MostRescalesPerMinute)
        {
            yield return new(HealthStatus.Healthy,
                $"scale_events_per_minute {policy.ScaleEventsPerMinute} is never exceeded (an HPA can do {MostRescalesPerMinute} a minute); direction_changes_in_5_min does the work");
        }
    }
}
