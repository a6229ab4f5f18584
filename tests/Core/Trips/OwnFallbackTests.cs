using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Trips;

/// <summary>spec.fallback.behavior, as KEDA's pkg/fallback has it.</summary>
public sealed class OwnFallbackTests
{
    private readonly World _world = new("a");

    [Theory]
    [InlineData("static", 6, 14, 6, "static: 6 replicas")]
    [InlineData(null, 6, 14, 6, "static: 6 replicas")]
    [InlineData("currentReplicas", 6, 14, 14, "currentReplicas: what runs")]
    [InlineData("currentReplicas", 6, 3, 3, "currentReplicas: what runs")]
    [InlineData("currentReplicas", null, 14, 14, "currentReplicas: what runs")]
    [InlineData("currentReplicasIfHigher", 6, 14, 14, "currentReplicasIfHigher: what runs, and at least 6")]
    [InlineData("currentReplicasIfHigher", 6, 3, 6, "currentReplicasIfHigher: what runs, and at least 6")]
    [InlineData("currentReplicasIfLower", 6, 14, 6, "currentReplicasIfLower: what runs, and at most 6")]
    [InlineData("currentReplicasIfLower", 6, 3, 3, "currentReplicasIfLower: what runs, and at most 6")]
    [InlineData("scalingModifiers", 6, 14, 14, "scalingModifiers: what its formula makes of the sources that answer")]
    [InlineData("ofTomorrow", 6, 14, 6, "static: 6 replicas")] // KEDA takes what it does not know for static
    public void Once_the_floor_is_over_the_fallback_keeps_to_what_its_own_spec_says_and_page_and_why_tell_it(string? behavior, int? own, int ran, int least, string words)
    {
        _world.Change("a", v => At(v, ran) with { OwnFallbackReplicas = own, OwnFallbackBehavior = behavior });
        _world.Run();
        _world.Hear(Given.Trip(_world, "a"));
        Assert.Contains(_world.Pages, p => p.Targets.Any(t => t.Contains($" (its spec.fallback, {words})")));
        _world.Pass(30);
        Assert.Equal(least, _world["a"].FallbackHpa!.Min);
        Assert.Contains($"Its fallback keeps to its spec.fallback ({words}): at least {least} replicas", Why());
    }

    [Fact]
    public void Without_one_the_policys_number_is_kept_and_nothing_is_said_of_a_spec()
    {
        _world.Run();
        _world.Hear(Given.Trip(_world, "a"));
        Assert.DoesNotContain(_world.Pages, p => p.Targets.Any(t => t.Contains("spec.fallback")));
        Assert.DoesNotContain(Why(), w => w.Contains("spec.fallback"));
    }

    [Fact]
    public void One_that_KEDAs_own_fallback_keeps_is_told_with_its_behaviour_before_and_after_it_trips()
    {
        _world.Change("a", v => At(v, 8) with
        {
            OwnFallbackReplicas = 6, OwnFallbackBehavior = "currentReplicasIfHigher", KedaFallback = new("True", "FallbackExists", "At least one trigger is falling back on this scaled object"),
        });
        _world.Run();
        var explained = Explain.Of(_world.Panel, _world.Decisions[^1].Input.Observation!, _world.Policy, World.Id("a"), _world.Now)!;
        const string Acting = "KEDA's own fallback (currentReplicasIfHigher: what runs, and at least 6)";
        Assert.Contains($"KEDA (keda-hpa-a) scales it, by {Acting}", explained.State);
        Assert.Contains($"{Acting} acts, by KEDA's status: one of its sources does not answer", explained.Applies);

        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        Assert.Contains($"{Acting} is active", _world.Pages.First().Happened);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("", true)] // what is no boolean counts as true
    [InlineData("yes", true)]
    [InlineData("false", false)]
    [InlineData("0", false)]
    public void What_KEDA_keeps_from_0_by_force_its_fallback_keeps_from_0_and_why_says_so(string value, bool forced)
    {
        _world.Annotate("a", Annotations.ForceActivation, value);
        _world.Change("a", v => At(v, 0) with { Min = 0, OwnFallbackReplicas = 0 });
        _world.Run();
        _world.Hear(Given.Trip(_world, "a"));
        Assert.Equal(forced, Why().Contains("autoscaling.keda.sh/force-activation is set: KEDA keeps it from 0, and so does its fallback"));
        Assert.Equal(1, _world["a"].FallbackHpa!.Min);
        Assert.Equal(1, _world["a"].Replicas!.Desired);
    }

    private ImmutableArray<string> Why() => Explain.Of(_world.Panel, _world.Decisions[^1].Input.Observation!, _world.Policy, World.Id("a"), _world.Now)!.Applies;

    private static TargetView At(TargetView view, int replicas) => view with
    {
        Replicas = view.Replicas! with { Desired = replicas, Available = replicas },
        Hpas = [.. view.Hpas.Select(h => h with { DesiredReplicas = replicas, CurrentReplicas = replicas })],
    };
}
