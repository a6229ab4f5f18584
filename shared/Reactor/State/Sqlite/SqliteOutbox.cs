using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.State.Sqlite;

/// <summary>One row for each page and channel, until long after it ended.</summary>
internal static class SqliteOutbox
{
    private const int PrunedAtOnce = 200;
    private const long MostTicks = 3_155_378_975_999_999_999; // DateTimeOffset.MaxValue

    public static void Queue(SqliteConnection connection, ImmutableArray<Page> pages, ImmutableArray<string> channels, int noticeBound)
    {
        var room = new NoticeRoom(noticeBound);
        foreach (var page in pages)
        {
            var json = ReactorJson.Write(page);
            foreach (var channel in page.Channels?.AsEnumerable() ?? channels)
            {
                if (!room.Takes(page, channel, of => Notices(connection, of), () => HasAny(connection, channel, page.DedupKey))) continue;
                connection.Execute(
                    """
                    INSERT INTO outbox (page_id, channel, dedup_key, state, attempts, last_error, queued_at, due_at, page)
                    VALUES ($id, $channel, $dedup, 'Waiting', 0, '', $at, $at, $page)
                    ON CONFLICT (page_id, channel) DO NOTHING
                    """,
                    ("$id", page.Id), ("$channel", channel), ("$dedup", page.DedupKey), ("$at", page.At.UtcTicks), ("$page", json));
            }
        }

        foreach (var (channel, count) in room.Dropped)
        {
            connection.Execute(
                "INSERT INTO outbox_dropped (channel, count) VALUES ($channel, $count) ON CONFLICT (channel) DO UPDATE SET count = count + excluded.count",
                ("$channel", channel), ("$count", count));
        }
    }

    public static ImmutableArray<OutboxEntry> Due(SqliteConnection connection, DateTimeOffset now, int limitPerChannel)
    {
        // Counted after reading: one that can't be read holds back its own incident and takes no other's place.
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var due = ImmutableArray.CreateBuilder<OutboxEntry>();
        foreach (var (turn, overtaken) in DueOrder.Of(Waiting(connection), now))
        {
            var place = places.GetValueOrDefault(turn.Channel);
            if (place >= limitPerChannel || One(connection, turn.Sequence) is not { } entry) continue;
            places[turn.Channel] = place + 1;
            due.Add(entry with { Overtaken = overtaken });
        }

        return due.ToImmutable();
    }

    public static ImmutableArray<OutboxEntry> List(SqliteConnection connection, PageQuery query) => connection.Query(
        """
        SELECT sequence, channel, attempts, due_at, last_error, page, state FROM outbox
        WHERE state <> 'Delivered' AND ($state IS NULL OR state = $state) AND ($channel IS NULL OR channel = $channel)
        ORDER BY sequence LIMIT $limit
        """,
        row => Enum.TryParse<DeliveryState>(row.GetString(6), out var state) ? Entry(row, state) : null,
        ("$state", query.State?.ToString()), ("$channel", query.Channel), ("$limit", query.Limit)).OfType<OutboxEntry>().ToImmutableArray();

    public static bool Resend(SqliteConnection connection, string pageId, string channel, DateTimeOffset dueAt) => connection.Execute(
        """
        UPDATE outbox SET state = 'Waiting', attempts = 0, due_at = $due, last_error = '', ended_at = NULL
        WHERE page_id = $id AND channel = $channel AND state <> 'Delivered'
        """,
        ("$due", dueAt.UtcTicks), ("$id", pageId), ("$channel", channel)) > 0;

    public static long Unreadable(SqliteConnection connection) =>
        connection.Query("SELECT page FROM outbox WHERE state = 'Waiting'", row => row.GetString(0)).LongCount(json => !Readable.TryRead<Page>(json, out _));

    /// <summary>Only while it waits: a late "try again" of one process never revives what another one has delivered.</summary>
    public static void Record(SqliteConnection connection, OutboxEntry after, DateTimeOffset at) => connection.Execute(
        """
        UPDATE outbox SET state = $state, attempts = $attempts, due_at = $due, last_error = $error, ended_at = $ended
        WHERE sequence = $sequence AND state = 'Waiting'
        """,
        ("$state", after.State.ToString()), ("$attempts", after.Attempts), ("$due", after.DueAt.UtcTicks), ("$error", after.LastError),
        ("$ended", after.State == DeliveryState.Waiting ? null : at.UtcTicks), ("$sequence", after.Sequence));

    public static ImmutableArray<OutboxCount> Count(SqliteConnection connection) => connection.Query(
        """
        SELECT channel, sum(waiting), sum(dead), min(oldest), sum(dropped) FROM (
            SELECT channel, state = 'Waiting' AS waiting, state = 'Dead' AS dead, CASE state WHEN 'Waiting' THEN queued_at END AS oldest, 0 AS dropped
            FROM outbox WHERE state <> 'Delivered'
            UNION ALL SELECT channel, 0, 0, NULL, count FROM outbox_dropped)
        GROUP BY channel ORDER BY channel
        """,
        row => new OutboxCount(row.GetString(0), row.GetInt32(1), row.GetInt32(2), row.IsDBNull(3) ? null : row.Time(3), row.GetInt64(4)));

    // From the page itself: a column would be empty in rows of the version before.
    private static ImmutableArray<WaitingPage> Waiting(SqliteConnection connection) => connection.Query(
        """
        SELECT sequence, channel, dedup_key, due_at, CASE json_valid(page) WHEN 1 THEN json_extract(page, '$.kind') END,
            CASE json_valid(page) WHEN 1 THEN json_extract(page, '$.severity') END,
            CASE json_valid(page) WHEN 1 THEN json_extract(page, '$.incidentId') IS NOT NULL END
        FROM outbox WHERE state = 'Waiting' ORDER BY sequence
        """,
        row => new WaitingPage(row.GetInt64(0), row.GetString(1), row.GetString(2), row.Time(3), Urgency(row)));

    private static int Urgency(SqliteDataReader row) =>
        !row.IsDBNull(4) && !row.IsDBNull(5) && Enum.TryParse<PageKind>(row.GetString(4), out var kind) && Enum.TryParse<Severity>(row.GetString(5), out var severity)
            ? DueOrder.UrgencyOf(kind, severity, row.GetBoolean(6))
            : DueOrder.Unknown;

    private static OutboxEntry? One(SqliteConnection connection, long sequence) => connection.Query(
        "SELECT sequence, channel, attempts, due_at, last_error, page FROM outbox WHERE sequence = $sequence",
        row => Entry(row, DeliveryState.Waiting),
        ("$sequence", sequence)) is [{ } entry] ? entry : null;

    private static int Notices(SqliteConnection connection, string channel) => (int)connection.Number(
        """
        SELECT count(*) FROM outbox
        WHERE state = 'Waiting' AND channel = $channel
            AND CASE json_valid(page) WHEN 1 THEN json_extract(page, '$.incidentId') IS NULL AND json_extract(page, '$.severity') IN ('Info', 'Warning') END
        """,
        ("$channel", channel));

    private static bool HasAny(SqliteConnection connection, string channel, string dedupKey) => connection.Number(
        "SELECT EXISTS (SELECT 1 FROM outbox WHERE channel = $channel AND dedup_key = $dedup)", ("$channel", channel), ("$dedup", dedupKey)) == 1;

    private static OutboxEntry? Entry(SqliteDataReader row, DeliveryState state) =>
        !Readable.TryRead<Page>(row.GetString(5), out var page) || row.GetInt64(3) is < 0 or > MostTicks ? null : new OutboxEntry
        {
            Sequence = row.GetInt64(0),
            Channel = row.GetString(1),
            State = state,
            Attempts = row.GetInt32(2),
            DueAt = row.Time(3),
            LastError = row.GetString(4),
            Page = page,
        };

    public static void Prune(SqliteConnection connection, DateTimeOffset endedBefore) => connection.Execute(
        "DELETE FROM outbox WHERE sequence IN (SELECT sequence FROM outbox WHERE ended_at < $before LIMIT $limit)",
        ("$before", endedBefore.UtcTicks), ("$limit", PrunedAtOnce));
}
