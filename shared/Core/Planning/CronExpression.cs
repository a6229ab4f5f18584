using System.Diagnostics.CodeAnalysis;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// A cron expression of five fields (minute, hour, day of month, month, day of week 0 to 6; lists, ranges, steps, names), as KEDA's cron
/// trigger takes it. The core has no package, and this is all of cron that it needs.
/// </summary>
public sealed class CronExpression
{
    private static readonly (string Name, int Least, int Most)[] Places =
        [("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 6)];

    private readonly CronField[] _fields;

    private CronExpression(CronField[] fields) => _fields = fields;

    public static bool TryParse(string? text, [NotNullWhen(true)] out CronExpression? expression) => TryParse(text, out expression, out _);

    /// <summary><paramref name="problem"/> says what was expected and where, else it is empty.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out CronExpression? expression, out string problem)
    {
        expression = null;
        problem = "";
        var parts = (text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != Places.Length)
        {
            problem = $"has {Words.Count(parts.Length, "field")}, and not minute, hour, day of month, month and day of week";
            return false;
        }

        var fields = new CronField[Places.Length];
        for (var i = 0; i < fields.Length; i++)
        {
            var (name, least, most) = Places[i];
            if (!CronField.TryParse(parts[i], least, most, out fields[i]!))
            {
                problem = $"has {parts[i]} for {name}, which goes from {least} to {most}";
                return false;
            }
        }

        expression = new CronExpression(fields);
        return true;
    }

    /// <summary>The first match strictly after <paramref name="after"/> on the wall clock; null when there is none within 5 years.</summary>
    public DateTime? Next(DateTime after)
    {
        var time = new DateTime(after.Year, after.Month, after.Day, after.Hour, after.Minute, 0, DateTimeKind.Unspecified).AddMinutes(1);
        var end = time.AddYears(5);
        while (time < end)
        {
            if (!AllowsMonth(time))
                time = new DateTime(time.Year, time.Month, 1, 0, 0, 0, DateTimeKind.Unspecified).AddMonths(1);
            else if (!AllowsDay(time))
                time = time.Date.AddDays(1);
            else if (!AllowsHour(time))
                time = time.Date.AddHours(time.Hour + 1);
            else if (!AllowsMinute(time))
                time = time.AddMinutes(1);
            else
                return time;
        }

        return null;
    }

    internal bool AllowsMinute(DateTime time) => _fields[0].Allows(time.Minute);

    internal bool AllowsHour(DateTime time) => _fields[1].Allows(time.Hour);

    internal bool AllowsMonth(DateTime time) => _fields[3].Allows(time.Month);

    /// <summary>Cron's old rule: when both day fields are restricted, either may match.</summary>
    internal bool AllowsDay(DateTime time)
    {
        var (month, week) = (_fields[2].Allows(time.Day), _fields[4].Allows((int)time.DayOfWeek));
        return _fields[2].IsStar || _fields[4].IsStar ? month && week : month || week;
    }
}
