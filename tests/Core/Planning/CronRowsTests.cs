namespace Sophia.Keda.Reactor.Core.Tests.Planning;

public sealed class CronRowsTests
{
    private static readonly List<string[]> Rows =
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "cron-rows.txt")).Where(l => !l.StartsWith('#')).Select(l => l.Split('|', StringSplitOptions.TrimEntries))];

    [Fact]
    public void Each_row_that_was_checked_by_hand_reads_as_it_says()
    {
        Assert.True(Rows.Count >= 200, $"{Rows.Count} rows");
        Assert.All(Rows, row =>
        {
            TriggerView[] trigger = [Crons.Trigger(row[0].Replace("\\t", "\t"), row[1].Replace("\\t", "\t"), row[2], "30")];
            var asked = CronTriggers.Wanted(trigger, DateTimeOffset.Parse(row[3]));
            Assert.Equal(row[4], CronTriggers.Unread(trigger).Length > 0 ? "refused" : asked == 30 ? "open" : "closed");
        });
    }

    [Theory]
    [InlineData("+4", 4)]
    [InlineData("007", 7)]
    [InlineData(" 12 ", 12)]
    [InlineData("-50", 0)] // asks for nothing, and is no fault
    [InlineData("99999999999", int.MaxValue)]
    public void The_number_is_read_as_Go_reads_one(string replicas, int asked)
    {
        TriggerView[] trigger = [Crons.Trigger("0 0 * * *", "59 23 * * *", "UTC", replicas)];
        Assert.Equal("", CronTriggers.Unread(trigger));
        Assert.Equal(asked, CronTriggers.Wanted(trigger, DateTimeOffset.Parse("2026-03-02T12:00:00Z")));
    }

    [Theory]
    [InlineData("0 8 * * 7", "0 18 * * *", "UTC", "4", "triggers[1] has start 0 8 * * 7, which KEDA refuses: it has 7 for day of week, which goes from 0 to 6")]
    [InlineData("0 8 * * *", "0 18 * *", "UTC", "4", "triggers[1] has end 0 18 * *, which KEDA refuses: it has 4 fields, and not minute, hour, day of month, month and day of week")]
    [InlineData("0 8 * * *", null, "UTC", "4", "triggers[1] has end (none), which KEDA refuses: it has 0 fields, and not minute, hour, day of month, month and day of week")]
    [InlineData("0 8 * * *", "0 8 * * *", "UTC", "4", "triggers[1] has the same start and end, 0 8 * * *, which KEDA refuses")]
    [InlineData("0 8 * * *", "0 18 * * *", null, "4", "triggers[1] has no timezone, which KEDA refuses")]
    [InlineData("0 8 * * *", "0 18 * * *", "America/NewYork", "4", "triggers[1] names the time zone America/NewYork, which this machine does not know")]
    [InlineData("TZ=Mars/X 0 8 * * *", "0 18 * * *", "UTC", "4", "triggers[1] names the time zone Mars/X, which this machine does not know")]
    [InlineData("0 8 * * *", "0 18 * * *", "UTC", "0", "triggers[1] has desiredReplicas 0, and not a whole number other than 0")]
    [InlineData("0 8 * * *", "0 18 * * *", "UTC", "1.5", "triggers[1] has desiredReplicas 1.5, and not a whole number other than 0")]
    [InlineData("0 8 * * *", "0 18 * * *", "UTC", null, "triggers[1] has desiredReplicas (none), and not a whole number other than 0")]
    public void What_can_not_be_evaluated_is_told_with_the_trigger_and_why(string start, string? end, string? zone, string? replicas, string words) =>
        Assert.Equal(words, CronTriggers.Unread([Crons.Trigger("0 0 * * *", "59 23 * * *", "UTC", "1"), Crons.Trigger(start, end, zone, replicas)]));

    /// <summary>tzdata has had them in a package of its own since 2024b; the image brings it.</summary>
    [Theory]
    [InlineData("US/Pacific", 16)]
    [InlineData("Asia/Calcutta", 2)]
    [InlineData("Europe/Kiev", 6)]
    [InlineData("GB", 8)]
    public void The_old_names_of_zones_count_where_the_machine_has_them(string zone, int opensAt)
    {
        TriggerView[] trigger = [Crons.Trigger("0 8 * * *", "0 9 * * *", zone, "4")];
        Assert.Equal("", CronTriggers.Unread(trigger));
        var opens = Enumerable.Range(0, 24).First(h => CronTriggers.Wanted(trigger, DateTimeOffset.Parse("2026-01-02T00:30:00Z").AddHours(h)) == 4);
        Assert.Equal(opensAt, opens);
    }
}
