using Microsoft.Data.Sqlite;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>A state file that the code of layout version 1 made in the middle of an incident.</summary>
internal static class Version1
{
    public const string Cluster = "prod";

    private static string Dump => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "State", "Fixtures", "v1.sql"));

    public static string PanelJson
    {
        get
        {
            using var connection = new SqliteConnection("Data Source=:memory:");
            connection.Open();
            Run(connection, Dump);
            return Text(connection, "SELECT json FROM panel");
        }
    }

    public static void MakeFile(string path)
    {
        using var connection = Open(path);
        Run(connection, Dump);
    }

    /// <summary>All that the tables of version 1 look like, for comparison.</summary>
    public static string Layout(string path)
    {
        using var connection = Open(path);
        return Text(connection, """
            SELECT group_concat(sql, ';' || char(10)) FROM (
                SELECT sql FROM sqlite_master
                WHERE tbl_name IN ('meta', 'panel', 'inbox', 'lease', 'outbox', 'audit', 'incidents') AND sql IS NOT NULL ORDER BY type DESC, name)
            """);
    }

    public static string Text(string path, string sql)
    {
        using var connection = Open(path);
        return Text(connection, sql);
    }

    public static void Run(string path, string sql, params (string Name, object Value)[] parameters)
    {
        using var connection = Open(path);
        Run(connection, sql, parameters);
    }

    private static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        return connection;
    }

    private static void Run(SqliteConnection connection, string sql, params (string Name, object Value)[] parameters)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        command.ExecuteNonQuery();
    }

    private static string Text(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture) ?? "";
    }
}
