namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// The next time of a cron expression on a zone's clock as KEDA finds it: robfig/cron v3 goes to the month, the day, the hour and the minute
/// in turn, and looks at the clock after each step. So an hour that comes twice counts twice, one that is skipped does not come, and where
/// midnight itself is skipped (Cairo, Havana) a day may be missed or taken for its neighbour. What KEDA does there is done here too: the
/// fallback keeps what KEDA would have asked for.
/// </summary>
internal sealed class CronWalk
{
    private readonly CronExpression _cron;
    private readonly TimeZoneInfo _zone;
    private DateTime _utc;
    private DateTime _local;
    private bool _moved;

    private CronWalk(CronExpression cron, TimeZoneInfo zone, DateTime utc)
    {
        (_cron, _zone) = (cron, zone);
        ToUtc(utc);
    }

    /// <summary>The first match strictly after <paramref name="after"/>; null when there is none within five years.</summary>
    public static DateTimeOffset? Next(CronExpression cron, TimeZoneInfo zone, DateTimeOffset after)
    {
        var walk = new CronWalk(cron, zone, new DateTime(after.UtcTicks - after.UtcTicks % TimeSpan.TicksPerMinute, DateTimeKind.Utc).AddMinutes(1));
        var last = walk._local.Year + 5;
        while (walk._local.Year <= last)
            if (walk.ToMonth() && walk.ToDay() && walk.ToHour() && walk.ToMinute())
                return new DateTimeOffset(walk._utc, TimeSpan.Zero);
        return null;
    }

    // Each is false when the clock has gone over into the next of what is above it, which is then to be looked at again.

    private bool ToMonth()
    {
        while (!_cron.AllowsMonth(_local))
        {
            if (First())
                ToLocal(_local.Date.AddDays(1 - _local.Day));
            var day = _local.Day - 1;
            ToLocal(_local.Date.AddDays(-day).AddMonths(1).AddDays(day) + _local.TimeOfDay);
            if (_local.Month == 1)
                return false;
        }

        return true;
    }

    private bool ToDay()
    {
        while (!_cron.AllowsDay(_local))
        {
            if (First())
                ToLocal(_local.Date);
            ToLocal(_local.AddDays(1));
            if (_local.Hour != 0)
                ToUtc(_utc.AddHours(_local.Hour > 12 ? 24 - _local.Hour : -_local.Hour));
            if (_local.Day == 1)
                return false;
        }

        return true;
    }

    private bool ToHour()
    {
        while (!_cron.AllowsHour(_local))
        {
            if (First())
                ToLocal(_local.Date.AddHours(_local.Hour));
            ToUtc(_utc.AddHours(1));
            if (_local.Hour == 0)
                return false;
        }

        return true;
    }

    private bool ToMinute()
    {
        while (!_cron.AllowsMinute(_local))
        {
            _moved = true;
            ToUtc(_utc.AddMinutes(1));
            if (_local.Minute == 0)
                return false;
        }

        return true;
    }

    private bool First()
    {
        var first = !_moved;
        _moved = true;
        return first;
    }

    private void ToUtc(DateTime utc) => (_utc, _local) = (utc, DateTime.SpecifyKind(utc + _zone.GetUtcOffset(utc), DateTimeKind.Unspecified));

    /// <summary>
    /// As Go's time.Date takes a local time: with the offset of that time read as UTC, or with the one that is in force then. Of a time that
    /// comes twice that is one or the other by the sign of the offset, and one that is skipped goes an hour forward or back.
    /// </summary>
    private void ToLocal(DateTime local)
    {
        var asUtc = DateTime.SpecifyKind(local, DateTimeKind.Utc);
        ToUtc(asUtc - _zone.GetUtcOffset(asUtc - _zone.GetUtcOffset(asUtc)));
    }
}
