namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>A KEDA cron trigger: active from a start time to an end time, both written as cron expressions in a time zone.</summary>
public sealed class CronWindow
{
    private readonly bool[][] _start;
    private readonly bool[][] _end;
    private readonly TimeZoneInfo _zone;
    private DateTimeOffset _known;
    private DateTimeOffset _until;
    private bool _active;

    private CronWindow(bool[][] start, bool[][] end, TimeZoneInfo zone)
    {
        _start = start;
        _end = end;
        _zone = zone;
    }

    /// <summary>Null when the expressions or the zone cannot be understood.</summary>
    public static CronWindow? Parse(string? start, string? end, string? zone)
    {
        var from = Fields(start);
        var to = Fields(end);
        return from is null || to is null || zone is null || !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found)
            ? null
            : new CronWindow(from, to, found);
    }

    /// <summary>KEDA's own rule: active when the next end comes before the next start. Worked out once per stretch.</summary>
    public bool Active(DateTimeOffset now)
    {
        if (now >= _known && now < _until)
            return _active;
        var minute = new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerMinute), TimeSpan.Zero);
        _known = now;
        for (var ahead = 1; ahead <= 8 * 24 * 60; ahead++)
        {
            var at = minute.AddMinutes(ahead);
            var local = TimeZoneInfo.ConvertTime(at, _zone);
            var ends = Matches(_end, local);
            if (!ends && !Matches(_start, local))
                continue;
            _active = ends;
            _until = at;
            return _active;
        }

        _active = false;
        _until = minute.AddDays(8);
        return false;
    }

    private static bool Matches(bool[][] fields, DateTimeOffset local) =>
        fields[0][local.Minute] && fields[1][local.Hour] && fields[3][local.Month]
        && fields[2][local.Day] && fields[4][(int)local.DayOfWeek];

    private static bool[][]? Fields(string? expression)
    {
        var parts = expression?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts is not { Length: 5 })
            return null;
        var fields = new[] { Field(parts[0], 0, 59), Field(parts[1], 0, 23), Field(parts[2], 1, 31), Field(parts[3], 1, 12), Field(parts[4], 0, 7) };
        if (fields.Any(f => f is null))
            return null;
        fields[4]![0] |= fields[4]![7];
        return fields!;
    }

    private static bool[]? Field(string text, int low, int high)
    {
        var allowed = new bool[high + 1];
        foreach (var part in text.Split(','))
        {
            var step = part.Split('/');
            var range = step[0] == "*" ? [low.ToString(), high.ToString()] : step[0].Split('-');
            var every = 1;
            if ((step.Length == 2 && !int.TryParse(step[1], out every)) || every < 1
                || !int.TryParse(range[0], out var from) || !int.TryParse(range[^1], out var to) || from < low || to > high || from > to)
                return null;
            for (var i = from; i <= to; i += every)
                allowed[i] = true;
        }

        return allowed;
    }
}
