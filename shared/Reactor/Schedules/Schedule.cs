using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Schedules;

/// <summary>
/// When a timer is due, as Functions' timers write it: NCRONTAB with six fields (second minute hour day month weekday, all of
/// them must match, UTC), or a plain interval like 00:00:30.
/// </summary>
public abstract class Schedule
{
    public const string Expected = "six NCRONTAB fields (\"*/30 * * * * *\": second minute hour day month weekday) or an interval (\"00:00:30\")";

    /// <summary>The first time after this one.</summary>
    public abstract DateTimeOffset After(DateTimeOffset time);

    public static bool TryParse(string text, [NotNullWhen(true)] out Schedule? schedule)
    {
        schedule = null;
        if (TimeSpan.TryParseExact(text.Trim(), "c", CultureInfo.InvariantCulture, out var interval) && text.Contains(':'))
        {
            schedule = interval > TimeSpan.Zero ? new Interval(interval) : null;
            return schedule is not null;
        }

        var fields = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (fields.Length != 6 || fields.Any(f => f.Split(',').Contains("")) // KEDA's parser takes empty items, NCRONTAB's does not
            || !CronField.TryParse(fields[0], 0, 59, out var second)
            || !CronField.TryParse(fields[1], 0, 59, out var minute)
            || !CronField.TryParse(fields[2], 0, 23, out var hour)
            || !CronField.TryParse(fields[3], 1, 31, out var day)
            || !CronField.TryParse(fields[4], 1, 12, out var month)
            || !CronField.TryParse(fields[5], 0, 6, out var weekday)) return false;

        var cron = new Ncrontab(second, minute, hour, day, month, weekday);
        schedule = cron.EverFires ? cron : null;
        return schedule is not null;
    }

    private sealed class Interval(TimeSpan interval) : Schedule
    {
        public override DateTimeOffset After(DateTimeOffset time) => time + interval;
    }

    private sealed class Ncrontab(
        CronField second, CronField minute, CronField hour, CronField day, CronField month, CronField weekday) : Schedule
    {
        /// <summary>The calendar repeats every 400 years; a 29 February on one weekday comes at least every 40.</summary>
        private const int DaysToSearch = 41 * 366;

        /// <summary>False for the 30 February and its kin.</summary>
        public bool EverFires => Find(new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc)) is not null;

        public override DateTimeOffset After(DateTimeOffset time)
        {
            var utc = time.UtcDateTime;
            var nextSecond = new DateTime(utc.Ticks - utc.Ticks % TimeSpan.TicksPerSecond, DateTimeKind.Utc).AddSeconds(1);
            return Find(nextSecond) ?? DateTimeOffset.MaxValue;
        }

        private DateTimeOffset? Find(DateTime from)
        {
            var date = from.Date;
            var start = from.TimeOfDay;
            for (var days = 0; days < DaysToSearch; days++, date = date.AddDays(1), start = TimeSpan.Zero)
            {
                if (!month.Allows(date.Month) || !day.Allows(date.Day) || !weekday.Allows((int)date.DayOfWeek)) continue;
                if (Within(start) is { } time) return new DateTimeOffset(date + time, TimeSpan.Zero);
            }

            return null;
        }

        /// <summary>The first allowed time of day that is not before <paramref name="start"/>.</summary>
        private TimeSpan? Within(TimeSpan start)
        {
            for (var h = hour.AtLeast(start.Hours); h is { } hours; h = hour.AtLeast(hours + 1))
            {
                var sameHour = hours == start.Hours;
                for (var m = minute.AtLeast(sameHour ? start.Minutes : 0); m is { } minutes; m = minute.AtLeast(minutes + 1))
                {
                    var s = second.AtLeast(sameHour && minutes == start.Minutes ? start.Seconds : 0);
                    if (s is { } seconds) return new TimeSpan(hours, minutes, seconds);
                }
            }

            return null;
        }
    }
}
