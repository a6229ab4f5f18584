using System.Globalization;

namespace Sophia.Keda.Reactor.Core.Tests.Planning;

public sealed class WindowTests
{
    private static readonly TimeWindow Office = new() { Start = "0 9 * * 1-5", End = "0 17 * * 1-5", Zone = "Europe/Berlin" };

    private static readonly TimeWindow Night = new() { Start = "0 22 * * *", Duration = TimeSpan.FromHours(8), Zone = "Europe/Berlin" };

    private static DateTimeOffset Utc(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    // 2 March 2026 is a Monday; Berlin is an hour ahead of UTC.
    [Theory]
    [InlineData("2026-03-02 07:59", null)]
    [InlineData("2026-03-02 08:00", "2026-03-02 16:00")]
    [InlineData("2026-03-02 15:59", "2026-03-02 16:00")]
    [InlineData("2026-03-02 16:00", null)]
    [InlineData("2026-03-07 10:00", null)]
    public void A_window_of_two_crons_is_open_from_its_start_to_its_end(string now, string? until) =>
        Assert.Equal(until is null ? null : Utc(until), WindowTimes.OpenUntil(Office, Utc(now)));

    [Theory]
    [InlineData("2026-03-02 20:59", null)]
    [InlineData("2026-03-02 21:00", "2026-03-03 05:00")]
    [InlineData("2026-03-03 04:59", "2026-03-03 05:00")]
    [InlineData("2026-03-03 05:00", null)]
    public void A_window_with_a_duration_goes_over_midnight(string now, string? until) =>
        Assert.Equal(until is null ? null : Utc(until), WindowTimes.OpenUntil(Night, Utc(now)));

    [Fact]
    public void After_the_clocks_are_set_the_wall_clock_counts_and_not_the_hours_in_between()
    {
        // Berlin goes from UTC+1 to UTC+2 on 29 March 2026 and back on 25 October.
        Assert.Equal(Utc("2026-03-27 08:00"), WindowTimes.OpensAfter(Office, Utc("2026-03-26 20:00")));
        Assert.Equal(Utc("2026-03-30 07:00"), WindowTimes.OpensAfter(Office, Utc("2026-03-27 20:00")));
        Assert.Equal(Utc("2026-10-26 08:00"), WindowTimes.OpensAfter(Office, Utc("2026-10-23 20:00")));
    }

    [Fact]
    public void A_start_that_the_clock_skips_happens_at_the_skip()
    {
        var early = new TimeWindow { Start = "30 2 * * *", Duration = TimeSpan.FromHours(1), Zone = "Europe/Berlin" };
        Assert.Equal(Utc("2026-03-29 01:00"), WindowTimes.OpensAfter(early, Utc("2026-03-28 12:00")));
        Assert.Equal(Utc("2026-03-29 02:00"), WindowTimes.OpenUntil(early, Utc("2026-03-29 01:30")));
    }

    [Fact]
    public void A_start_that_comes_twice_happens_once()
    {
        var early = new TimeWindow { Start = "30 2 * * *", Duration = TimeSpan.FromMinutes(20), Zone = "Europe/Berlin" };
        Assert.Equal(Utc("2026-10-25 00:30"), WindowTimes.OpensAfter(early, Utc("2026-10-24 12:00")));
        Assert.Null(WindowTimes.OpenUntil(early, Utc("2026-10-25 01:35")));
        Assert.Equal(Utc("2026-10-26 01:30"), WindowTimes.OpensAfter(early, Utc("2026-10-25 01:10")));
    }

    [Fact]
    public void A_duration_is_real_time_whatever_the_clocks_do()
    {
        Assert.Equal(Utc("2026-03-29 05:00"), WindowTimes.OpenUntil(Night, Utc("2026-03-28 23:00")));
        Assert.Equal(Utc("2026-10-25 04:00"), WindowTimes.OpenUntil(Night, Utc("2026-10-24 23:00")));
    }

    [Fact]
    public void Windows_that_overlap_themselves_are_one()
    {
        var hourly = new TimeWindow { Start = "0 8-10 * * *", Duration = TimeSpan.FromMinutes(90), Zone = "UTC" };
        Assert.Equal(Utc("2026-03-02 11:30"), WindowTimes.OpenUntil(hourly, Utc("2026-03-02 08:10")));
        Assert.Equal(Utc("2026-03-02 10:00"), WindowTimes.OpenSince(hourly, Utc("2026-03-02 10:20")));
    }

    [Fact]
    public void What_can_not_be_read_is_closed()
    {
        foreach (var bad in new[] { Office with { Start = "nine" }, Office with { End = "five" }, Office with { Zone = "Mars/Olympus" } })
        {
            Assert.False(WindowTimes.Readable(bad));
            Assert.Null(WindowTimes.OpenUntil(bad, Utc("2026-03-02 10:00")));
            Assert.Null(WindowTimes.OpensAfter(bad, Utc("2026-03-02 10:00")));
        }

        Assert.True(WindowTimes.Readable(Office));
    }

    [Theory]
    [InlineData("2026-03-02 10:00", null, null)] // Monday, office
    [InlineData("2026-03-01 10:00", "waits for the window that opens Mon 09:00 Europe/Berlin", "2026-03-02 08:00")] // Sunday
    [InlineData("2026-03-06 12:00", "waits for the window that opens Mon 09:00 Europe/Berlin", "2026-03-09 08:00")] // Friday afternoon
    public void Recovery_hours_are_the_windows_without_the_exceptions(string now, string? words, string? until)
    {
        var policy = new Policy
        {
            RecoveryWindows = [Office],
            RecoveryExcept = [new TimeWindow { Start = "0 12 * * 5", Duration = TimeSpan.FromHours(12), Zone = "Europe/Berlin" }],
        };
        var closed = RecoveryHours.Closed(policy, Utc(now));
        Assert.Equal(words, closed?.Words);
        Assert.Equal(until is null ? null : Utc(until), closed?.Until);
    }

    [Fact]
    public void Exceptions_alone_close_only_their_own_time()
    {
        var policy = new Policy { RecoveryExcept = [Night] };
        Assert.Null(RecoveryHours.Closed(policy, Utc("2026-03-02 12:00")));
        Assert.Equal(("waits until recovery.except lets it again, Tue 06:00 Europe/Berlin", Utc("2026-03-03 05:00")), RecoveryHours.Closed(policy, Utc("2026-03-02 23:00")));
    }

    [Fact]
    public void Windows_that_leave_no_time_are_told_so()
    {
        var always = new TimeWindow { Start = "* * * * *", Duration = TimeSpan.FromHours(1), Zone = "UTC" };
        Assert.Equal(("waits for a window of recovery.windows, and none opens", null), RecoveryHours.Closed(new Policy { RecoveryExcept = [always] }, Utc("2026-03-02 12:00")));
    }

    [Fact]
    public void An_opening_far_away_is_told_with_its_date()
    {
        var yearly = new TimeWindow { Start = "0 9 1 6 *", Duration = TimeSpan.FromHours(1), Zone = "Europe/Berlin" };
        Assert.Equal("waits for the window that opens Mon 1 Jun 2026 09:00 Europe/Berlin", RecoveryHours.Closed(new Policy { RecoveryWindows = [yearly] }, Utc("2026-03-02 12:00"))?.Words);
    }
}
