using System.Globalization;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Functions.Http;

/// <summary>Reads a query string and gathers every fault on the way.</summary>
public sealed class QueryFields
{
    private static readonly string[] TimeFormats =
        ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];

    private static readonly TimeSpan Ahead = TimeSpan.FromDays(1);

    private readonly IQueryCollection query;
    private readonly List<string> faults = [];

    public QueryFields(HttpRequest request, params string[] known)
    {
        query = request.Query;
        foreach (var name in query.Keys.Where(name => name != "code" && !known.Contains(name)))
            faults.Add($"{Text.Clean(name, 60)}: unknown; expected {(known.Length == 0 ? "nothing" : string.Join(", ", known))}");
    }

    /// <summary>Null when everything was in order. Ask last.</summary>
    public Problem? Problem => faults.Count == 0
        ? null
        : new Problem(new Refusal(400, "Query not understood", "Mend what `errors` lists.") { Errors = [.. faults] });

    public void Fault(string fault) => faults.Add(fault);

    public string? Line(string name) => query[name].ToString() is { Length: > 0 } text ? text : null;

    public long Number(string name, long least, long most, long otherwise)
    {
        if (Line(name) is not { } text) return otherwise;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        Fault($"{name}: found \"{Text.Clean(text, 60)}\"; expected a whole number from {least} to {most}");
        return otherwise;
    }

    public T? Word<T>(string name)
        where T : struct, Enum
    {
        if (Line(name) is not { } text) return null;
        foreach (var value in Enum.GetValues<T>())
        {
            if (text.Equals(value.ToString(), StringComparison.OrdinalIgnoreCase)) return value;
        }

        Fault($"{name}: found \"{Text.Clean(text, 60)}\"; expected {string.Join(" | ", Enum.GetValues<T>().Select(v => v.ToString().ToLowerInvariant()))}");
        return null;
    }

    /// <summary>
    /// RFC 3339: "2026-08-01T10:00:00Z", or with an offset, whose + may have come through as a space. Of what happened: from 1970, so that a period
    /// before it exists too, to a day ahead of now, for callers whose clock or zone is another.
    /// </summary>
    public DateTimeOffset? Time(string name, DateTimeOffset now)
    {
        if (Line(name) is not { } text) return null;
        if (!DateTimeOffset.TryParseExact(text.Replace(' ', '+'), TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
            Fault($"{name}: found \"{Text.Clean(text, 60)}\"; expected a time like 2026-08-01T10:00:00Z");
        else if (time < DateTimeOffset.UnixEpoch || time > now + Ahead)
            Fault($"{name}: found \"{Text.Clean(text, 60)}\"; expected a time from {Written(DateTimeOffset.UnixEpoch)} to {Written(now + Ahead)}");
        else
            return time;
        return null;
    }

    public bool Flag(string name)
    {
        if (Line(name) is not { } text) return false;
        if (bool.TryParse(text, out var flag)) return flag;
        Fault($"{name}: found \"{Text.Clean(text, 60)}\"; expected true | false");
        return false;
    }

    private static string Written(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormats[0], CultureInfo.InvariantCulture);
}
