using System.Text.Json;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.Audit;

/// <summary>The trail as a table for spreadsheets, by RFC 4180: every cell in quotes, lines end with CR LF.</summary>
public static class AuditCsv
{
    private static readonly string[] Columns =
        ["sequence", "at", "kind", "reason", "actor", "incident", "namespace", "name", "text", "facts", "hash"];

    public static string Header { get; } = Row(Columns);

    public static string Of(StoredAudit stored)
    {
        var record = stored.Record;
        return Row(
            [
                $"{stored.Sequence}", $"{record.At:O}", $"{record.Kind}", $"{record.Reason}", record.Actor, record.IncidentId ?? "",
                record.Target?.Namespace ?? "", record.Target?.Name ?? "", record.Text,
                record.Facts.IsEmpty ? "" : JsonSerializer.Serialize(record.Facts, ReactorJson.Options), stored.Hash ?? "",
            ]);
    }

    private static string Row(IEnumerable<string> cells) => string.Join(',', cells.Select(cell => $"\"{Harmless(cell).Replace("\"", "\"\"")}\"")) + "\r\n";

    /// <summary>
    /// A spreadsheet takes what begins with one of these for a formula, which may run programs or send the table elsewhere; alerts' labels and
    /// people's reasons stand in it. (https://owasp.org/www-community/attacks/CSV_Injection)
    /// </summary>
    private static string Harmless(string cell) => cell is ['=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠', ..] ? "'" + cell : cell;
}
