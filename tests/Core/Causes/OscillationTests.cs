namespace Sophia.Keda.Reactor.Core.Tests.Causes;

public sealed class OscillationTests
{
    private static readonly DateTimeOffset Recorded = World.Start;

    private readonly World _world = new("a", "b", "c");

    public OscillationTests() => _world.Run();

    /// <summary>Events as recorded from a real cluster: sizes 6, 1 and 5, aggregated by message.</summary>
    private static RescaleEvent Event(string name, int size, int count, int first, int last) => new()
    {
        EventName = name, Size = size, Count = count, First = Recorded.AddSeconds(first), Last = Recorded.AddSeconds(last),
    };

    [Fact]
    public void The_recorded_oscillation_trips_that_target_alone()
    {
        // 60, 90 and 240 s into the recording; between the second and the third, the counts grow by two each probe.
        _world.Skip(TimeSpan.FromSeconds(30));
        _world.Shows("a", Event("six", 6, 1, 5, 5), Event("one", 1, 1, 20, 20));
        _world.Run();
        _world.Skip(TimeSpan.FromSeconds(30));
        _world.Shows("a", Event("six", 6, 1, 5, 5), Event("one", 1, 2, 20, 50), Event("five", 5, 1, 35, 35));
        _world.Run();
        Assert.Equal(Cause.Oscillation, _world.TheIncident.Cause);
        Assert.Equal([World.Id("a")], _world.TheIncident.Members.Keys);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
        Assert.All(["b", "c"], name => Assert.Equal(HpaOwner.Keda, Assert.Single(_world[name].Hpas).Owner));
        Assert.Contains("4 rescales within 60 s, back and forth between 1 and 6", _world.TheIncident.Why);
    }

    [Fact]
    public void The_recorded_growth_of_counts_trips_when_the_reactor_came_late()
    {
        // First look at 60 s takes stock; 90 s shows two more, 120 s two more: four in a minute, back and forth.
        var world = new World("a");
        world.Shows("a", Event("six", 6, 1, -55, -55), Event("one", 1, 2, -40, -10), Event("five", 5, 1, -25, -25));
        world.Run();
        Assert.Empty(world.Panel.Incidents);
        world.Skip(TimeSpan.FromSeconds(30));
        world.Shows("a", Event("six", 6, 1, -55, -55), Event("one", 1, 3, -40, 20), Event("five", 5, 2, -25, 5));
        world.Run();
        Assert.Empty(world.Panel.Incidents);
        world.Skip(TimeSpan.FromSeconds(30));
        world.Shows("a", Event("six", 6, 1, -55, -55), Event("one", 1, 4, -40, 50), Event("five", 5, 3, -25, 35));
        world.Run();
        Assert.Equal(Cause.Oscillation, world.TheIncident.Cause);
    }

    [Fact]
    public void A_burst_between_two_late_looks_is_placed_evenly_and_trips()
    {
        // 90 s to 240 s of the recording as one step of the counts: 1 by five, 5 by five.
        _world.Skip(TimeSpan.FromSeconds(30));
        _world.Shows("a", Event("one", 1, 3, -40, 20), Event("five", 5, 2, -25, 5));
        _world.Run();
        _world.Skip(TimeSpan.FromSeconds(60));
        _world.Shows("a", Event("one", 1, 8, -40, 80), Event("five", 5, 7, -25, 65));
        _world.Run();
        Assert.Equal(Cause.Oscillation, _world.TheIncident.Cause);
    }

    public static TheoryData<string, bool, (int, int)[]> Patterns => new()
    {
        { "a steady ramp, one step a sync", false, [(15, 2), (30, 4), (45, 6), (60, 8), (75, 10), (90, 12)] },
        { "a steady fall", false, [(15, 18), (30, 14), (45, 10), (60, 6), (75, 4), (90, 2)] },
        { "a spike and its fall", false, [(15, 8), (30, 16), (45, 20), (60, 10), (75, 4), (90, 2)] },
        { "exactly three a minute", false, [(20, 8), (40, 2), (60, 8)] },
        { "two changes of direction in five minutes", false, [(60, 8), (120, 2), (180, 8)] },
        { "three changes of direction in five minutes", false, [(60, 8), (120, 2), (180, 8), (240, 2)] },
        { "four changes of direction in five minutes", true, [(45, 8), (90, 2), (135, 8), (180, 2), (225, 8), (270, 2)] },
        { "four changes over six minutes", false, [(15, 8), (105, 2), (195, 8), (285, 2), (375, 8)] },
        { "four a minute back and forth", true, [(15, 5), (30, 1), (45, 5), (60, 1)] },
    };

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Going_back_and_forth_trips_and_going_one_way_does_not(string what, bool trips, (int, int)[] rescales)
    {
        _world.Play("a", rescales);
        Assert.True(trips == _world.Panel.Incidents.Count > 0, what);
    }

    [Fact]
    public void Stagings_limits_are_higher()
    {
        var changes = new (int, int)[] { (45, 8), (90, 2), (135, 8), (180, 2), (225, 8), (270, 2) };
        _world.Policy = _world.Policy with { ScaleEventsPerMinute = 5, DirectionChangesIn5Min = 6 };
        _world.Play("a", changes);
        Assert.Empty(_world.Panel.Incidents);
        var faster = new World("a") { Policy = _world.Policy };
        faster.Run();
        faster.GoBackAndForth("a", 10);
        Assert.Contains("changes of direction within 5 min", faster.TheIncident.Why);
    }

    [Fact]
    public void The_first_look_only_takes_stock()
    {
        var world = new World("a");
        world.Shows("a", Event("one", 1, 8, -200, 0), Event("five", 5, 7, -190, -10));
        world.Run();
        world.Pass(6);
        Assert.Empty(world.Panel.Incidents);
    }

    [Fact]
    public void A_gap_between_looks_only_takes_stock_too()
    {
        _world.Skip(TimeSpan.FromMinutes(3));
        _world.Shows("a", Event("one", 1, 6, 5, 175), Event("five", 5, 6, 20, 160));
        _world.Run();
        _world.Pass(6);
        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void An_event_first_seen_with_an_old_first_time_counts_once()
    {
        // Its earlier repeats happened before anybody looked for them: only its last time is news.
        _world.Skip(TimeSpan.FromSeconds(30));
        _world.Shows("a", Event("one", 1, 50, -3000, 10), Event("five", 5, 49, -2990, 25));
        _world.Run();
        Assert.Empty(_world.Panel.Incidents);
        Assert.Equal([1, 5], _world.Panel.Windows[World.Id("a")].Rescales.Select(r => r.Size));
    }

    [Fact]
    public void A_count_that_shrinks_is_a_new_object_of_the_same_name_and_adds_no_history()
    {
        _world.Skip(TimeSpan.FromSeconds(30));
        _world.Shows("a", Event("one", 1, 40, -3000, 10), Event("five", 5, 40, -3000, 20));
        _world.Run();
        _world.Skip(TimeSpan.FromSeconds(30));
        _world.Shows("a", Event("one", 1, 1, 40, 40), Event("five", 5, 40, -3000, 20));
        _world.Run();
        Assert.Empty(_world.Panel.Incidents);
        Assert.Equal([1, 5, 1], _world.Panel.Windows[World.Id("a")].Rescales.Select(r => r.Size));
    }

    [Fact]
    public void What_led_to_a_trip_is_not_held_against_the_target_after_a_reset()
    {
        _world.Policy = _world.Policy with { ScaleEventsPerMinute = 5, DirectionChangesIn5Min = 6 };
        _world.GoBackAndForth("a", 8);
        Assert.Single(_world.Panel.Incidents);
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate));
        _world.Pass(8);
        Assert.Empty(_world.Panel.Incidents);
        Assert.Single(_world.Closed);
    }
}
