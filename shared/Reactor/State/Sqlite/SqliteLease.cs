using Microsoft.Data.Sqlite;

namespace Sophia.Keda.Reactor.State.Sqlite;

/// <summary>
/// The right to do something alone. The row stays for good, so that tokens only grow; without an owner it is free. Processes that share a
/// file share a machine and its clock, and its kernel says which of them are gone: their leases are free at once.
/// </summary>
internal static class SqliteLease
{
    public static LeaseAnswer Acquire(SqliteConnection connection, LeaseName name, string owner, DateTimeOffset now, TimeSpan duration, ProcessLock alive)
    {
        var until = now + duration;
        var mine = alive.Take();
        var gone = LockOfAnother(connection, name, owner, now) is { } other && alive.IsGone(other);
        var taken = connection.Query(
            $"""
            INSERT INTO {Table(name)} AS lease (id, owner, token, until) VALUES (1, $owner, 1, $until)
            ON CONFLICT (id) DO UPDATE SET owner = $owner, token = token + 1, until = $until
                WHERE lease.owner IS NULL OR lease.owner = $owner OR lease.until <= $now OR $gone
            RETURNING token
            """,
            row => new StoreLease(name, owner, row.GetInt64(0), until),
            ("$owner", owner), ("$now", now.UtcTicks), ("$until", until.UtcTicks), ("$gone", gone)).FirstOrDefault();
        if (taken is not null && mine is not null) Mark(connection, taken, mine);
        return taken is not null
            ? new LeaseAnswer(taken, TimeSpan.Zero) { HolderGone = gone }
            : new LeaseAnswer(null, TimeSpan.FromTicks(connection.Number($"SELECT until FROM {Table(name)}") - now.UtcTicks));
    }

    public static StoreLease? Renew(SqliteConnection connection, StoreLease lease, DateTimeOffset now, TimeSpan duration)
    {
        var until = now + duration;
        return connection.Query(
            $"UPDATE {Table(lease.Name)} SET until = max(until, $until) WHERE owner = $owner AND token = $token AND until > $now RETURNING until",
            row => lease with { Until = row.Time(0) },
            ("$owner", lease.Owner), ("$token", lease.Token), ("$now", now.UtcTicks), ("$until", until.UtcTicks)).FirstOrDefault();
    }

    public static void Release(SqliteConnection connection, StoreLease lease) => connection.Execute(
        $"UPDATE {Table(lease.Name)} SET owner = NULL, until = 0 WHERE owner = $owner AND token = $token",
        ("$owner", lease.Owner), ("$token", lease.Token));

    /// <summary>
    /// True when this lease is the one that was given out last. Equal, not just as new: a store that was rolled back may give a number out
    /// again, and another owner's is not ours.
    /// </summary>
    public static bool IsLatest(SqliteConnection connection, StoreLease? lease)
    {
        var latest = connection.Query("SELECT owner, token FROM lease", row => (Owner: row.IsDBNull(0) ? null : row.GetString(0), Token: row.GetInt64(1)));
        return latest is [var only]
            ? only.Token == lease?.Token && (only.Owner is null || only.Owner == lease.Owner)
            : lease is null;
    }

    private static LockMark? LockOfAnother(SqliteConnection connection, LeaseName name, string owner, DateTimeOffset now) => connection.Query(
        $"""
        SELECT place, file, process FROM lease_lock JOIN {Table(name)} AS lease ON lease.token = lease_lock.token
        WHERE lease_lock.lease = $name AND lease.owner <> $owner AND lease.until > $now
        """,
        row => new LockMark(row.GetInt64(0), row.GetString(1), row.GetString(2)),
        ("$name", $"{name}"), ("$owner", owner), ("$now", now.UtcTicks)).FirstOrDefault();

    private static void Mark(SqliteConnection connection, StoreLease taken, LockMark mine) => connection.Execute(
        "INSERT OR REPLACE INTO lease_lock (lease, token, place, file, process) VALUES ($name, $token, $place, $file, $process)",
        ("$name", $"{taken.Name}"), ("$token", taken.Token), ("$place", mine.Place), ("$file", mine.File), ("$process", mine.Process));

    // Names of ours, never a caller's.
    private static string Table(LeaseName name) => name switch
    {
        LeaseName.Runner => "lease",
        LeaseName.Delivery => "delivery_lease",
        _ => throw new System.Diagnostics.UnreachableException($"lease {name}"),
    };
}
