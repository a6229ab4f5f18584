using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Sophia.Keda.Reactor.State.Sqlite;

/// <summary>What a failure means for the caller: try again later, or content that a human must look at.</summary>
public static class SqliteErrors
{
    // https://sqlite.org/rescode.html
    private const int Error = 1;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int Corrupt = 11;
    private const int Constraint = 19;
    private const int Misuse = 21;
    private const int NotADatabase = 26;

    /// <summary>True when the file or its disk is to blame; false for a bug of ours, which must stay what it is.</summary>
    public static bool IsOutside(Exception exception) =>
        exception is SqliteException { SqliteErrorCode: not (Constraint or Misuse) } or IOException or UnauthorizedAccessException or JsonException or InvalidDataException;

    /// <summary>True when the file is well and somebody else has it just now.</summary>
    public static bool IsBusy(Exception exception) => exception is SqliteException { SqliteErrorCode: Busy or Locked };

    /// <summary>The exception to throw instead.</summary>
    public static StoreUnavailableException Translate(Exception exception, string path, bool nothingKept = false) => exception switch
    {
        SqliteException { SqliteErrorCode: Error or Corrupt or NotADatabase } sqlite => Unreadable(path, sqlite.Message, sqlite, nothingKept),
        SqliteException sqlite => new StoreUnavailableException($"The state file {path} can't be used now: {sqlite.Message}", sqlite) { NothingKept = nothingKept },
        JsonException json => Unreadable(path, $"JSON that does not fit ({json.Message})", json, nothingKept),
        InvalidDataException row => Unreadable(path, row.Message, row, nothingKept),
        _ => new StoreUnavailableException($"The state file {path} can't be used now: {exception.Message}", exception) { NothingKept = nothingKept },
    };

    private static StoreContentException Unreadable(string path, string found, Exception inner, bool nothingKept) =>
        Refuse(path, found, "a state file of this version", Misfit.Damaged, inner, nothingKept);

    public static StoreContentException Refuse(string path, string found, string expected, Misfit misfit, Exception? inner = null, bool nothingKept = true) =>
        new(
            $"The state file {path} can't be read. Found: {found}. Expected: {expected}. It was left as it is. "
            + "Either run the version that wrote it, or move it (with its -wal and -shm files) away: the reactor then starts anew "
            + "and takes up what its annotations in the cluster say.",
            misfit,
            inner) { NothingKept = nothingKept };
}
