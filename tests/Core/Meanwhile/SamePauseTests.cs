namespace Sophia.Keda.Reactor.Core.Tests.Meanwhile;

/// <summary>A human sets the pause that we had set already, with the same value or another: from then on it is the human's.</summary>
public sealed class SamePauseTests
{
    private const string Human = "kubectl-annotate";
    private readonly World _world = new("a", "b", "c", "d");

    private TargetId A { get; } = World.Id("a");

    public SamePauseTests()
    {
        _world.Run();
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        Assert.Equal(Phase.OnFallback, _world.Panel.Targets[A].Phase);
    }

    private void Quiet() => _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a", firing: false));

    private BreakerView Breaker() => Breakers.One(_world.Panel, _world.Decisions[^1].Input.Observation!, _world.Policy, A)!;

    [Theory]
    [InlineData("true")]
    [InlineData("yes, by ana")]
    public void It_is_kept_at_the_end_and_the_fallback_stays_until_it_goes(string value)
    {
        _world.PauseBy(Human, "a", value);
        Quiet();
        _world.Pass(60);
        Assert.Equal(value, _world["a"].Annotations[Annotations.Paused]);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Equal(BreakerState.Held, Breaker().State);
        Assert.Contains(Human, Breaker().Why);
        Assert.Single(_world.Pages, p => p.Title.EndsWith($"{A} is held", StringComparison.Ordinal) && p.Happened.Contains(Human, StringComparison.Ordinal));
    }

    [Fact]
    public void When_its_owner_takes_it_away_the_target_goes_back_to_KEDA()
    {
        _world.PauseBy(Human, "a");
        Quiet();
        _world.Pass(30);
        _world.Unpause("a");
        _world.PassUntil(() => _world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal(HpaOwner.Keda, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Empty(_world["a"].Annotations);
    }

    [Fact]
    public void When_it_goes_while_the_trouble_lasts_ours_is_set_again_and_nobody_is_said_to_have_removed_ours()
    {
        _world.PauseBy(Human, "a");
        _world.Pass(2);
        _world.Unpause("a");
        _world.Pass(1);
        Assert.True(Pauses.IsOurs(_world["a"]));
        Assert.Empty(_world.Panel.Targets[A].PutBacks);
        Assert.DoesNotContain(_world.Audit, a => a.Reason == Reason.PausePutBack);
    }

    [Fact]
    public void Ours_that_somebody_removes_is_put_back_as_ever()
    {
        _world.Unpause("a");
        _world.Pass(1);
        Assert.True(Pauses.IsOurs(_world["a"]));
        Assert.Contains(_world.Audit, a => a.Reason == Reason.PausePutBack);
    }

    [Fact]
    public void Set_during_the_hand_back_it_is_not_taken_away_and_the_page_names_it()
    {
        _world.Stuck = true; // KEDA does not make its HPA: the hand-back is under way
        Quiet();
        _world.PassUntil(() => _world.Panel.Targets[A].Phase == Phase.HandingBack, "a hand-back");
        Assert.False(_world["a"].Annotations.ContainsKey(Annotations.Paused));
        _world.PauseBy(Human, "a");
        _world.Pass(60);
        Assert.Equal("true", _world["a"].Annotations[Annotations.Paused]);
        Assert.Equal(Human, _world["a"].PauseSetBy);
        Assert.Contains(_world.Pages, p => p.Happened.Contains(Human, StringComparison.Ordinal));
        Assert.DoesNotContain(_world.Written.OfType<AnnotateScaledObject>(), w => w.PauseSetBy.Length > 0 && w.Annotations.ContainsKey(Annotations.Paused));
    }

    [Fact]
    public void A_reset_by_hand_does_not_take_it_away_either()
    {
        _world.PauseBy(Human, "a");
        _world.Pass(1);
        _world.Hear(Given.Reset(_world, "a", ResetMode.Immediate));
        _world.Pass(30);
        Assert.Equal("true", _world["a"].Annotations[Annotations.Paused]);
        Assert.Equal(HpaOwner.Reactor, Assert.Single(_world["a"].Hpas).Owner);
        Assert.Contains(_world.Pages, p => p.Happened.Contains($"somebody else paused it ({Annotations.Paused}: \"true\", set by field manager {Human})", StringComparison.Ordinal));
    }

    [Fact]
    public void While_nothing_else_is_open_the_page_says_that_others_must_let_go()
    {
        Quiet();
        _world.PauseBy(Human, "a");
        _world.Pass(10);
        var (next, at) = NextStep.Of(_world.Panel, _world.TheIncident, _world.Policy, _world.Now);
        Assert.StartsWith($"Nothing until others let go: {A}: somebody else paused it meanwhile", next, StringComparison.Ordinal);
        Assert.Null(at);
    }
}
