using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Metrics;

namespace Sophia.Keda.Reactor.Contracts.Tests.Metrics;

public sealed class ScalingDurationsTests
{
    private static readonly DateTimeOffset At = new(2026, 8, 1, 10, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(65);

    private readonly ScalingDurations _durations = new();

    [Fact]
    public void Without_an_event_both_ends_are_in_the_middle_between_two_looks()
    {
        Look(0, wish: 2, available: 2);
        Look(30, wish: 6, available: 2);
        Look(60, wish: 6, available: 5);
        Look(90, wish: 6, available: 6);

        // From 15 s to 75 s.
        Assert.Equal([("up", 60, 1)], All());
    }

    [Fact]
    public void The_event_of_KEDA_s_HPA_tells_the_second_in_which_it_began()
    {
        Look(0, wish: 2, available: 2);
        Look(30, wish: 6, available: 2, view => view with { Rescales = [Event(size: 6, at: 28), Event(size: 2, at: 29)] });
        Look(60, wish: 6, available: 6);

        // From 28 s to 45 s.
        Assert.Equal([("up", 17, 1)], All());
    }

    [Fact]
    public void What_began_and_ended_between_two_looks_lies_between_them()
    {
        Look(0, wish: 2, available: 2);
        Look(30, wish: 6, available: 6, view => view with { Rescales = [Event(size: 6, at: 10)] });

        // It may have ended at any time from 10 s to 30 s.
        Assert.Equal([("up", 10, 1)], All());
    }

    [Fact]
    public void An_older_event_of_the_same_size_does_not_count()
    {
        Look(0, wish: 2, available: 2);
        Look(30, wish: 6, available: 2, view => view with { Rescales = [Event(size: 6, at: -300)] });
        Look(60, wish: 6, available: 6);

        Assert.Equal([("up", 30, 1)], All());
    }

    [Fact]
    public void Each_step_of_a_ramp_is_measured_for_itself()
    {
        Look(0, wish: 2, available: 2);
        Look(30, wish: 4, available: 3);
        Look(60, wish: 6, available: 4);
        Look(90, wish: 6, available: 6);

        // 15 s to 45 s, and 45 s to 75 s.
        Assert.Equal([("up", 60, 2)], All());
    }

    [Fact]
    public void Downwards_it_ends_when_no_more_than_so_many_are_left()
    {
        Look(0, wish: 6, available: 6);
        Look(30, wish: 2, available: 6);
        Look(60, wish: 2, available: 2);

        Assert.Equal([("down", 30, 1)], All());
    }

    [Fact]
    public void A_rise_that_is_taken_back_before_it_was_reached_is_not_measured()
    {
        Look(0, wish: 2, available: 2);
        Look(30, wish: 6, available: 3);
        Look(60, wish: 2, available: 2);
        Look(90, wish: 2, available: 2);

        Assert.Equal(["down"], All().Select(h => h.Direction));
    }

    [Fact]
    public void What_never_comes_about_counts_once_as_longer_than_every_bound()
    {
        Look(0, wish: 2, available: 2);
        for (var second = 30; second <= 1500; second += 30)
            Look(second, wish: 6, available: 3);

        var histogram = Assert.Single(_durations.Read());
        Assert.Equal((0, 1L), (histogram.Counts[..^1].Sum(), histogram.Counts[^1]));
    }

    [Fact]
    public void A_gap_forgets_what_was_under_way()
    {
        Look(0, wish: 2, available: 2);
        Look(30, wish: 6, available: 2);
        Look(300, wish: 6, available: 6);

        Assert.Empty(All());
    }

    [Fact]
    public void Nothing_is_said_of_an_HPA_that_has_not_synced_of_two_or_of_another_one()
    {
        Look(0, wish: 2, available: 2);
        Look(30, wish: 0, available: 2, view => view with { Hpas = [Scaled.Hpa(0) with { ScalingActive = null }] });
        Look(60, wish: 2, available: 2);
        Look(90, wish: 9, available: 9, view => view with { Hpas = [Scaled.Hpa(9, uid: "another")] });
        Look(120, wish: 9, available: 9, view => view with { Hpas = [Scaled.Hpa(9), Scaled.Hpa(3, uid: "another")] });
        Look(150, wish: 9, available: 9, view => view with { Replicas = view.Replicas! with { Source = ReplicaSource.Hpa } });

        Assert.Empty(All());
    }

    [Fact]
    public void A_target_that_is_gone_takes_its_histogram_with_it()
    {
        Look(0, wish: 2, available: 2);
        Look(30, wish: 6, available: 6);
        Assert.NotEmpty(All());

        _durations.Look(Scaled.Seen(At.AddSeconds(60)), LongestGap);

        Assert.Empty(All());
    }

    [Fact]
    public void Its_page_counts_up_bucket_by_bucket()
    {
        var counters = new Counters();
        counters.Scaling.Look(Scaled.Seen(At, wish: 2, available: 2), LongestGap);
        counters.Scaling.Look(Scaled.Seen(At.AddSeconds(30), wish: 6, available: 6), LongestGap);
        var lines = ReactorMetrics.Write(new MetricsInput { Cluster = "c", Counters = counters }).Split('\n');

        const string Labels = "cluster=\"c\",namespace=\"mesh\",scaledObject=\"a\",direction=\"up\"";
        Assert.Contains($"keda_scaling_duration_seconds_bucket{{{Labels},le=\"5\"}} 0", lines);
        Assert.Contains($"keda_scaling_duration_seconds_bucket{{{Labels},le=\"10\"}} 1", lines);
        Assert.Contains($"keda_scaling_duration_seconds_bucket{{{Labels},le=\"+Inf\"}} 1", lines);
        Assert.Contains($"keda_scaling_duration_seconds_sum{{{Labels}}} 7.5", lines);
        Assert.Contains($"keda_scaling_duration_seconds_count{{{Labels}}} 1", lines);
    }

    private static RescaleEvent Event(int size, int at) =>
        new() { EventName = $"e{size}", Size = size, Count = 1, First = At.AddSeconds(at), Last = At.AddSeconds(at) };

    private void Look(int second, int wish, int available, Func<TargetView, TargetView>? bend = null) =>
        _durations.Look(Scaled.Seen(At.AddSeconds(second), wish, available, bend), LongestGap);

    private List<(string Direction, double Sum, long Count)> All() => [.. _durations.Read().Select(h => (h.Direction, h.Sum, h.Counts.Sum()))];
}
