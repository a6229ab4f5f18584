using Microsoft.Data.Sqlite;

namespace Sophia.Keda.Reactor.State.Sqlite;

/// <summary>The right to run. The row stays for good, so that tokens only grow; without an owner it is free.</summary>
internal static class SqliteLease
{
    public static RunnerLease? Acquire(SqliteConnection connection, string owner, DateTimeOffset now, TimeSpan duration)
    {
        var until = now + duration;
        return connection.Query(
            """
            INSERT INTO lease (id, owner, token, until) VALUES (1, $owner, 1, $until)
            ON CONFLICT (id) DO UPDATE SET owner = $owner, token = token + 1, until = $until
                WHERE lease.owner IS NULL OR lease.owner = $owner OR lease.until <= $now
            RETURNING token
            """,
            row => new RunnerLease(owner, row.GetInt64(0), until),
            ("$owner", owner), ("$now", now.UtcTicks), ("$until", until.UtcTicks)).FirstOrDefault();
    }

    public static RunnerLease? Renew(SqliteConnection connection, RunnerLease lease, DateTimeOffset now, TimeSpan duration)
    {
        var until = now + duration;
        return connection.Query(
            "UPDATE lease SET until = max(until, $until) WHERE owner = $owner AND token = $token AND until > $now RETURNING until",
            row => lease with { Until = row.Time(0) },
            ("$owner", lease.Owner), ("$token", lease.Token), ("$now", now.UtcTicks), ("$until", until.UtcTicks)).FirstOrDefault();
    }

    public static void Release(SqliteConnection connection, RunnerLease lease) => connection.Execute(
        "UPDATE lease SET owner = NULL, until = 0 WHERE owner = $owner AND token = $token",
        ("$owner", lease.Owner), ("$token", lease.Token));
}
