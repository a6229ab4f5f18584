using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// A standard cron expression (minute hour day-of-month month day-of-week; lists, ranges, steps, names), as KEDA's cron trigger
/// takes it. The core has no package, and this is all of cron that it needs.
/// </summary>
public sealed class CronExpression
{
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    private readonly ulong _minutes;
    private readonly ulong _hours;
    private readonly ulong _daysOfMonth;
    private readonly ulong _months;
    private readonly ulong _daysOfWeek;
    private readonly bool _eitherDay;

    private CronExpression(ulong[] fields, bool eitherDay)
    {
        (_minutes, _hours, _daysOfMonth, _months, _daysOfWeek) = (fields[0], fields[1], fields[2], fields[3], fields[4]);
        _eitherDay = eitherDay;
    }

    public static bool TryParse(string? text, [NotNullWhen(true)] out CronExpression? expression)
    {
        expression = null;
        var parts = (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length != 5
            || Field(parts[0], 0, 59) is not { } minutes
            || Field(parts[1], 0, 23) is not { } hours
            || Field(parts[2], 1, 31) is not { } daysOfMonth
            || Field(parts[3], 1, 12, Months, 1) is not { } months
            || Field(parts[4], 0, 7, Days, 0) is not { } daysOfWeek)
            return false;
        if ((daysOfWeek & (1UL << 7)) != 0)
            daysOfWeek |= 1; // 7 is Sunday too

        // Cron's old rule: when both day fields are restricted, either may match.
        var either = !Unrestricted(parts[2]) && !Unrestricted(parts[4]);
        expression = new CronExpression([minutes, hours, daysOfMonth, months, daysOfWeek], either);
        return true;
    }

    /// <summary>The first match strictly after <paramref name="after"/> on the wall clock; null when there is none within 5 years.</summary>
    public DateTime? Next(DateTime after)
    {
        var time = new DateTime(after.Year, after.Month, after.Day, after.Hour, after.Minute, 0, DateTimeKind.Unspecified).AddMinutes(1);
        var end = time.AddYears(5);
        while (time < end)
        {
            if (!Has(_months, time.Month))
                time = new DateTime(time.Year, time.Month, 1, 0, 0, 0, DateTimeKind.Unspecified).AddMonths(1);
            else if (!DayMatches(time))
                time = time.Date.AddDays(1);
            else if (!Has(_hours, time.Hour))
                time = time.Date.AddHours(time.Hour + 1);
            else if (!Has(_minutes, time.Minute))
                time = time.AddMinutes(1);
            else
                return time;
        }

        return null;
    }

    private bool DayMatches(DateTime time)
    {
        var month = Has(_daysOfMonth, time.Day);
        var week = Has(_daysOfWeek, (int)time.DayOfWeek);
        return _eitherDay ? month || week : month && week;
    }

    /// <summary>As in KEDA's cron (robfig/cron): "*" and "?" leave a day open; a stepped star is a restriction.</summary>
    private static bool Unrestricted(string field) => Array.Exists(field.Split(','), item => item is "*" or "?" or "*/1" or "?/1");

    private static bool Has(ulong set, int value) => (set & (1UL << value)) != 0;

    private static ulong? Field(string text, int least, int most, string[]? names = null, int firstName = 0)
    {
        ulong set = 0;
        foreach (var item in text.Split(','))
        {
            var stepAt = item.IndexOf('/', StringComparison.Ordinal);
            var range = stepAt < 0 ? item : item[..stepAt];
            var step = 1;
            if (stepAt >= 0 && (!int.TryParse(item[(stepAt + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out step) || step < 1))
                return null;
            int from, to;
            if (range is "*" or "?")
            {
                (from, to) = (least, most);
            }
            else
            {
                var ends = range.Split('-');
                if (ends.Length > 2 || Value(ends[0]) is not { } first)
                    return null;
                (from, to) = (first, first);
                if (ends.Length == 2)
                {
                    if (Value(ends[1]) is not { } last)
                        return null;
                    to = last;
                }
                else if (stepAt >= 0)
                {
                    to = most;
                }
            }

            if (from < least || to > most || from > to)
                return null;
            for (var value = from; value <= to; value += step)
                set |= 1UL << value;
        }

        return set;

        int? Value(string word)
        {
            if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return number;
            var index = names is null ? -1 : Array.FindIndex(names, n => n.Equals(word, StringComparison.OrdinalIgnoreCase));
            return index < 0 ? null : index + firstName;
        }
    }
}
