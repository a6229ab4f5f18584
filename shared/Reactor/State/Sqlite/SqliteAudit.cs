using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.State.Sqlite;

/// <summary>The audit trail: appended to, never changed, never pruned.</summary>
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
        // The conditions are put together from constants, so that the planner sees which index fits.
        var conditions = new List<string>();
        if (!query.Latest) conditions.Add("sequence > $after");
        if (query.IncidentId is not null) conditions.Add("incident = $incident");
        if (query.Target is not null) conditions.Add("namespace = $namespace AND name = $name");
        if (query.Kind is not null) conditions.Add("kind = $kind");
        var where = conditions.Count == 0 ? "" : "WHERE " + string.Join(" AND ", conditions);
        return connection.Query(
            $"SELECT sequence, json FROM audit {where} ORDER BY sequence {(query.Latest ? "DESC" : "ASC")} LIMIT $limit",
            row => new StoredAudit(row.GetInt64(0), AuditJson.Read(row.GetString(1))),
            ("$after", query.After), ("$incident", query.IncidentId), ("$namespace", query.Target?.Namespace),
            ("$name", query.Target?.Name), ("$kind", query.Kind?.ToString()), ("$limit", Math.Clamp(query.Limit, 1, LongestPage)));
    }
}
