using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.State.Sqlite;

/// <summary>Closed incidents, until their retention ends.</summary>
internal static class SqliteIncidents
{
    private const int PrunedAtOnce = 50;

    public static void Archive(SqliteConnection connection, ImmutableArray<Incident> closed)
    {
        foreach (var incident in closed)
        {
            var at = incident.ClosedAt ?? throw new ArgumentException($"Incident {incident.Id} is open and can't be archived.", nameof(closed));
            connection.Execute(
                "INSERT OR REPLACE INTO incidents (id, closed_at, json) VALUES ($id, $at, $json)",
                ("$id", incident.Id), ("$at", at.UtcTicks), ("$json", ReactorJson.Write(incident)));
        }
    }

    public static ImmutableArray<Incident> Latest(SqliteConnection connection, int limit) => connection.First(
        limit,
        "SELECT json FROM incidents ORDER BY closed_at DESC, id",
        row => Readable.TryRead<Incident>(row.GetString(0), out var incident) ? incident : null);

    public static Incident? Find(SqliteConnection connection, string id) => connection.Query(
        "SELECT json FROM incidents WHERE id = $id",
        row => Readable.TryRead<Incident>(row.GetString(0), out var incident) ? incident : null,
        ("$id", id)).FirstOrDefault();

    public static void Prune(SqliteConnection connection, DateTimeOffset closedBefore) => connection.Execute(
        "DELETE FROM incidents WHERE id IN (SELECT id FROM incidents WHERE closed_at < $before ORDER BY closed_at LIMIT $limit)",
        ("$before", closedBefore.UtcTicks), ("$limit", PrunedAtOnce));
}
