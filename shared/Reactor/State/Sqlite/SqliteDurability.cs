using System.Collections.Immutable;
using Microsoft.Data.Sqlite;

namespace Sophia.Keda.Reactor.State.Sqlite;

/// <summary>How well a state file keeps what it holds: how it is written, and on what.</summary>
internal static class SqliteDurability
{
    // https://sqlite.org/pragma.html#pragma_synchronous
    private const long Full = 2;

    private static readonly string[] Levels = ["OFF", "NORMAL", "FULL", "EXTRA"];

    public static StoreCondition Of(SqliteConnection connection, string path) => Of(
        path,
        connection.Number("PRAGMA synchronous"),
        connection.Query("PRAGMA journal_mode", row => row.GetString(0))[0],
        FileSystem(path)) with
    {
        Unreadable = SqliteInbox.Unreadable(connection) + SqliteOutbox.Unreadable(connection),
    };

    internal static StoreCondition Of(string path, long synchronous, string journal, string fileSystem)
    {
        var weaknesses = ImmutableArray.CreateBuilder<Weakness>();
        if (IsShared(fileSystem))
            weaknesses.Add(new(Loses.AtAnyTime, $"It lies on a network share ({fileSystem}), where SQLite's locks don't hold: use a local disk, or Redis."));
        if (fileSystem is "tmpfs" or "ramfs")
            weaknesses.Add(new(Loses.WithItsHost, $"It lies in memory ({fileSystem}): put State:Path on a disk."));
        if (fileSystem is "overlay" or "overlayfs" or "aufs" or "fuse.fuse-overlayfs")
            weaknesses.Add(new(Loses.WithItsHost, $"It lies in the container's own layer ({fileSystem}): put State:Path on a volume."));
        if (synchronous < Full)
            weaknesses.Add(new(Loses.LastSeconds, $"synchronous is {Levels[synchronous]}: a power cut may lose the last commits."));
        return new StoreCondition
        {
            Words = $"SQLite file {path} on {fileSystem}, journal {journal}, synchronous {Levels[synchronous]}, one machine",
            Weaknesses = [.. weaknesses.OrderByDescending(weakness => weakness.Loses)],
        };
    }

    public static bool IsOnShare(string path) => IsShared(FileSystem(path));

    // As /proc/self/mountinfo names them; "v9fs" where the runtime has only a number to go by.
    private static bool IsShared(string fileSystem) =>
        fileSystem.StartsWith("nfs", StringComparison.Ordinal) || fileSystem.StartsWith("smb", StringComparison.Ordinal)
        || fileSystem is "cifs" or "9p" or "v9fs" or "afs" or "ceph" or "lustre" or "gpfs" or "glusterfs"
            or "fuse.sshfs" or "fuse.glusterfs" or "fuse.ceph" or "fuse.blobfuse" or "fuse.blobfuse2" or "fuse.s3fs" or "fuse.rclone";

    private static string FileSystem(string path)
    {
        try
        {
            return new DriveInfo(OperatingSystem.IsWindows() ? System.IO.Path.GetPathRoot(path)! : path).DriveFormat;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "an unknown file system";
        }
    }
}
