using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Trips;

/// <summary>
/// Which CPU a fallback watches. "app" asks for CPU, "app-" does not; what stands after "+" is injected at admission, as far as it is known.
/// </summary>
public sealed class WatchedContainerTests
{
    private readonly World _world = new("a");

    private TargetMemory Trip(string containers)
    {
        var parts = containers.Split('+');
        _world.Change("a", v => v with { Replicas = v.Replicas! with { Containers = Read(parts[0]) }, Injected = parts.Length > 1 ? Read(parts[1]) : [] });
        _world.Run();
        _world.Hear(Given.Trip(_world, "a"));
        return _world.Panel.Targets[World.Id("a")].Memory;
    }

    private static ImmutableArray<ContainerView> Read(string names) =>
        [.. names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => new ContainerView(n.TrimEnd('-'), !n.EndsWith('-')))];

    [Theory]
    [InlineData("app", "app", "")] // whoever injects without a request, known or not, can't blind it
    [InlineData("app + daprd-", "app", "daprd is injected without a request")]
    [InlineData("app + istio-proxy", "app", "istio-proxy is injected beside it")]
    [InlineData("app + istio-proxy daprd-", "app", "istio-proxy is injected beside it, daprd is injected without a request")]
    [InlineData("app side-", "app", "container side has no CPU request")]
    [InlineData("istio-proxy- app", "app", "container istio-proxy has no CPU request")]
    [InlineData("istio-proxy app", "app", "container istio-proxy is not watched")]
    [InlineData("istio-proxy app + istio-proxy", "app", "container istio-proxy is not watched")]
    [InlineData("app worker", null, "")]
    [InlineData("app worker + daprd-", "app", "daprd is injected without a request, container worker is not watched")]
    [InlineData("app worker side-", "app", "container side has no CPU request, container worker is not watched")]
    [InlineData("envoy", "envoy", "")]
    [InlineData("istio-proxy", "istio-proxy", "")] // a gateway of the mesh
    [InlineData("", null, "")] // a kind whose pods are not seen
    [InlineData(" + daprd-", null, "")]
    public void It_is_the_apps_container_wherever_one_alone_asks_for_CPU(string containers, string? watched, string because)
    {
        var memory = Trip(containers);
        Assert.Equal((FallbackAction.Cpu, watched, because), (memory.Action, memory.Container, memory.ContainerBecause));
        Assert.Equal(watched, _world["a"].FallbackHpa!.Container);
    }

    [Theory]
    [InlineData("missing request for cpu in container somebodys-agent of Pod a-1", "app", "somebodys-agent is injected without a request, container worker is not watched")]
    [InlineData("missing request for cpu in container worker of Pod a-1", null, "")] // of the template: an older pod
    [InlineData("unable to get metrics for resource cpu", null, "")]
    [InlineData("missing request for cpu in container ", null, "")]
    public void Where_the_HPA_names_a_container_that_nobody_knew_of_the_first_that_asks_is_watched_from_then_on(string words, string? watched, string because)
    {
        Trip("app worker");
        var says = new ConditionView("False", "FailedGetResourceMetric", $"the HPA was unable to compute the replica count: failed to get cpu utilization: {words}");
        _world.Change("a", v => v with { Hpas = [.. v.Hpas.Select(h => h with { ScalingActive = says })] });
        _world.Pass(1);
        var memory = _world.Panel.Targets[World.Id("a")].Memory;
        Assert.Equal((watched, because), (memory.Container, memory.ContainerBecause));
        Assert.Equal(watched, _world["a"].FallbackHpa!.Container);
        Assert.Equal(watched is null ? 0 : 1, _world.Audit.Count(a => a.Reason == Reason.FallbackWatchesContainer));
    }

    [Theory]
    [InlineData("app-", "app")]
    [InlineData("app- + istio-proxy", "app")]
    [InlineData("istio-proxy app-", "app")]
    [InlineData("app- worker-", "app")]
    public void Where_none_of_the_apps_asks_it_is_frozen(string containers, string lacks)
    {
        Assert.Equal($"frozen: container {lacks} has no CPU request, so a CPU HPA could not scale it", Trip(containers).ActionBecause);
        Assert.Empty(_world["a"].Hpas);
    }

    [Theory]
    [InlineData("app", null)]
    [InlineData("istio-proxy app", null)]
    [InlineData("app + daprd-", "app")]
    [InlineData("app side-", "app")]
    public void A_Kubernetes_without_ContainerResource_metrics_is_asked_for_one_only_where_nothing_else_can_work(string containers, string? watched)
    {
        _world.ContainerMetrics = false;
        Assert.Equal(watched, Trip(containers).Container);
    }

    [Fact]
    public void The_page_the_why_and_the_audit_trail_say_which_container_and_why()
    {
        Trip("app + daprd-");
        _world.Pass(1);
        const string said = "60 % CPU of container app alone: daprd is injected without a request";
        Assert.Contains(_world.Pages[0].Targets, t => t.Contains(said, StringComparison.Ordinal));
        Assert.Contains(_world.Audit, a => a.Reason == Reason.FallbackInPlace && a.Text.Contains(said, StringComparison.Ordinal));
        Assert.Contains(_world.Audit, a => a.Facts.Values.Any(fact => fact.Contains("at 60 % CPU of container app", StringComparison.Ordinal)));
        var why = Explain.Of(_world.Panel, _world.Decisions[^1].Input.Observation!, _world.Policy, World.Id("a"), _world.Now)!;
        Assert.Contains("by CPU of container app alone: daprd is injected without a request", why.State);
    }
}
