using Microsoft.Data.Sqlite;

namespace Sophia.Keda.Reactor.State.Sqlite;

/// <summary>
/// The file: opened, checked, read and written. Each call has a connection of its own (from the driver's pool), so that reading
/// never waits for a writer's sync to disk, and one process's threads meet by the same locks as two processes. Writers of this process
/// queue at a gate first: SQLite's own waiting is polling and not fair.
/// </summary>
internal sealed class SqliteFile : IDisposable
{
    private readonly string cluster;
    private readonly SqliteSettings settings;
    private readonly string pooled;
    private readonly string unpooled;

    /// <summary>Never disposed of: whoever waits at a semaphore that is disposed of waits for ever. It holds nothing that would need it.</summary>
    private readonly SemaphoreSlim gate = new(1, 1);

    private readonly Lock preparing = new();
    private volatile bool prepared;

    static SqliteFile() => SQLitePCL.Batteries_V2.Init();

    public SqliteFile(string cluster, SqliteSettings settings)
    {
        this.cluster = cluster;
        this.settings = settings;
        Path = System.IO.Path.GetFullPath(settings.Path);
        // The driver would retry by itself for DefaultTimeout on top of SQLite's own busy_timeout: one second is its least.
        var connection = new SqliteConnectionStringBuilder { DataSource = Path, Mode = SqliteOpenMode.ReadWrite, DefaultTimeout = 1 };
        pooled = connection.ToString();
        connection.Mode = SqliteOpenMode.ReadWriteCreate;
        connection.Pooling = false;
        unpooled = connection.ToString();
    }

    public string Path { get; }

    public Task<T> ReadAsync<T>(Func<SqliteConnection, T> read, CancellationToken cancel) => RunAsync(read, () => true, cancel);

    /// <summary>One transaction that takes the write lock at its start: what it reads can't change before it writes.</summary>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, T> write, CancellationToken cancel)
    {
        await gate.WaitAsync(cancel);
        var committing = false;
        try
        {
            return await RunAsync(
                connection =>
                {
                    using var transaction = connection.BeginTransaction(deferred: false);
                    var result = write(connection);
                    committing = true;
                    transaction.Commit();
                    return result;
                },
                () => !committing,
                cancel);
        }
        finally
        {
            gate.Release();
        }
    }

    public Task WriteAsync(Action<SqliteConnection> write, CancellationToken cancel) =>
        WriteAsync(
            connection =>
            {
                write(connection);
                return true;
            },
            cancel);

    public void Dispose()
    {
        ClosePooled();
    }

    // The driver's async methods block: the pool's threads are there for that, the caller's is not.
    private Task<T> RunAsync<T>(Func<SqliteConnection, T> work, Func<bool> nothingKept, CancellationToken cancel) =>
        Task.Run(() => Call(work, nothingKept), cancel);

    /// <param name="nothingKept">Asked after a failure: a transaction that did not come to its end is rolled back.</param>
    private T Call<T>(Func<SqliteConnection, T> work, Func<bool> nothingKept)
    {
        try
        {
            Prepare();
            using var connection = Open(pooled);
            return work(connection);
        }
        catch (Exception exception) when (SqliteErrors.IsOutside(exception))
        {
            if (!SqliteErrors.IsBusy(exception)) Forget();
            throw SqliteErrors.Translate(exception, Path, nothingKept());
        }
    }

    // A handle that met an error may be broken for good (disk remounted, file replaced): the next call opens anew.
    private void Forget()
    {
        ClosePooled();
        prepared = false;
    }

    private void Prepare()
    {
        lock (preparing)
        {
            var exists = File.Exists(Path);
            if (prepared && exists) return;
            // Deleted or moved: pooled handles (of another store of this process too) would go on with a file that is no longer here.
            if (!exists) ClosePooled();
            if (System.IO.Path.GetDirectoryName(Path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
            using var connection = Open(unpooled);
            // Before the journal mode, which is written into the file: a file that is refused must stay as it is.
            SqliteSchema.MakeOrCheck(connection, Path, cluster);
            var mode = connection.Query("PRAGMA journal_mode = WAL", row => row.GetString(0))[0];
            if (mode != "wal")
            {
                throw new StoreUnavailableException(
                    $"The state file {Path} can't use a write-ahead log (journal mode stays '{mode}'): is it on a network share?");
            }

            prepared = true;
        }
    }

    private SqliteConnection Open(string connectionString)
    {
        var connection = new SqliteConnection(connectionString);
        try
        {
            connection.Open();
            // synchronous = FULL: the webhook's 202 and a page's "delivered" promise that a power cut right after loses nothing;
            // with WAL and NORMAL the last commits may go.
            connection.Execute($"PRAGMA busy_timeout = {(long)settings.BusyTimeout.TotalMilliseconds}; PRAGMA synchronous = FULL;");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void ClosePooled()
    {
        using var connection = new SqliteConnection(pooled);
        SqliteConnection.ClearPool(connection);
    }
}
