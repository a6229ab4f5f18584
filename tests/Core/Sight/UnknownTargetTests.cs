using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Seeing;

/// <summary>A target of which something can't be read is not touched, is no sign, and is not gone.</summary>
public sealed class UnknownTargetTests
{
    private const string Odd = "Deployment sophia-mesh/a: spec.replicas is not what it has to be there";

    private readonly World _world = new("a", "b", "c");

    [Fact]
    public void One_that_can_not_be_read_is_spared_while_the_others_trip_and_joins_when_it_can()
    {
        _world.Run();
        _world.Unreadable["a"] = Odd;
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.Pass(1);
        Assert.Equal([World.Id("b"), World.Id("c")], _world.Panel.Targets.Keys);
        Assert.DoesNotContain(_world.Written, w => w.Target == World.Id("a"));

        _world.Unreadable.Clear();
        _world.Pass(1);
        Assert.Contains(World.Id("a"), _world.Panel.Targets.Keys);
    }

    [Fact]
    public void One_that_is_tripped_stays_as_it_is_and_its_incident_open_until_it_can_be_read()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Targets.Values.Count(t => t.Phase == Phase.OnFallback) == 3, "all on their fallback");
        var before = _world.Panel.Targets[World.Id("a")];
        var marks = _world["a"];
        _world.Unreadable["a"] = Odd;
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.Panel.Targets.Count == 1, "the others back with KEDA");
        _world.Pass(20);

        Assert.Equal(before with { }, _world.Panel.Targets[World.Id("a")]);
        Assert.Same(marks, _world["a"]);
        Assert.Equal(MemberState.Protected, _world.TheIncident.Members[World.Id("a")].State);
        Assert.DoesNotContain(_world.Audit, a => a.Reason == Reason.TargetGone);

        _world.Unreadable.Clear();
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Empty(_world.Panel.Targets);
    }

    [Fact]
    public void One_that_becomes_unreadable_in_its_wave_holds_up_itself_only()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Targets.Values.Count(t => t.Phase == Phase.OnFallback) == 3, "all on their fallback");
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Canary, "a canary");
        var canary = _world.TheIncident.Recovery.Batch[0].Name;
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Wave, "a wave");
        var odd = _world.TheIncident.Recovery.Batch.First(id => id.Name != canary).Name;
        _world.Unreadable[odd] = Odd;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the others back with KEDA, and this one was before");

        Assert.Equal(0, Assert.Single(_world.Closed).Attempts);
    }

    [Fact]
    public void A_canary_that_can_not_be_read_shows_nothing_and_another_goes_first()
    {
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Targets.Values.Count(t => t.Phase == Phase.OnFallback) == 3, "all on their fallback");
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.TheIncident.Recovery.Stage == Stage.Canary, "a canary");
        var first = _world.TheIncident.Recovery.Batch[0];
        _world.Unreadable[first.Name] = Odd;
        _world.PassUntil(() => _world.TheIncident.Recovery is { Stage: Stage.Canary, Batch: [var second] } && second != first, "another canary");
        _world.PassUntil(() => _world.Panel.Targets.Count == 1, "the others back with KEDA");
        Assert.Equal(0, _world.TheIncident.Attempts);

        _world.Unreadable.Clear();
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void What_fails_or_moves_unseen_is_no_sign_when_it_is_seen_again()
    {
        _world.Run();
        _world.KedaHpaShows("a", "False", "FailedGetExternalMetric");
        _world.Pass(TimeSpan.FromSeconds(120));
        Assert.Equal(4, _world.Panel.Windows[World.Id("a")].Failures);
        _world.Unreadable["a"] = Odd;
        _world.Pass(10);
        Assert.Empty(_world.Panel.Incidents);
        _world.Unreadable.Clear();
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Empty(_world.Panel.Incidents);
        Assert.Equal(1, _world.Panel.Windows[World.Id("a")].Failures);
    }

    [Fact]
    public void Rescales_of_events_that_could_not_be_read_are_not_placed_into_the_look_that_reads_them()
    {
        Moved(1, 1);
        _world.Run();
        _world.Change("a", v => v with { RescalesUnread = true, Rescales = [] });
        _world.Pass(10);
        Moved(20, 20);
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Empty(_world.Panel.Incidents);
        Assert.Empty(_world.Panel.Windows[World.Id("a")].Rescales);

        void Moved(int up, int down) => _world.Change("a", v => v with
        {
            RescalesUnread = false,
            Rescales = [Event("up", 9, up), Event("down", 2, down)],
        });

        RescaleEvent Event(string name, int size, int count) => new() { EventName = name, Size = size, Count = count, First = World.Start.AddMinutes(-1), Last = _world.Now.AddSeconds(20) };
    }

    [Fact]
    public void A_count_beyond_reason_stops_nothing_and_is_no_oscillation()
    {
        _world.Run();
        _world.Change("a", v => v with { Rescales = [new() { EventName = "up", Size = 9, Count = int.MaxValue, First = _world.Now.AddSeconds(1), Last = _world.Now.AddSeconds(20) }] });
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(100, _world.Panel.Windows[World.Id("a")].Rescales.Length);
        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void An_alert_about_it_is_kept_and_trips_when_it_can_be_read()
    {
        _world.Run();
        _world.Unreadable["a"] = Odd;
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        Assert.True(_world.Verdicts[^1].Accepted, _world.Verdicts[^1].Because);
        Assert.Empty(_world.Panel.Targets);

        _world.Unreadable.Clear();
        _world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal([World.Id("a")], _world.Panel.Targets.Keys);
    }

    [Fact]
    public void An_order_about_it_is_not_told_that_there_is_no_such_target()
    {
        _world.Run();
        _world.Unreadable["a"] = Odd;
        _world.Hear(Given.Trip(_world, "a"));
        var answer = _world.Verdicts[^1].Answer!;
        Assert.True(answer.Accepted, answer.Detail);
        Assert.Contains("nothing until it can be read: " + Odd, Assert.Single(answer.Targets).WillDo);
        Assert.Empty(_world.Written);
    }

    [Fact]
    public void What_can_not_be_read_of_KEDAs_own_parts_begins_no_incident_and_ends_none()
    {
        _world.Run();
        _world.MetricsServerUp = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.Bend = seen => seen with { MetricsServer = new MetricsServerView { Available = true, Unread = true, Reason = "Unreadable" } };
        _world.Pass(20);
        Assert.True(Assert.Single(_world.TheIncident.Evidence.Values).Standing);

        var other = new World("a") { Bend = seen => seen with { MetricsServer = new MetricsServerView { Available = true, Unread = true }, Operator = new OperatorView { DeploymentUnread = true, LeaseUnread = true } } };
        other.Run();
        other.Pass(20);
        Assert.Empty(other.Panel.Incidents);
    }

    [Fact]
    public void The_panel_names_what_can_not_be_read_within_a_bound()
    {
        var many = new World([.. Enumerable.Range(0, 50).Select(i => $"t{i}")]);
        for (var i = 0; i < 50; i++)
            many.Unreadable[$"t{i}"] = "odd";
        many.Run();
        Assert.Equal(Panel.MostUnread, many.Panel.Unread.Length);
        Assert.Equal(50, many.Panel.UnreadCounts["ScaledObject"]);

        many.Unreadable.Clear();
        many.Run();
        Assert.Empty(many.Panel.Unread);
        Assert.Empty(many.Panel.UnreadCounts);
    }
}
