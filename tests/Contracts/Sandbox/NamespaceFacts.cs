using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

public sealed class NamespaceFacts
{
    private const string Path = "/api/v1/namespaces/" + World.Ns;

    [Fact]
    public void A_deleted_namespace_takes_all_that_is_in_it_along()
    {
        var world = new World();
        Assert.Equal(200, world.Call("DELETE", Path).Status);
        Assert.Equal("Terminating", world.Get(Path).Object("status").Text("phase"));
        world.Wait(2);

        Assert.Equal(404, world.Call("GET", Path).Status);
        Assert.All(Resources.Stored.Where(r => r.Namespaced), r => Assert.DoesNotContain(world.Cluster.Store.All(r), o => o.Namespace == World.Ns));
        Assert.Equal(200, world.Call("GET", "/api/v1/namespaces/artemis-mesh").Status);
    }

    [Fact]
    public void With_the_operator_dead_its_finalizer_keeps_the_namespace_until_it_returns()
    {
        var world = new World();
        world.Cluster.Faults.SetOperator(OperatorState.Dead);
        world.Call("DELETE", Path);
        world.Wait(60);
        Assert.Equal(200, world.Call("GET", Path).Status);

        world.Cluster.Faults.SetOperator(OperatorState.Alive);
        world.Wait(10);
        Assert.Equal(404, world.Call("GET", Path).Status);
    }

    [Fact]
    public void Nothing_new_is_made_in_a_namespace_that_goes_or_is_not_there()
    {
        var world = new World();
        world.Cluster.Faults.SetOperator(OperatorState.Dead);
        world.Call("DELETE", Path);

        var refused = world.Fallback(1);
        Assert.Equal(403, refused.Status);
        Assert.Contains("because it is being terminated", refused.Document().Text("message"), StringComparison.Ordinal);
        Assert.Equal(404, world.Call("POST", "/api/v1/namespaces/nowhere/serviceaccounts", """{"metadata":{"name":"x"}}""").Status);
    }

    [Fact]
    public void A_made_namespace_is_active_and_carries_its_name_as_a_label()
    {
        var world = new World();
        var made = world.Call("POST", "/api/v1/namespaces", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"fresh"}}""");

        Assert.Equal(201, made.Status);
        Assert.Equal("Active", made.Document().Object("status").Text("phase"));
        Assert.Equal("fresh", made.Document().Object("metadata").Object("labels").Text("kubernetes.io/metadata.name"));
    }
}
