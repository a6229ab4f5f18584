using System.Globalization;
using Sophia.Keda.Reactor.Schedules;

namespace Sophia.Keda.Reactor.Contracts.Tests.Schedules;

public sealed class ScheduleTests
{
    [Theory]
    [InlineData("*/30 * * * * *", "2026-08-01T10:00:00", "2026-08-01T10:00:30")]
    [InlineData("*/30 * * * * *", "2026-08-01T10:00:30.5", "2026-08-01T10:01:00")]
    [InlineData("*/30 * * * * *", "2026-08-01T09:59:59.999", "2026-08-01T10:00:00")]
    [InlineData("* * * * * *", "2026-12-31T23:59:59", "2027-01-01T00:00:00")]
    [InlineData("0 */5 * * * *", "2026-08-01T10:58:00", "2026-08-01T11:00:00")]
    [InlineData("0 30 9 * * *", "2026-08-01T09:30:00", "2026-08-02T09:30:00")]
    [InlineData("0 30 9 * * *", "2026-08-01T09:29:59", "2026-08-01T09:30:00")]
    [InlineData("15,45 0 0 * * *", "2026-08-01T00:00:15", "2026-08-01T00:00:45")]
    [InlineData("0 0 9-17/4 * * *", "2026-08-01T09:00:00", "2026-08-01T13:00:00")]
    [InlineData("0 0 20/2 * * *", "2026-08-01T20:00:00", "2026-08-01T22:00:00")]
    [InlineData("0 0 9 * * Mon-Fri", "2026-07-31T09:00:00", "2026-08-03T09:00:00")]
    [InlineData("0 0 9 * * 0", "2026-08-01T00:00:00", "2026-08-02T09:00:00")]
    [InlineData("0 0 0 1 jan *", "2026-08-01T00:00:00", "2027-01-01T00:00:00")]
    [InlineData("0 0 0 29 2 *", "2026-08-01T00:00:00", "2028-02-29T00:00:00")]
    [InlineData("0 0 0 31 * *", "2026-08-31T00:00:00", "2026-10-31T00:00:00")]
    [InlineData("0 0 0 13 * FRI", "2026-08-01T00:00:00", "2026-11-13T00:00:00")]
    [InlineData("59 59 23 31 12 *", "2026-12-31T23:59:59", "2027-12-31T23:59:59")]
    [InlineData("00:00:30", "2026-08-01T10:00:07", "2026-08-01T10:00:37")]
    [InlineData("1.00:00:00", "2026-08-01T10:00:00", "2026-08-02T10:00:00")]
    public void The_next_time_is_the_first_one_after(string expression, string after, string expected)
    {
        Assert.True(Schedule.TryParse(expression, out var schedule));

        Assert.Equal(Utc(expected), schedule.After(Utc(after)));
    }

    [Fact]
    public void Every_field_must_match_and_none_is_skipped_over_a_month()
    {
        Assert.True(Schedule.TryParse("10,50 7-9 */6 * * 1,3", out var schedule));
        var (found, expected) = (new List<DateTimeOffset>(), new List<DateTimeOffset>());
        for (var at = schedule.After(Utc("2026-01-31T00:00:00")); at < Utc("2026-03-03T00:00:00"); at = schedule.After(at)) found.Add(at);
        for (var at = Utc("2026-01-31T00:00:01"); at < Utc("2026-03-03T00:00:00"); at = at.AddSeconds(1))
        {
            var (time, weekday) = (at.Second is 10 or 50 && at.Minute is >= 7 and <= 9 && at.Hour % 6 == 0, at.DayOfWeek);
            if (time && weekday is (DayOfWeek.Monday or DayOfWeek.Wednesday)) expected.Add(at);
        }

        Assert.Equal(expected, found);
        Assert.NotEmpty(found);
    }

    [Theory]
    [InlineData("")]
    [InlineData("*/5 * * * *")]
    [InlineData("60 * * * * *")]
    [InlineData("* * 24 * * *")]
    [InlineData("* * * 0 * *")]
    [InlineData("* * * * 13 *")]
    [InlineData("* * * * * 7")]
    [InlineData("*/0 * * * * *")]
    [InlineData("5-1 * * * * *")]
    [InlineData("1,,2 * * * * *")]
    [InlineData("1/2/3 * * * * *")]
    [InlineData("-1 * * * * *")]
    [InlineData("jan * * * * *")]
    [InlineData("0 0 0 30 2 *")]
    [InlineData("30")]
    [InlineData("00:00:00")]
    [InlineData("-00:00:30")]
    public void What_never_fires_or_is_no_schedule_is_refused(string expression) => Assert.False(Schedule.TryParse(expression, out _));

    private static DateTimeOffset Utc(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
