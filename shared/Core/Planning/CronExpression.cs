using System.Diagnostics.CodeAnalysis;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// A standard cron expression (minute hour day-of-month month day-of-week; lists, ranges, steps, names), as KEDA's cron trigger
/// takes it. The core has no package, and this is all of cron that it needs.
/// </summary>
public sealed class CronExpression
{
    private readonly CronField _minute;
    private readonly CronField _hour;
    private readonly CronField _dayOfMonth;
    private readonly CronField _month;
    private readonly CronField _dayOfWeek;

    private CronExpression(CronField minute, CronField hour, CronField dayOfMonth, CronField month, CronField dayOfWeek) =>
        (_minute, _hour, _dayOfMonth, _month, _dayOfWeek) = (minute, hour, dayOfMonth, month, dayOfWeek);

    public static bool TryParse(string? text, [NotNullWhen(true)] out CronExpression? expression)
    {
        expression = null;
        var parts = (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length != 5
            || !CronField.TryParse(parts[0], 0, 59, out var minute)
            || !CronField.TryParse(parts[1], 0, 23, out var hour)
            || !CronField.TryParse(parts[2], 1, 31, out var dayOfMonth)
            || !CronField.TryParse(parts[3], 1, 12, out var month)
            || !CronField.TryParse(parts[4], 0, 7, out var dayOfWeek))
            return false;
        expression = new CronExpression(minute, hour, dayOfMonth, month, dayOfWeek);
        return true;
    }

    /// <summary>The first match strictly after <paramref name="after"/> on the wall clock; null when there is none within 5 years.</summary>
    public DateTime? Next(DateTime after)
    {
        var time = new DateTime(after.Year, after.Month, after.Day, after.Hour, after.Minute, 0, DateTimeKind.Unspecified).AddMinutes(1);
        var end = time.AddYears(5);
        while (time < end)
        {
            if (!_month.Allows(time.Month))
                time = new DateTime(time.Year, time.Month, 1, 0, 0, 0, DateTimeKind.Unspecified).AddMonths(1);
            else if (!DayMatches(time))
                time = time.Date.AddDays(1);
            else if (!_hour.Allows(time.Hour))
                time = time.Date.AddHours(time.Hour + 1);
            else if (!_minute.Allows(time.Minute))
                time = time.AddMinutes(1);
            else
                return time;
        }

        return null;
    }

    private bool DayMatches(DateTime time)
    {
        var month = _dayOfMonth.Allows(time.Day);
        var week = _dayOfWeek.Allows((int)time.DayOfWeek) || (time.DayOfWeek == DayOfWeek.Sunday && _dayOfWeek.Allows(7));

        // Cron's old rule: when both day fields are restricted, either may match.
        return _dayOfMonth.IsStar || _dayOfWeek.IsStar ? month && week : month || week;
    }
}
