using System.Globalization;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// When a window is open, on a clock that is set forward and back. A start or end that the clock skips happens at the moment of the skip; one that
/// comes twice happens the first time.
/// </summary>
public static class WindowTimes
{
    /// <summary>Windows that overlap themselves so often in a row are taken as open until then.</summary>
    private const int MostOverlaps = 1000;

    /// <summary>True when the window can be evaluated here: policies are checked with it.</summary>
    public static bool Readable(TimeWindow window) => Parse(window) is not null;

    /// <summary>When the window that is open now ends; null when none is, or the window can't be read.</summary>
    public static DateTimeOffset? OpenUntil(TimeWindow window, DateTimeOffset now)
    {
        if (Parse(window) is not { } parts)
            return null;
        if (parts.End is { } end)
        {
            // KEDA's own rule for its cron triggers: open when the next end comes before the next start.
            var ends = Next(end, parts.Zone, now);
            return ends is not null && (Next(parts.Start, parts.Zone, now) is not { } starts || ends <= starts) ? ends : null;
        }

        var duration = window.Duration ?? TimeSpan.Zero;
        if (Next(parts.Start, parts.Zone, now - duration) is not { } first || first > now)
            return null;
        var until = first + duration;
        for (var i = 0; i < MostOverlaps && Next(parts.Start, parts.Zone, first) is { } next && next <= until; i++)
            (first, until) = (next, next + duration);
        return until;
    }

    /// <summary>When it opens next, strictly after <paramref name="now"/>; null when never within years.</summary>
    public static DateTimeOffset? OpensAfter(TimeWindow window, DateTimeOffset now) =>
        Parse(window) is { } parts ? Next(parts.Start, parts.Zone, now) : null;

    /// <summary>When the window that is open now was opened, as far as a week back; else null.</summary>
    public static DateTimeOffset? OpenSince(TimeWindow window, DateTimeOffset now)
    {
        if (OpenUntil(window, now) is null)
            return null;
        DateTimeOffset? since = null;
        for (var at = OpensAfter(window, now - (window.Duration ?? TimeSpan.FromDays(7))); at <= now; at = OpensAfter(window, at.Value))
            since = at;
        return since;
    }

    /// <summary>"Mon 09:00 Europe/Berlin"; with the date when it is further away than a week.</summary>
    public static string Local(DateTimeOffset at, string zone, DateTimeOffset now)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found))
            return Words.Clock(at, now);
        var format = at - now < TimeSpan.FromDays(6.5) ? "ddd HH:mm" : "ddd d MMM yyyy HH:mm";
        return $"{TimeZoneInfo.ConvertTime(at, found).ToString(format, CultureInfo.InvariantCulture)} {zone}";
    }

    /// <summary>The instant that the zone's clock shows this time.</summary>
    public static DateTimeOffset Instant(DateTime local, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(local))
            local = local.AddMinutes(1); // skipped: the moment of the skip
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    private static DateTimeOffset? Next(CronExpression cron, TimeZoneInfo zone, DateTimeOffset after)
    {
        // In the hour that comes twice, what is next on the wall clock may have been already.
        var local = TimeZoneInfo.ConvertTime(after, zone).DateTime;
        while (cron.Next(local) is { } match)
        {
            if (Instant(match, zone) is var at && at > after)
                return at;
            local = match;
        }

        return null;
    }

    private static Parts? Parse(TimeWindow window)
    {
        CronExpression? end = null;
        return CronExpression.TryParse(window.Start, out var start)
            && (window.End is null || CronExpression.TryParse(window.End, out end))
            && TimeZoneInfo.TryFindSystemTimeZoneById(window.Zone, out var zone)
                ? new Parts(start, end, zone)
                : null;
    }

    private sealed record Parts(CronExpression Start, CronExpression? End, TimeZoneInfo Zone);
}
