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
        var pending = ImmutableArray.CreateBuilder<InboxEntry>();
        for (var last = 0L; ;)
        {
            var rows = connection.Query(
                "SELECT sequence, json FROM inbox WHERE sequence > $last ORDER BY sequence LIMIT $limit",
                row => (Sequence: row.GetInt64(0), Json: row.GetString(1)),
                ("$last", last), ("$limit", limit));
            foreach (var row in rows)
            {
                if (pending.Count < limit && Readable.TryRead<Signal>(row.Json, out var signal))
                    pending.Add(new InboxEntry(row.Sequence, signal));
            }

            if (rows.Length < limit || pending.Count == limit)
                return pending.ToImmutable();
            last = rows[^1].Sequence;
        }
    }

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
