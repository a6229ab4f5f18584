using System.Security.Cryptography;
using System.Text;

namespace Sophia.Keda.Reactor.State.Sqlite;

/// <summary>Which lock a holder of a lease keeps for as long as its process lives.</summary>
/// <param name="Place">Which of the lock files.</param>
/// <param name="File">The name that the file was given when it was made: one put in its place later is not what that holder has locked.</param>
/// <param name="Process">The one that has it, or had it.</param>
internal sealed record LockMark(long Place, string File, string Process);

/// <summary>
/// Shows that this process lives, and tells of others whether they do. Each process locks a file of its own beside the state file; the
/// kernel lets go of it whatever way the process ends, kill -9 and a container's end included. It knows nothing of pids, which mean nothing
/// across containers, nor of time. A file of its own, because closing any handle of the state file drops SQLite's own locks on it (POSIX),
/// and a whole-file lock (flock; on Windows the sharing mode), because those of ranges belong to the process and not to the handle.
/// The files stay: to remove one is to race with whoever opens it.
/// </summary>
internal sealed class ProcessLock(string path) : IDisposable
{
    /// <summary>So many processes of one machine can share the file and be known to be alive; more are judged by the lease's time alone.</summary>
    private const int Places = 16;

    private readonly string process = RandomNumberGenerator.GetHexString(16, lowercase: true);
    private readonly Lock sync = new();
    private FileStream? held;
    private LockMark? mine;
    private bool disposed;

    /// <summary>This process' lock; null where none can be had that keeps others out.</summary>
    public LockMark? Take()
    {
        lock (sync)
        {
            if (mine is not null && File.Exists(At(mine.Place))) return mine;
            LetGo();
            if (disposed || SqliteDurability.IsOnShare(path)) return null;
            for (var place = 0; place < Places && mine is null; place++)
            {
                if (Open(place, FileMode.OpenOrCreate) is not { } file) continue;
                held = file;
                // Where a second handle gets in, locks don't hold: a file system without them, or .NET's own switched off.
                if (Open(place, FileMode.Open) is { } second)
                {
                    second.Dispose();
                    break;
                }

                mine = new LockMark(place, Name(file), process);
            }

            if (mine is null) LetGo();
            return mine;
        }
    }

    /// <summary>True only when the process that made the mark has certainly ended.</summary>
    public bool IsGone(LockMark other)
    {
        lock (sync)
        {
            if (mine is null || other.Process == process) return false;
            if (other.Place == mine.Place) return other.File == mine.File;
            using var file = Open(other.Place, FileMode.Open);
            return file is not null && Read(file) == other.File;
        }
    }

    public void Dispose()
    {
        lock (sync)
        {
            disposed = true;
            LetGo();
        }
    }

    private void LetGo()
    {
        held?.Dispose();
        (held, mine) = (null, null);
    }

    private string At(long place) => place == 0 ? $"{path}-lock" : $"{path}-lock{place}";

    /// <summary>Null when somebody else has it, or it can't be had: then nothing is known of whoever has it.</summary>
    private FileStream? Open(long place, FileMode mode)
    {
        try
        {
            return new FileStream(At(place), mode, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Name(FileStream file)
    {
        if (Read(file) is { Length: > 0 } name) return name;
        var made = RandomNumberGenerator.GetHexString(16, lowercase: true);
        file.Write(Encoding.ASCII.GetBytes(made));
        file.Flush(flushToDisk: true);
        return made;
    }

    private static string Read(FileStream file)
    {
        Span<byte> bytes = stackalloc byte[64];
        file.Position = 0;
        return Encoding.ASCII.GetString(bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)]).Trim();
    }
}
