using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.State.Sqlite;

/// <summary>The audit trail: appended to, never changed; its beginning goes when its retention ends.</summary>
internal static class SqliteAudit
{
    public const int LongestPage = 1_000;

    /// <summary>
    /// Numbers are taken inside the writing transaction, so that one rolled back leaves no gap (AUTOINCREMENT may leave one).
    /// </summary>
    public static void Append(SqliteConnection connection, IReadOnlyList<AuditRecord> records)
    {
        var sequence = connection.Number("SELECT max(sequence) FROM audit");
        foreach (var record in records)
        {
            connection.Execute(
                """
                INSERT INTO audit (sequence, at, kind, reason, actor, incident, namespace, name, json)
                VALUES ($sequence, $at, $kind, $reason, $actor, $incident, $namespace, $name, $json)
                """,
                ("$sequence", ++sequence), ("$at", record.At.UtcTicks), ("$kind", record.Kind.ToString()), ("$reason", record.Reason.ToString()),
                ("$actor", record.Actor), ("$incident", record.IncidentId), ("$namespace", record.Target?.Namespace),
                ("$name", record.Target?.Name), ("$json", ReactorJson.Write(record)));
        }
    }

    public static ImmutableArray<StoredAudit> Read(SqliteConnection connection, AuditQuery query)
    {
        var limit = Math.Clamp(query.Limit, 1, LongestPage);
        var records = ImmutableArray.CreateBuilder<StoredAudit>();
        foreach (var range in AuditRange.Of(query, SqliteTrail.Bounds(connection, query)))
        {
            if (records.Count < limit)
                records.AddRange(Read(connection, query, range, limit - records.Count));
        }

        return records.ToImmutable();
    }

    private static ImmutableArray<StoredAudit> Read(SqliteConnection connection, AuditQuery query, AuditRange range, int limit)
    {
        // The conditions are put together from constants, so that the planner sees which index fits.
        var conditions = new List<string> { "sequence BETWEEN $first AND $last" };
        if (query.IncidentId is not null) conditions.Add("incident = $incident");
        if (query.Target is not null) conditions.Add("namespace = $namespace AND name = $name");
        if (query.Kind is not null) conditions.Add("kind = $kind");
        if (query.Reason is not null) conditions.Add("reason = $reason");
        // A name alone is a range of the index: ")" follows "(".
        if (query.Actor is not null) conditions.Add("(actor = $actor OR (actor >= $actor || ' (' AND actor < $actor || ' )'))");
        if (query.From is not null) conditions.Add("at >= $from");
        if (query.To is not null) conditions.Add("at < $to");
        return connection.Query(
            $"""
            SELECT sequence, json, (SELECT hash FROM audit_seal WHERE audit_seal.sequence = audit.sequence) FROM audit
            WHERE {string.Join(" AND ", conditions)} ORDER BY sequence {(query.Latest ? "DESC" : "ASC")} LIMIT $limit
            """,
            row => new StoredAudit(row.GetInt64(0), AuditJson.Read(row.GetString(1)))
            {
                Json = row.GetString(1),
                Hash = row.IsDBNull(2) ? null : row.GetString(2),
            },
            ("$first", range.First), ("$last", range.Last), ("$incident", query.IncidentId), ("$namespace", query.Target?.Namespace),
            ("$name", query.Target?.Name), ("$kind", query.Kind?.ToString()), ("$reason", query.Reason?.ToString()), ("$actor", query.Actor),
            ("$from", query.From?.UtcTicks), ("$to", query.To?.UtcTicks), ("$limit", limit));
    }
}
