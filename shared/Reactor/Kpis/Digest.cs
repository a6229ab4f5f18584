using System.Collections.Immutable;
using System.Text;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Kpis;

/// <summary>When the digest is due.</summary>
/// <param name="Cron">Five cron fields, on the zone's wall clock.</param>
/// <param name="Zone">An IANA name.</param>
public sealed record DigestSettings(string Cron, string Zone);

/// <summary>
/// The KPIs of the last seven days as one page, with the head of the audit trail: a copy of it that the store's owner can't change. When it was
/// last sent is kept in the store, so that one instance sends it, and one that slept over the hour sends it late.
/// </summary>
/// <param name="board">The numbers.</param>
/// <param name="trail">The head, and the place.</param>
/// <param name="settings">When.</param>
/// <param name="cluster">Whose.</param>
/// <param name="queue">Puts a page into the outbox: the same id twice is one page.</param>
/// <param name="time">The clock.</param>
public sealed class Digest(KpiBoard board, IAuditTrail trail, DigestSettings settings, string cluster, Func<Page, CancellationToken, Task> queue, TimeProvider time)
{
    private const string Reader = "digest";

    private readonly TimeWindow window = new() { Start = settings.Cron, Duration = TimeSpan.FromMinutes(1), Zone = settings.Zone };

    /// <returns>True when one was sent.</returns>
    public async Task<bool> RunAsync(CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        if (await trail.PlaceAsync(Reader, cancel) is not { } place)
        {
            // The first start: nothing is due yet.
            await trail.MoveAsync(Reader, null, now.ToUnixTimeSeconds(), cancel);
            return false;
        }

        if (WindowTimes.OpensAfter(window, DateTimeOffset.FromUnixTimeSeconds(place)) is not { } due || due > now) return false;
        var report = await board.ReportAsync(new KpiPeriod(now - KpiBoard.Week, now), cancel);
        var page = PageOf(report, await trail.TrailAsync(cancel), due);
        await queue(page, cancel);
        await trail.AppendAuditAsync([Record(page)], cancel);
        await trail.MoveAsync(Reader, place, now.ToUnixTimeSeconds(), cancel);
        return true;
    }

    private static AuditRecord Record(Page page) => new()
    {
        At = page.At,
        Kind = AuditKind.Page,
        Reason = Reason.PageQueued,
        Actor = "reactor",
        Text = $"{page.Kind}: {page.Title}",
        Facts = ImmutableSortedDictionary<string, string>.Empty.Add("page", page.Id),
    };

    private Page PageOf(KpiReport report, TrailState state, DateTimeOffset due)
    {
        var known = report.Rows.Where(row => row.Value is not null).ToList();
        var missed = known.Where(row => row.Met == false).ToList();
        var key = $"sophia-keda-reactor/{cluster}/digest/{due.UtcDateTime:yyyyMMdd-HHmm}";
        return new Page
        {
            Id = key,
            Kind = PageKind.Trigger,
            DedupKey = key,
            Cluster = cluster,
            Severity = Severity.Info,
            At = report.Period.To,
            Title = missed.Count == 0 ? "Weekly digest: no target was missed" : $"Weekly digest: {Words.Count(missed.Count, "target")} missed",
            Happened = Text(known),
            Did = report.Rows.Length > known.Count ? $"Not known here: {string.Join(", ", report.Rows.Where(row => row.Value is null).Select(row => row.Name))}." : "",
            Next = $"Audit head: record {state.Sealed.Sequence}, hash {state.Sealed.Hash}, chain {state.Chain}. Keep it: the trail can be verified against it.",
            YouMay = "GET /api/kpis shows every row with its source.",
        };
    }

    private static string Text(List<Kpi> rows)
    {
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            if (text.Length > 0) text.Append('\n');
            text.Append($"{row.Name}: {KpiWords.Of(row.Value!.Value)} {row.Unit}");
            if (row.Target.Length > 0) text.Append($" (target {row.Target}{(row.Met is { } met ? met ? ", met" : ", missed" : "")})");
            if (row.Before is { } before) text.Append($", {row.Trend.ToString().ToLowerInvariant()} than before: {KpiWords.Of(before)}".Replace("same than", "the same as"));
        }

        return text.ToString();
    }
}
