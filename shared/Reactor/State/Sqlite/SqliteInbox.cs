using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.State.Sqlite;

/// <summary>Undecided signals, one for each key.</summary>
internal static class SqliteInbox
{
    /// <summary>All of them or, when alerts would make it larger than its bound, none.</summary>
    public static bool Append(SqliteConnection connection, IReadOnlyList<Signal> signals, int bound)
    {
        if (signals.Any(signal => signal is not Order) && !HasRoom(connection, signals, bound)) return false;
        foreach (var signal in signals)
        {
            connection.Execute("DELETE FROM inbox WHERE key = $key", ("$key", signal.Key));
            connection.Execute("INSERT INTO inbox (key, json) VALUES ($key, $json)", ("$key", signal.Key), ("$json", ReactorJson.Write(signal)));
        }

        return true;
    }

    public static ImmutableArray<InboxEntry> Pending(SqliteConnection connection, int limit)
    {
        var first = connection.First(limit, "SELECT sequence, json FROM inbox ORDER BY sequence", Entry);
        if (first.Length < limit || first.IsEmpty) return first;
        var last = first[^1].Sequence;
        // By the index on keys: '0' is the sign after '/'.
        var orders = connection.Query(
            "SELECT sequence, json FROM inbox WHERE key >= 'order/' AND key < 'order0' AND sequence > $last ORDER BY sequence LIMIT $most",
            Entry,
            ("$last", last), ("$most", Inbox.OrdersAhead));
        return [.. first, .. orders.OfType<InboxEntry>()];
    }

    private static InboxEntry? Entry(SqliteDataReader row) =>
        Readable.TryRead<Signal>(row.GetString(1), out var signal) ? new InboxEntry(row.GetInt64(0), signal) : null;

    public static long Unreadable(SqliteConnection connection) =>
        connection.Query("SELECT json FROM inbox", row => row.GetString(0)).LongCount(json => !Readable.TryRead<Signal>(json, out _));

    /// <summary>By number, not by key: an entry that was replaced meanwhile has another number and stays.</summary>
    public static void Remove(SqliteConnection connection, ImmutableArray<long> decided)
    {
        foreach (var sequence in decided)
            connection.Execute("DELETE FROM inbox WHERE sequence = $sequence", ("$sequence", sequence));
    }

    private static bool HasRoom(SqliteConnection connection, IReadOnlyList<Signal> signals, int bound)
    {
        var added = signals.Select(signal => signal.Key).Distinct(StringComparer.Ordinal)
            .Count(key => connection.Number("SELECT count(*) FROM inbox WHERE key = $key", ("$key", key)) == 0);
        return added == 0 || connection.Number("SELECT count(*) FROM inbox") + added <= bound;
    }
}
