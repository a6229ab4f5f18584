using System.Collections.Immutable;
using Microsoft.Data.Sqlite;

namespace Sophia.Keda.Reactor.State.Sqlite;

/// <summary>Short forms for commands; text reaches SQL as parameters only.</summary>
internal static class SqliteCalls
{
    public static int Execute(this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteNonQuery();
    }

    public static ImmutableArray<T> Query<T>(
        this SqliteConnection connection, string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = connection.Command(sql, parameters);
        using var reader = command.ExecuteReader();
        var rows = ImmutableArray.CreateBuilder<T>();
        while (reader.Read())
            rows.Add(Row(reader, read));
        return rows.ToImmutable();
    }

    /// <summary>As many rows as wanted of those that can be read: null from <paramref name="read"/> takes nobody's place.</summary>
    public static ImmutableArray<T> First<T>(this SqliteConnection connection, int limit, string sql, Func<SqliteDataReader, T?> read)
        where T : class
    {
        using var command = connection.Command(sql, []);
        using var reader = command.ExecuteReader();
        var rows = ImmutableArray.CreateBuilder<T>();
        while (rows.Count < limit && reader.Read())
            if (Row(reader, read) is { } row)
                rows.Add(row);
        return rows.ToImmutable();
    }

    public static long Number(this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var command = connection.Command(sql, parameters);
        return command.ExecuteScalar() is long number ? number : 0;
    }

    public static DateTimeOffset Time(this SqliteDataReader row, int column) => new(row.GetInt64(column), TimeSpan.Zero);

    /// <summary>SQLite keeps any value in any column: what a hand or damage has put there may be null, another type, or no time at all.</summary>
    /// <exception cref="InvalidDataException">The row does not fit.</exception>
    private static T Row<T>(SqliteDataReader reader, Func<SqliteDataReader, T> read)
    {
        try
        {
            return read(reader);
        }
        catch (Exception unfit) when (unfit is InvalidOperationException or InvalidCastException or FormatException or OverflowException or ArgumentException)
        {
            throw new InvalidDataException($"a row that does not fit ({unfit.Message})", unfit);
        }
    }

    private static SqliteCommand Command(
        this SqliteConnection connection, string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every caller passes a constant.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }
}
