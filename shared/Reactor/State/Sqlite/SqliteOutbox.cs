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

    public static void Queue(SqliteConnection connection, ImmutableArray<Page> pages, ImmutableArray<string> channels)
    {
        foreach (var page in pages)
        {
            var json = ReactorJson.Write(page);
            foreach (var channel in page.Channels?.AsEnumerable() ?? channels)
            {
                connection.Execute(
                    """
                    INSERT INTO outbox (page_id, channel, dedup_key, state, attempts, last_error, queued_at, due_at, page)
                    VALUES ($id, $channel, $dedup, 'Waiting', 0, '', $at, $at, $page)
                    ON CONFLICT (page_id, channel) DO NOTHING
                    """,
                    ("$id", page.Id), ("$channel", channel), ("$dedup", page.DedupKey), ("$at", page.At.UtcTicks), ("$page", json));
            }
        }
    }

    public static ImmutableArray<OutboxEntry> Due(SqliteConnection connection, DateTimeOffset now, int limitPerChannel)
    {
        // Counted here, not in SQL: one that can't be read holds back its own incident and takes no other's place.
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        return connection.Query(
            """
            SELECT sequence, channel, attempts, due_at, last_error, page, EXISTS (
                SELECT 1 FROM outbox AS later
                WHERE later.state = 'Waiting' AND later.channel = this.channel
                    AND later.dedup_key = this.dedup_key AND later.sequence > this.sequence)
            FROM outbox AS this
            WHERE state = 'Waiting' AND due_at <= $now AND NOT EXISTS (
                SELECT 1 FROM outbox AS earlier
                WHERE earlier.state = 'Waiting' AND earlier.channel = this.channel
                    AND earlier.dedup_key = this.dedup_key AND earlier.sequence < this.sequence)
            ORDER BY sequence
            """,
            row =>
            {
                var channel = row.GetString(1);
                var place = places.GetValueOrDefault(channel);
                if (place >= limitPerChannel || Entry(row, DeliveryState.Waiting) is not { } entry) return null;
                places[channel] = place + 1;
                return entry with { Overtaken = row.GetBoolean(6) };
            },
            ("$now", now.UtcTicks)).OfType<OutboxEntry>().ToImmutableArray();
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
        SELECT channel, sum(state = 'Waiting'), sum(state = 'Dead'), min(CASE state WHEN 'Waiting' THEN queued_at END)
        FROM outbox WHERE state <> 'Delivered' GROUP BY channel ORDER BY channel
        """,
        row => new OutboxCount(row.GetString(0), row.GetInt32(1), row.GetInt32(2), row.IsDBNull(3) ? null : row.Time(3)));

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
