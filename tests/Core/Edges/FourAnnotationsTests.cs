using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Edges;

/// <summary>
/// Every combination of KEDA's four pause annotations, as a human, Flagger, kube-green or py-kube-downscaler leaves them: before a trip, during
/// one, and after the hand-back.
/// </summary>
public sealed class FourAnnotationsTests
{
    private static readonly string?[] PausedValues = [null, "true", "false", "garbage"];
    private static readonly string?[] ReplicaValues = [null, "0", "5"];
    private static readonly string?[] OneWayValues = [null, "true", "false"];

    public static TheoryData<string?, string?, string?, string?> Combinations
    {
        get
        {
            var all = new TheoryData<string?, string?, string?, string?>();
            foreach (var paused in PausedValues)
                foreach (var replicas in ReplicaValues)
                    foreach (var down in OneWayValues)
                        foreach (var up in OneWayValues)
                            all.Add(paused, replicas, down, up);
            return all;
        }
    }

    private static World With(string? paused, string? replicas, string? down, string? up)
    {
        var world = new World("a", "b");
        Put(world, paused, replicas, down, up);
        world.Run();
        return world;
    }

    private static void Put(World world, string? paused, string? replicas, string? down, string? up)
    {
        foreach (var (key, value) in new[] { (Annotations.Paused, paused), (Annotations.PausedReplicas, replicas), (Annotations.PausedScaleIn, down), (Annotations.PausedScaleOut, up) })
            if (value is not null)
                world.Annotate("a", key, value);
    }

    private static bool FullyPaused(string? paused, string? replicas) => replicas is not null || paused is "true" or "garbage";

    [Theory]
    [MemberData(nameof(Combinations))]
    public void Whoever_is_paused_fully_by_others_is_never_touched_and_everyone_else_gets_all_of_theirs_back(string? paused, string? replicas, string? down, string? up)
    {
        var world = With(paused, replicas, down, up);
        var before = world["a"].Annotations;
        world.Hear(Given.Trip(world, null));
        world.Pass(2);
        if (FullyPaused(paused, replicas))
        {
            Assert.Equal(before, world["a"].Annotations);
            Assert.Equal(Reason.TargetLeftAlonePausedByOthers, world.TheIncident.Members[World.Id("a")].Reason);
        }
        else
        {
            var fallback = Assert.Single(world["a"].Hpas);
            Assert.Equal(HpaOwner.Reactor, fallback.Owner);

            // A direction that a human stopped stays stopped, whoever scales.
            Assert.Equal((down == "true", up == "true"), (fallback.NeverDown, fallback.NeverUp));
            Assert.Equal((down, up), (world["a"].Annotations.GetValueOrDefault(Annotations.PausedScaleIn), world["a"].Annotations.GetValueOrDefault(Annotations.PausedScaleOut)));
        }

        world.Hear(Given.Reset(world, null, ResetMode.Gradual));
        world.PassUntil(() => world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal(before, world["a"].Annotations);
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public void What_others_add_during_the_incident_stays_and_holds_it_when_it_is_a_full_pause(string? paused, string? replicas, string? down, string? up)
    {
        // The key itself is ours meanwhile: only what stood there before can be somebody's.
        var world = new World("a", "b");
        if (paused is "false")
            world.Annotate("a", Annotations.Paused, paused);
        world.Run();
        world.Hear(Given.Trip(world, "a"));
        Put(world, paused: null, replicas, down, up);
        world.Hear(Given.Reset(world, "a", ResetMode.Gradual));
        world.Pass(30);
        var theirs = world["a"].Annotations.Where(a => a.Key is Annotations.PausedReplicas or Annotations.PausedScaleIn or Annotations.PausedScaleOut);
        Assert.Equal(new[] { replicas, down, up }.OfType<string>().Count(), theirs.Count());
        if (replicas is not null)
        {
            Assert.Empty(world["a"].Hpas); // KEDA has scaled it, and our fallback would undo that
            world.Annotate("a", Annotations.PausedReplicas, null);
        }

        world.PassUntil(() => world.Panel.Incidents.IsEmpty, "the end");
        Assert.Equal(HpaOwner.Keda, Assert.Single(world["a"].Hpas).Owner);
        Assert.DoesNotContain(world["a"].Annotations, a => a.Key.StartsWith(Annotations.Prefix, StringComparison.Ordinal));
        Assert.Equal(paused is "false" ? "false" : null, world["a"].Annotations.GetValueOrDefault(Annotations.Paused));
    }

    /// <summary>Flagger and py-kube-downscaler write paused-replicas "0"; a live KEDA then scales the workload to 0.</summary>
    [Fact]
    public void A_downscaler_that_pauses_at_0_during_the_incident_is_not_fought()
    {
        var world = new World("a", "b");
        world.Run();
        world.Hear(Given.Trip(world, "a"));
        world.Annotate("a", Annotations.PausedReplicas, "0");
        world.Change("a", v => v with { Replicas = v.Replicas! with { Desired = 0, Available = 0 } });
        var written = world.Written.Count;
        world.Pass(10);
        Assert.DoesNotContain(world.Written.Skip(written), w => w is ScaleWorkload);
        Assert.Equal(0, world["a"].Replicas!.Desired);
        Assert.Contains("held", Assert.Single(world.Pages, p => p.Title.Contains("held", StringComparison.Ordinal)).Title);
    }

    /// <summary>kube-green and a human with kubectl scale the workload itself.</summary>
    [Fact]
    public void A_workload_that_somebody_scales_to_0_later_stays_there_and_is_told_once()
    {
        var world = new World("a", "b");
        world.Run();
        world.Hear(Given.Trip(world, "a"));
        world.Skip(TimeSpan.FromSeconds(5));
        world.Scale("a", 0, "kube-green");
        world.Pass(10);
        Assert.Equal(0, world["a"].Replicas!.Desired);
        Assert.Single(world.Pages, p => p.Title.Contains("scaled to 0 by somebody", StringComparison.Ordinal));
        Assert.Single(world.Audit, a => a.Reason == Reason.FallbackLeftAtZero);
        world.Hear(Given.Reset(world, "a", ResetMode.Gradual));
        world.PassUntil(() => world.Panel.Incidents.IsEmpty, "the end");
    }

    [Fact]
    public void KEDAs_own_last_act_right_after_the_trip_is_made_good()
    {
        var world = new World("a", "b");
        world.Run();
        world.Hear(Given.Trip(world, "a"));
        world.Scale("a", 0, "keda");
        world.Pass(TimeSpan.FromSeconds(30));
        Assert.Equal(10, world["a"].Replicas!.Desired);
    }
}
