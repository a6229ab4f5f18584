using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Kpis;

/// <summary>What the audit trail tells of one period.</summary>
public sealed record KpiHistory
{
    /// <summary>Incidents whose targets came onto their fallbacks.</summary>
    public required int FallbackIncidents { get; init; }

    public required int FallbackTargets { get; init; }

    /// <summary>From the sign's own start (the alert's, or the first look that saw it) to the incident. Without trips by hand.</summary>
    public required Sample Detected { get; init; }

    /// <summary>From a target's trip to its fallback in place with the replicas that it asks for.</summary>
    public required Sample Protected { get; init; }

    /// <summary>From opened to closed. Without trips by hand, which last as long as people want.</summary>
    public required Sample Recovered { get; init; }

    /// <summary>The part of it that the trouble itself lasted: from opened until the last of the evidence was gone.</summary>
    public required Sample Outage { get; init; }

    /// <summary>And from then to closed: cooldown, verification, canary and waves.</summary>
    public required Sample WayBack { get; init; }

    /// <summary>Trips, resets, holds, releases and the kill switch by people's orders that were taken.</summary>
    public required int Interventions { get; init; }

    public required int FailedRecoveries { get; init; }

    /// <summary>Alerts that would have tripped the cluster, and that the probe contradicted.</summary>
    public required int Contradicted { get; init; }

    /// <summary>What people's orders become that were taken. keda:interventions:increase7d of infra/keda/monitoring counts the same.</summary>
    public static ImmutableArray<Reason> ByHand { get; } =
        [Reason.TripOrdered, Reason.ResetOrdered, Reason.HeldByHuman, Reason.ReleasedByHuman, Reason.WritesStopped, Reason.WritesAllowed];

    /// <summary>Each kind of record by the index of its reason: a period's other records are not read.</summary>
    public static async Task<KpiHistory> ReadAsync(IAuditTrail trail, KpiPeriod period, CancellationToken cancel)
    {
        var placed = await ListAsync(trail, period, Reason.FallbackInPlace, cancel);
        // Of the version before, a record does not say whether the replicas were there.
        var there = placed.Where(record => record.Facts.GetValueOrDefault("replicasThere") != "false").Concat(await ListAsync(trail, period, Reason.ReplicasInPlace, cancel));
        var opened = await ListAsync(trail, period, Reason.IncidentOpened, cancel);
        // One that was reopened counts once, from its first opening to its last end.
        var closed = (await ListAsync(trail, period, Reason.IncidentClosed, cancel)).Where(NotByHand).GroupBy(record => record.IncidentId).Select(same => same.Last()).ToList();
        var interventions = 0;
        foreach (var reason in ByHand)
            interventions += (await ListAsync(trail, period, reason, cancel)).Count(record => record.Kind == AuditKind.Signal && record.Facts.GetValueOrDefault("accepted") == "true");
        return new KpiHistory
        {
            FallbackIncidents = placed.Select(record => record.IncidentId).Distinct().Count(),
            FallbackTargets = placed.Count,
            Detected = new Sample(Spans(opened.Where(NotByHand), "since")),
            Protected = new Sample(Spans(there, "tripped")),
            Recovered = new Sample(Spans(closed, "opened")),
            Outage = new Sample(closed.SelectMany(Outages)),
            WayBack = new Sample(Spans(closed, "evidenceGone")),
            Interventions = interventions,
            FailedRecoveries = (await ListAsync(trail, period, Reason.PutBackOnFallback, cancel)).Count,
            Contradicted = (await ListAsync(trail, period, Reason.AlertContradicted, cancel)).Count(record => record.Kind == AuditKind.Decision),
        };
    }

    public static async Task<DateTimeOffset?> BeginsAsync(IAuditTrail trail, CancellationToken cancel) =>
        await trail.AuditAsync(new AuditQuery { Limit = 1 }, cancel) is [var first] ? first.Record.At : null;

    /// <summary>What was left on its fallback waits for its own source: no part of how fast the reactor gives back.</summary>
    private static bool NotByHand(AuditRecord record) =>
        record.Facts.GetValueOrDefault("cause") != Causes.Slug(Cause.Manual) && record.Facts.GetValueOrDefault("left") != "true";

    /// <summary>Records of the version before lack the fact, and are left out of the number.</summary>
    private static IEnumerable<TimeSpan> Spans(IEnumerable<AuditRecord> records, string since) => records
        .Select(record => (record.At, Since: Time(record.Facts.GetValueOrDefault(since))))
        .Where(pair => pair.Since <= pair.At)
        .Select(pair => pair.At - pair.Since!.Value);

    private static IEnumerable<TimeSpan> Outages(AuditRecord closed) =>
        Time(closed.Facts.GetValueOrDefault("evidenceGone")) - Time(closed.Facts.GetValueOrDefault("opened")) is { } outage && outage >= TimeSpan.Zero ? [outage] : [];

    private static DateTimeOffset? Time(string? text) =>
        DateTimeOffset.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;

    private static async Task<List<AuditRecord>> ListAsync(IAuditTrail trail, KpiPeriod period, Reason reason, CancellationToken cancel)
    {
        var records = new List<AuditRecord>();
        await foreach (var record in ReadAsync(trail, new AuditQuery { From = period.From, To = period.To, Reason = reason, Limit = 1_000 }, cancel))
            records.Add(record);
        return records;
    }

    private static async IAsyncEnumerable<AuditRecord> ReadAsync(IAuditTrail trail, AuditQuery query, [EnumeratorCancellation] CancellationToken cancel)
    {
        while (true)
        {
            var found = await trail.AuditAsync(query, cancel);
            foreach (var stored in found) yield return stored.Record;
            if (found.Length < query.Limit) yield break;
            query = query with { After = found[^1].Sequence };
        }
    }
}
