using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core.Tests.Planning;

namespace Sophia.Keda.Reactor.Core.Tests.Trips;

public sealed class CronTests
{
    private static TriggerView Cron(string start, string end, string zone, string replicas) => Crons.Trigger(start, end, zone, replicas);

    [Theory]
    [InlineData("0 8 * * *", "0 18 * * *", "UTC", "2026-03-02T08:00:00Z", 7)]
    [InlineData("0 8 * * *", "0 18 * * *", "UTC", "2026-03-02T07:59:59Z", 0)]
    [InlineData("0 8 * * *", "0 18 * * *", "UTC", "2026-03-02T17:59:00Z", 7)]
    [InlineData("0 8 * * *", "0 18 * * *", "UTC", "2026-03-02T18:00:00Z", 0)]
    [InlineData("0 22 * * *", "0 6 * * *", "UTC", "2026-03-02T23:30:00Z", 7)] // over midnight
    [InlineData("0 22 * * *", "0 6 * * *", "UTC", "2026-03-02T12:00:00Z", 0)]
    [InlineData("0 8 * * 1-5", "0 18 * * 1-5", "UTC", "2026-03-01T12:00:00Z", 0)] // a Sunday
    [InlineData("0 8 * * 1-5", "0 18 * * 1-5", "UTC", "2026-03-02T12:00:00Z", 7)]
    [InlineData("0 8 ? * MON-FRI", "0 18 ? * MON-FRI", "UTC", "2026-03-01T12:00:00Z", 0)] // "?" restricts nothing
    [InlineData("0 8 * * *", "0 18 * * *", "America/New_York", "2026-03-07T13:00:00Z", 7)] // 8:00 EST
    [InlineData("0 8 * * *", "0 18 * * *", "America/New_York", "2026-03-07T12:59:00Z", 0)]
    [InlineData("0 8 * * *", "0 18 * * *", "America/New_York", "2026-03-08T12:00:00Z", 7)] // 8:00 EDT: the clocks went forward at night
    [InlineData("0 8 * * *", "0 18 * * *", "America/New_York", "2026-03-08T11:59:00Z", 0)]
    [InlineData("0 8 * * *", "0 18 * * *", "America/New_York", "2026-03-08T22:00:00Z", 0)] // 18:00 EDT
    [InlineData("0 8 * * *", "0 18 * * *", "Europe/Berlin", "2026-10-25T07:00:00Z", 7)] // 8:00 CET: the clocks went back at night
    [InlineData("0 8 * * *", "0 18 * * *", "Europe/Berlin", "2026-10-25T06:30:00Z", 0)]
    [InlineData("30 2 * * *", "0 4 * * *", "Europe/Berlin", "2026-03-29T01:10:00Z", 7)] // 2:30 does not exist that day; 3:10 is after it
    [InlineData("0 8 * * *", "0 18 * * *", "Asia/Kolkata", "2026-03-02T02:30:00Z", 7)]
    public void A_window_is_open_by_the_clock_of_its_own_zone(string start, string end, string zone, string now, int expected) =>
        Assert.Equal(expected, CronTriggers.Wanted([Cron(start, end, zone, "7")], DateTimeOffset.Parse(now)));

    [Fact]
    public void The_greatest_of_all_open_windows_that_can_be_read_counts() =>
        Assert.Equal(9, CronTriggers.Wanted(
            [Cron("0 0 * * *", "59 23 * * *", "UTC", "9"), Cron("0 0 * * *", "59 23 * * *", "UTC", "4"), Cron("0 0 * * *", "59 23 * * *", "UTC", "-50"), Cron("0 0 * * *", "59 23 * * *", "Mars/Olympus", "80")],
            DateTimeOffset.Parse("2026-03-02T12:00:00Z")));

    [Theory]
    [InlineData("*/15 * * * *", "2026-03-02T02:16", "2026-03-02T02:30")]
    [InlineData("5/20 * * * *", "2026-03-02T02:16", "2026-03-02T02:25")]
    [InlineData("0 9-17/4 * * *", "2026-03-02T09:00", "2026-03-02T13:00")]
    [InlineData("0 0 1 JAN *", "2026-03-02T02:16", "2027-01-01T00:00")]
    [InlineData("0 0 29 2 *", "2026-03-02T02:16", "2028-02-29T00:00")]
    [InlineData("0 0 13 * FRI", "2026-03-02T02:16", "2026-03-06T00:00")] // both day fields: either
    [InlineData("0 0 */2 * MON", "2026-03-02T02:16", "2026-03-03T00:00")] // a stepped star is a restriction too, as in KEDA's cron
    [InlineData("0 0 * * 0", "2026-03-02T02:16", "2026-03-08T00:00")]
    [InlineData("0 0 */1 * FRI", "2026-03-02T02:16", "2026-03-06T00:00")] // the step 1 leaves a star a star
    [InlineData("59 23 31 12 *", "2026-12-31T23:59", "2027-12-31T23:59")]
    public void The_next_time_is_found(string cron, string after, string next)
    {
        Assert.True(CronExpression.TryParse(cron, out var expression));
        Assert.Equal(DateTime.Parse(next), expression.Next(DateTime.Parse(after)));
    }

    [Fact]
    public void A_date_that_never_comes_is_never() =>
        Assert.Null((CronExpression.TryParse("0 0 31 2 *", out var e) ? e : throw new InvalidOperationException()).Next(new DateTime(2026, 3, 2, 0, 0, 0, DateTimeKind.Unspecified)));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("* * * * * *")]
    [InlineData("60 * * * *")]
    [InlineData("* 24 * * *")]
    [InlineData("* * 0 * *")]
    [InlineData("* * * 13 *")]
    [InlineData("* * * * 7")] // Sunday is 0 alone
    [InlineData("*/0 * * * *")]
    [InlineData("5-1 * * * *")]
    [InlineData("1--2 * * * *")]
    [InlineData("-1 * * * *")]
    [InlineData("MON * * * *")]
    [InlineData("1/2/3 * * * *")]
    public void What_is_no_cron_is_refused(string? text) => Assert.False(CronExpression.TryParse(text, out _));

    [Theory]
    [InlineData("Mars/Olympus", "0 0 * * *", "triggers[1] names the time zone Mars/Olympus, which this machine does not know")]
    [InlineData("UTC", "0 0 * * 7", "triggers[1] has start 0 0 * * 7, which KEDA refuses: it has 7 for day of week, which goes from 0 to 6")]
    public void What_can_not_be_evaluated_keeps_what_ran_until_it_is_back_and_page_and_why_say_so(string zone, string start, string why)
    {
        var world = new World("a", "b");
        world.Change("a", v => Unread(v, start, zone));
        world.Run();
        Assert.Contains(Why(world), w => w == $"What its cron triggers ask for can't be told: {why}. In a trip it keeps what ran, until it is back with KEDA");
        world.Hear(Given.Trip(world, "a"));
        var said = $"What the cron triggers of sophia-mesh/a ask for can't be told, so it keeps at least 14 replicas, as ran, until it is back with KEDA: {why}.";
        Assert.Contains(world.Pages, p => p.Kind == PageKind.Trigger && p.Happened.EndsWith(said));
        Assert.Contains(world.Pages, p => p.Title.EndsWith("on fallback") && p.Happened.EndsWith(said));
        Assert.Contains(world.Pages, p => p.Targets.Any(t => t.Contains($"at least 14 replicas until it is back with KEDA (what its cron triggers ask for can't be told: {why})")));
        Assert.Contains(world.Audit, a => a.Reason == Reason.CronNotEvaluated && a.Target == World.Id("a"));
        world.Pass(30);
        Assert.Equal(14, world["a"].FallbackHpa!.Min);
        Assert.Contains(Why(world), w => w == $"What its cron triggers ask for can't be told: {why}. It keeps at least 14 replicas, what ran, until it is back with KEDA");

        // Mended in the middle: the floor has passed, and the policy's number is what is left.
        world.Change("a", v => v with { Triggers = [v.Triggers[0]] });
        world.Pass(1);
        Assert.Equal(10, world["a"].FallbackHpa!.Min);
        Assert.DoesNotContain(Why(world), w => w.Contains("cron"));
    }

    [Fact]
    public void A_trigger_that_somebody_breaks_during_the_trip_is_told_once_and_the_floor_comes_back()
    {
        var world = new World("a");
        world.Change("a", v => Unread(v, "0 0 * * *", "UTC"));
        world.Run();
        world.Hear(Given.Trip(world, "a"));
        world.Pass(20);
        Assert.Equal(10, world["a"].FallbackHpa!.Min);
        world.Change("a", v => Unread(v, "@daily", "UTC"));
        world.Pass(5);
        Assert.Equal(14, world["a"].FallbackHpa!.Min);
        Assert.Single(world.Pages, p => p.Title.EndsWith("a cron trigger of sophia-mesh/a can't be evaluated"));
    }

    [Fact]
    public void A_frozen_workload_needs_no_cron_and_nothing_is_said_of_one()
    {
        var world = new World("a");
        world.Change("a", v => Unread(v, "0 0 * * 7", "UTC") with { Annotations = v.Annotations.Add(Annotations.Action, "freeze") });
        world.Run();
        world.Hear(Given.Trip(world, "a"));
        Assert.DoesNotContain(world.Pages, p => p.Happened.Contains("cron"));
    }

    private static TargetView Unread(TargetView view, string start, string zone) => view with
    {
        Triggers = [view.Triggers[0], Cron(start, "1 0 * * *", zone, "18")],
        Replicas = view.Replicas! with { Desired = 14, Available = 14 },
        Hpas = [.. view.Hpas.Select(h => h.Owner == HpaOwner.Keda ? h with { DesiredReplicas = 14, CurrentReplicas = 14 } : h)],
    };

    private static ImmutableArray<string> Why(World world) => Explain.Of(world.Panel, world.Decisions[^1].Input.Observation!, world.Policy, World.Id("a"), world.Now)!.Applies;

    [Fact]
    public void The_fallback_keeps_a_cron_triggers_promise_while_its_window_is_open()
    {
        var world = new World("a"); // 02:00 UTC
        world.Change("a", v => v with { Triggers = [.. v.Triggers, Cron("30 2 * * *", "0 3 * * *", "UTC", "17")] });
        world.Policy = world.Policy with { FloorPeriod = TimeSpan.Zero };
        world.Run();
        world.Hear(Given.Trip(world, "a"));
        Assert.Equal(10, world["a"].FallbackHpa!.Min);
        world.Pass(30);
        Assert.Equal(17, world["a"].FallbackHpa!.Min);
        world.Pass(30);
        Assert.Equal(10, world["a"].FallbackHpa!.Min);
    }
}
