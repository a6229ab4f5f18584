using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Keda;
using Sophia.Keda.Reactor.Simulation.Tests.Edges;
using Xunit.Abstractions;

namespace Sophia.Keda.Reactor.Simulation.Tests;

/// <summary>What runs and trips cost the API server, request by request.</summary>
public sealed class CostSimulation(ITestOutputHelper output)
{
    private static bool IsEvent((string Method, string Path) request) => request.Method == "POST" && request.Path.Contains("/events?", StringComparison.Ordinal);

    /// <summary>A list, or which kinds of keda.sh are served.</summary>
    private static bool IsList((string Method, string Path) request) =>
        request.Method == "GET" && (request.Path.Contains("limit=500", StringComparison.Ordinal) || request.Path == "/apis/keda.sh/v1alpha1");

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1_000)]
    public void A_quiet_run_makes_only_list_calls_in_pages_of_500(int targets)
    {
        using var world = Of(targets);
        world.Pass(TimeSpan.FromMinutes(2));
        world.Requests.Clear();
        world.Pass(world.Policy.HealthCheckInterval);

        var pages = (targets + 499) / 500;
        Assert.All(world.Requests, request => Assert.True(IsList(request), $"{request.Method} {request.Path}"));
        Assert.Equal(pages, world.Requests.Count(r => r.Path.Contains("/scaledobjects?", StringComparison.Ordinal)));
        Assert.Equal(pages, world.Requests.Count(r => r.Path.Contains("/horizontalpodautoscalers?", StringComparison.Ordinal)));

        // Deployments are KEDA's own too; of everything else there is one page, KEDA's registrations among it.
        Assert.InRange(world.Requests.Count, 14, 12 + (3 * pages) + 1);
        output.WriteLine($"{targets} targets, quiet run: {world.Requests.Count} lists");
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1_000)]
    public void A_trip_makes_three_writes_a_target_and_no_other_request_but_lists(int targets)
    {
        using var world = Of(targets);
        world.Pass(TimeSpan.FromMinutes(1));
        world.Requests.Clear();
        world.Hear(Orders.TripAll(world));
        world.PassUntil(() => world.OnFallback == world.Protectable, TimeSpan.FromMinutes(3), "every target is on its fallback");

        var writes = world.Requests.Where(r => r.Method != "GET" && !IsEvent(r)).ToList();
        Assert.Equal(3 * targets, writes.Count);
        Assert.All(world.Requests.Where(r => r.Method == "GET"), r => Assert.True(IsList(r), r.Path));
        output.WriteLine($"{targets} targets, trip: {writes.Count} writes, {world.Requests.Count - writes.Count} lists");
    }

    /// <summary>After the writes and beside everything else: a thousand Events take nothing from a trip.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(1_000)]
    public void Each_target_that_trips_costs_one_Event_after_all_the_writes(int targets)
    {
        using var world = Of(targets);
        world.Pass(TimeSpan.FromMinutes(1));
        world.Requests.Clear();
        world.Hear(Orders.TripAll(world));
        world.PassUntil(() => world.OnFallback == world.Protectable && world.Requests.Count(IsEvent) >= targets, TimeSpan.FromMinutes(3), "every target is on its fallback and told");

        Assert.Equal(targets, world.Requests.Count(IsEvent));
        Assert.True(world.Requests.FindIndex(IsEvent) > world.Requests.FindLastIndex(r => r.Method is "PATCH" or "DELETE"));
    }

    [Fact]
    public void At_0_replicas_it_is_four()
    {
        using var world = new SimWorld(1);
        Assert.Equal(0, world.AddTarget(min: 0, demand: 0).Replicas);
        world.Requests.Clear();
        world.Hear(Orders.TripAll(world));
        world.PassUntil(() => world.OnFallback == world.Protectable && world.Edge().Replicas > 0, TimeSpan.FromMinutes(3), "all on their fallback");

        Assert.Equal((3 * world.Protectable) + 1, world.Requests.Count(r => r.Method != "GET" && !IsEvent(r)));
        Assert.Single(world.Requests, r => r.Path.Contains("/deployments/edge/scale", StringComparison.Ordinal));
    }

    private static SimWorld Of(int targets)
    {
        var seeded = new SimWorld(1);
        var own = seeded.Protectable;
        seeded.Dispose();
        var world = new SimWorld(1, targets - own);
        Assert.Equal(targets, world.Protectable);
        Assert.Equal(OperatorState.Alive, world.Cluster.Operator.State);
        return world;
    }
}
