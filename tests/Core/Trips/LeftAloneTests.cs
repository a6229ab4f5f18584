namespace Sophia.Keda.Reactor.Core.Tests.Trips;

public sealed class LeftAloneTests
{
    private static readonly HpaView Foreign = World.KedaHpa("x", 4, World.Start) with { Name = "somebodys-hpa", Uid = "foreign", Owner = HpaOwner.Other };

    private readonly World _world = new("a", "b");

    public static TheoryData<string, Reason> Cases => new()
    {
        { "opted out", Reason.TargetLeftAloneOptedOut },
        { "deleting", Reason.TargetLeftAloneDeleting },
        { "no workload", Reason.TargetLeftAloneNoWorkload },
        { "paused true", Reason.TargetLeftAlonePausedByOthers },
        { "paused TRUE", Reason.TargetLeftAlonePausedByOthers },
        { "paused garbage", Reason.TargetLeftAlonePausedByOthers },
        { "paused-replicas", Reason.TargetLeftAlonePausedByOthers },
        { "paused-replicas beside false", Reason.TargetLeftAlonePausedByOthers },
        { "foreign HPA", Reason.TargetLeftAloneForeignHpa },
        { "cpu and memory", Reason.TargetLeftAloneResourceTriggersOnly },
    };

    private void Make(string name, string what)
    {
        switch (what)
        {
            case "opted out": _world.Annotate(name, Annotations.OptOut, "true"); break;
            case "deleting": _world.Change(name, v => v with { Deleting = true }); break;
            case "no workload": _world.Change(name, v => v with { Replicas = null }); break;
            case "paused true": _world.Annotate(name, Annotations.Paused, "true"); break;
            case "paused TRUE": _world.Annotate(name, Annotations.Paused, "TRUE"); break;
            case "paused garbage": _world.Annotate(name, Annotations.Paused, "garbage"); break;
            case "paused-replicas": _world.Annotate(name, Annotations.PausedReplicas, "5"); break;
            case "paused-replicas beside false":
                _world.Annotate(name, Annotations.Paused, "false");
                _world.Annotate(name, Annotations.PausedReplicas, "5");
                break;
            case "foreign HPA": _world.Change(name, v => v with { Hpas = v.Hpas.Add(Foreign) }); break;
            case "cpu and memory":
                _world.Change(name, v => v with { Triggers = [.. v.Triggers.Clear().Add(v.Triggers[0] with { Type = "cpu" }).Add(v.Triggers[0] with { Type = "memory" })] });
                break;
            default: throw new ArgumentOutOfRangeException(nameof(what));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_is_left_alone_for_a_reason_and_the_page_says_so(string what, Reason reason)
    {
        Make("a", what);
        _world.Run();
        var before = _world["a"];
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.Pass(5);
        Assert.Equal((MemberState.LeftAlone, reason), (_world.TheIncident.Members[World.Id("a")].State, _world.TheIncident.Members[World.Id("a")].Reason));
        Assert.Equal(before, _world["a"]);
        Assert.All(_world.Written, w => Assert.Equal(World.Id("b"), w.Target));
        Assert.Contains("sophia-mesh/a", _world.Pages[0].Happened);
        Assert.Contains("1 target left alone", _world.Pages[0].Happened);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_is_still_left_alone_at_the_end_and_the_rest_goes_back(string what, Reason reason)
    {
        Assert.NotEqual(Reason.TargetTripped, reason);
        Make("a", what);
        _world.Run();
        var before = _world["a"];
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.OperatorAlive = true;
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal(before.Annotations, _world["a"].Annotations);
        Assert.Equal(before.ResourceVersion, _world["a"].ResourceVersion);
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["b"].Hpas).Owner);
    }

    [Theory]
    [InlineData("false")]
    [InlineData("False")]
    [InlineData("0")]
    [InlineData("")]
    public void A_value_that_does_not_pause_is_no_pause_of_others(string value)
    {
        _world.Annotate("a", Annotations.Paused, value);
        _world.Run();
        _world.Hear(Given.Trip(_world, "a"));
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
    }

    [Theory]
    [InlineData("false", "false")]
    [InlineData("0", "0")]
    [InlineData("", null)] // never "": it leaves KEDA deaf
    public void What_stood_there_before_is_restored(string before, string? after)
    {
        _world.Annotate("a", Annotations.Paused, before);
        _world.Run();
        _world.Hear(Given.Trip(_world, "a"));
        _world.Hear(Given.Reset(_world, "a", ResetMode.Gradual));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal(after, _world["a"].Annotations.GetValueOrDefault(Annotations.Paused));
        Assert.DoesNotContain(Annotations.Incident, _world["a"].Annotations.Keys);
        Assert.DoesNotContain(_world.Written.OfType<AnnotateScaledObject>(), w => w.Annotations.GetValueOrDefault(Annotations.Paused) == "");
    }

    [Theory]
    [InlineData(Annotations.PausedScaleIn)]
    [InlineData(Annotations.PausedScaleOut)]
    public void A_pause_of_one_direction_stays_beside_ours_and_after_it(string key)
    {
        _world.Annotate("a", key, "true");
        _world.Run();
        _world.Hear(Given.Trip(_world, "a"));
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Equal("true", _world["a"].Annotations[key]);
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate));
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal([key], _world["a"].Annotations.Keys);
    }

    [Theory]
    [InlineData("cpu", "memory", Cause.MetricsServerUnavailable, false)]
    [InlineData("cpu", "redis", Cause.MetricsServerUnavailable, true)]
    [InlineData("cpu", "memory", Cause.Oscillation, true)]
    [InlineData("cpu", "memory", Cause.Manual, true)]
    public void CPU_and_memory_go_on_working_without_KEDA_and_are_spared_for_that_alone(string one, string two, Cause cause, bool moves)
    {
        _world.Change("a", v => v with { Triggers = [v.Triggers[0] with { Type = one }, v.Triggers[0] with { Type = two }] });
        _world.Run();
        _world.MetricsServerUp = cause != Cause.MetricsServerUnavailable;
        _world.Skip(TimeSpan.FromSeconds(30));
        _world.Hear(cause == Cause.Manual ? Given.Trip(_world, "a") : Given.Alert(_world, cause, "a"));
        Assert.Equal(moves, _world.Panel.Targets.ContainsKey(World.Id("a")));
    }

    [Fact]
    public void Once_its_human_lets_go_it_is_protected_too_while_the_evidence_stands()
    {
        _world.Annotate("a", Annotations.Paused, "true");
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.Annotate("a", Annotations.Paused, null);
        _world.Pass(1);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
    }

    [Fact]
    public void ScaledJobs_are_named_as_unprotected()
    {
        _world.ScaledJobs = [new("sophia-mesh", "nightly")];
        _world.Run();
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        Assert.Contains("sophia-mesh/nightly", _world.Pages[0].Happened);
        Assert.DoesNotContain(_world.Written, w => w.Target.Name == "nightly");
    }
}
