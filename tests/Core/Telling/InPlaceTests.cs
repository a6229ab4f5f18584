namespace Sophia.Keda.Reactor.Core.Tests.Telling;

/// <summary>What the page says when a trip has arrived, and when it moved nothing.</summary>
public sealed class InPlaceTests
{
    private readonly World _world = new("a", "b", "c", "d");

    private Page Arrived() => _world.Pages.Last(p => p.Did.Contains("after the decision", StringComparison.Ordinal));

    private void OperatorDies()
    {
        _world.OperatorAlive = false;
        _world.PassUntil(() => _world.Panel.Incidents.Count == 1, "a trip");
        _world.Pass(1);
    }

    private HpaView Somebodys() => World.KedaHpa("a", 4, _world.Now) with { Name = "somebodys", Uid = "s", Owner = HpaOwner.Other };

    [Fact]
    public void All_on_their_fallback_HPA_is_said_in_one_sentence()
    {
        _world.Run();
        OperatorDies();
        Assert.EndsWith(": 4 workloads on fallback", Arrived().Title, StringComparison.Ordinal);
        Assert.StartsWith("All 4 are on their fallback, ", Arrived().Did, StringComparison.Ordinal);
        Assert.EndsWith("No workload has two autoscalers. Replicas: 40 asked for, 40 ready since 02:03:00Z.", Arrived().Did, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_is_frozen_is_told_as_frozen()
    {
        _world.Run();
        _world.Change("b", v => v with { Replicas = v.Replicas! with { Containers = [new("app", false)] } });
        OperatorDies();
        Assert.EndsWith(": 3 workloads on fallback, 1 frozen", Arrived().Title, StringComparison.Ordinal);
        Assert.StartsWith("3 of 4 are on their fallback, ", Arrived().Did, StringComparison.Ordinal);
        Assert.Contains("Frozen, nothing scales it: sophia-mesh/b (", Arrived().Did, StringComparison.Ordinal);
        Assert.Contains(Arrived().Targets, t => t.StartsWith("sophia-mesh/b: frozen, ", StringComparison.Ordinal));
    }

    [Fact]
    public void One_that_is_held_beside_a_foreign_HPA_is_told_as_held()
    {
        _world.Run();
        var once = false;
        _world.Happens = world =>
        {
            if (!once && world["a"].FallbackHpa is not null)
            {
                once = true;
                world.Change("a", v => v with { Hpas = v.Hpas.Add(Somebodys()) });
            }
        };
        OperatorDies();
        Assert.EndsWith(": 3 workloads on fallback, 1 held", Arrived().Title, StringComparison.Ordinal);
        Assert.Contains("Held: sophia-mesh/a: HPA somebodys, neither KEDA's nor ours, appeared on its workload.", Arrived().Did, StringComparison.Ordinal);
        Assert.Contains(Arrived().Targets, t => t.StartsWith("sophia-mesh/a: held, ", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_autoscalers_on_one_workload_are_named_wherever_they_stand()
    {
        _world.Run();
        _world.Change("a", v => v with { Hpas = v.Hpas.Add(Somebodys()) });
        OperatorDies();
        Assert.StartsWith("All 3 are on their fallback, ", Arrived().Did, StringComparison.Ordinal);
        Assert.Contains("1 workload has two autoscalers: sophia-mesh/a (keda-hpa-a, somebodys).", Arrived().Did, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("foreign HPA", Severity.Warning)]
    [InlineData("opted out", Severity.Warning)]
    [InlineData("no workload", Severity.Error)]
    public void A_trip_that_moves_nothing_says_so_and_calls_nobody_for_what_is_in_others_hands(string what, Severity severity)
    {
        _world.Run();
        _world.Change("a", v => what switch
        {
            "foreign HPA" => v with { Hpas = v.Hpas.Add(Somebodys()) },
            "opted out" => v with { Annotations = v.Annotations.SetItem(Annotations.OptOut, "true") },
            _ => v with { Replicas = null },
        });
        _world.Hear(Given.Alert(_world, Cause.ScalerErrors, "a"));
        var page = Assert.Single(_world.Pages);
        Assert.Equal(("Scalers fail: nothing moved, 1 target left alone", severity), (page.Title, page.Severity));
        Assert.Equal("Nothing was changed in the cluster.", page.Did);
        Assert.DoesNotContain("fallback while", page.Next, StringComparison.Ordinal);
        Assert.StartsWith("Nothing is on a fallback for it", page.Next, StringComparison.Ordinal);
    }
}
