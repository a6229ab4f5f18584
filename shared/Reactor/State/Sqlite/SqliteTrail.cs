using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.State.Sqlite;

/// <summary>The seals of the audit trail, where it begins, and how far its readers are.</summary>
internal static class SqliteTrail
{
    public static TrailState State(SqliteConnection connection) => States(connection) is [var only]
        ? only
        : throw new InvalidDataException("no single row in the table chain");

    private static ImmutableArray<TrailState> States(SqliteConnection connection) => connection.Query(
        """
        SELECT chain.name, (SELECT max(sequence) FROM audit), seal.sequence, seal.hash, anchor_sequence, anchor_hash
        FROM chain LEFT JOIN audit_state LEFT JOIN (SELECT sequence, hash FROM audit_seal ORDER BY sequence DESC LIMIT 1) AS seal
        """,
        row =>
        {
            var anchor = row.IsDBNull(4) ? AuditPoint.Beginning : new AuditPoint(row.GetInt64(4), row.GetString(5));
            return new TrailState(
                row.GetString(0),
                row.IsDBNull(1) ? 0 : row.GetInt64(1),
                row.IsDBNull(2) ? anchor : new AuditPoint(row.GetInt64(2), row.GetString(3)),
                anchor);
        });

    /// <summary>Null when no time is asked for.</summary>
    public static AuditBounds? Bounds(SqliteConnection connection, AuditQuery query)
    {
        if (query.From is null && query.To is null) return null;
        var done = State(connection).Sealed.Sequence;
        var late = connection.Number("SELECT late FROM audit_state");
        var first = query.From is { } from
            ? connection.Query("SELECT sequence FROM audit_seal WHERE high >= $from ORDER BY high, sequence LIMIT 1", row => row.GetInt64(0), ("$from", from.UtcTicks)) is [var since] ? since : done + 1
            : 1;
        var last = query.To is { } to
            ? connection.Number("SELECT sequence FROM audit_seal WHERE high <= $to ORDER BY high DESC, sequence DESC LIMIT 1", ("$to", to.UtcTicks + late))
            : done;
        return new AuditBounds(done, first, last);
    }

    public static bool Seal(SqliteConnection connection, AuditPoint from, IReadOnlyList<StoredAudit> next)
    {
        if (State(connection).Sealed != from) return false;
        var high = connection.Number("SELECT high FROM audit_seal ORDER BY sequence DESC LIMIT 1");
        var late = connection.Number("SELECT late FROM audit_state");
        foreach (var record in next)
        {
            high = Math.Max(high, record.Record.At.UtcTicks);
            late = Math.Max(late, high - record.Record.At.UtcTicks);
            connection.Execute(
                "INSERT INTO audit_seal (sequence, hash, high) VALUES ($sequence, $hash, $high)",
                ("$sequence", record.Sequence), ("$hash", record.Hash), ("$high", high));
        }

        connection.Execute(
            """
            INSERT INTO audit_state (id, anchor_sequence, anchor_hash, late) VALUES (1, 0, $beginning, $late)
            ON CONFLICT (id) DO UPDATE SET late = excluded.late
            """,
            ("$beginning", AuditPoint.Beginning.Hash), ("$late", late));
        return true;
    }

    public static bool Prune(SqliteConnection connection, AuditPoint anchor, IReadOnlyList<StoredAudit> first, AuditRecord record)
    {
        var (state, to) = (State(connection), first[^1]);
        if (state.Anchor != anchor || to.Sequence >= state.Sealed.Sequence) return false;
        connection.Execute("DELETE FROM audit WHERE sequence <= $to", ("$to", to.Sequence));
        connection.Execute("DELETE FROM audit_seal WHERE sequence <= $to", ("$to", to.Sequence));
        connection.Execute("UPDATE audit_state SET anchor_sequence = $to, anchor_hash = $hash", ("$to", to.Sequence), ("$hash", to.Hash));
        SqliteAudit.Append(connection, [record]);
        return true;
    }

    public static long? Place(SqliteConnection connection, string reader) =>
        connection.Query("SELECT place FROM audit_places WHERE reader = $reader", row => row.GetInt64(0), ("$reader", reader)) is [var place] ? place : null;

    public static bool Move(SqliteConnection connection, string reader, long? from, long to)
    {
        if (Place(connection, reader) != from) return false;
        connection.Execute(
            "INSERT OR REPLACE INTO audit_places (reader, place) VALUES ($reader, $place)", ("$reader", reader), ("$place", to));
        return true;
    }
}
