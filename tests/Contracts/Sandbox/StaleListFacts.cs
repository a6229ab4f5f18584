using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Faults;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>What was listed is no longer so when it is written.</summary>
public sealed class StaleListFacts
{
    private const string List = $"/apis/keda.sh/v1alpha1/namespaces/{World.Ns}/scaledobjects";
    private readonly World _world = new(more: 6);

    [Fact]
    public void A_list_shows_what_was_some_seconds_ago_and_a_get_what_is()
    {
        _world.Cluster.Faults.SetStaleList(TimeSpan.FromSeconds(10));
        _world.Wait(30);
        _world.Pause();
        _world.Wait(8);
        Assert.Null(Listed("app").Object("metadata").Object("annotations").Text(World.PausedKey));
        Assert.Equal("true", _world.ScaledObject().Object("metadata").Object("annotations").Text(World.PausedKey));
        Assert.Contains(_world.Get(_world.HpasPath).Array("items")!, h => h.Object("metadata").Text("name") == World.KedaHpa);
        Assert.Equal(404, _world.Call("GET", $"{_world.HpasPath}/{World.KedaHpa}").Status);

        _world.Wait(4);
        Assert.Equal("true", Listed("app").Object("metadata").Object("annotations").Text(World.PausedKey));
        _world.Cluster.Faults.SetStaleList(null);
        Assert.DoesNotContain(_world.Get(_world.HpasPath).Array("items")!, h => h.Object("metadata").Text("name") == World.KedaHpa);
    }

    [Fact]
    public void A_write_with_the_resource_version_of_a_stale_list_is_a_conflict()
    {
        _world.Cluster.Faults.SetStaleList(TimeSpan.FromSeconds(10));
        _world.Pause();
        _world.Wait(2);
        var old = Listed("app").Object("metadata").Text("resourceVersion");
        Assert.Equal(409, _world.Merge(_world.ScaledObjectPath, $$$"""{"metadata":{"resourceVersion":"{{{old}}}","annotations":{"x":"y"} } }""").Status);
    }

    [Fact]
    public void Its_resource_version_is_that_of_the_picture_and_all_pages_are_of_one()
    {
        _world.Cluster.Faults.SetStaleList(TimeSpan.FromSeconds(10));
        _world.Wait(30);
        var first = _world.Get(List + "?limit=2");
        Assert.True(long.Parse(first.Object("metadata").Text("resourceVersion")!) < _world.Cluster.Store.ResourceVersion);
        _world.Wait(3);
        var next = _world.Get($"{List}?limit=2&continue={first.Object("metadata").Text("continue")}");
        Assert.Equal(first.Object("metadata").Text("resourceVersion"), next.Object("metadata").Text("resourceVersion"));
    }

    [Fact]
    public void An_object_that_a_stale_list_still_shows_is_gone_when_it_is_written()
    {
        _world.Cluster.Faults.SetStaleList(TimeSpan.FromSeconds(10));
        _world.Call("DELETE", _world.ScaledObjectPath);
        _world.Wait(2);
        Assert.Equal("app", Listed("app").Object("metadata").Text("name"));
        Assert.Equal(404, _world.Pause().Status);
    }

    [Fact]
    public void An_object_deleted_between_list_and_write_is_not_found_or_still_going()
    {
        _world.Cluster.Faults.Add(new ApiFault { Kind = ApiFaultKind.DeletedBefore, Left = 2, When = r => r.Writes });
        Assert.Single(_world.Hpas);
        Assert.Equal(404, _world.Call("DELETE", $"{_world.HpasPath}/{World.KedaHpa}", $$$"""{"preconditions":{"uid":"{{{_world.Target.Hpas[0].Uid}}}"} }""").Status);

        // A ScaledObject has KEDA's finalizer: it is written while it goes.
        Assert.Equal(200, _world.Pause().Status);
        Assert.True(_world.Target.Deleting);
        _world.Wait(2);
        Assert.Equal(404, _world.Pause().Status);
    }

    [Fact]
    public void One_deleted_and_made_again_in_between_has_another_uid_and_the_delete_is_a_conflict()
    {
        _world.Cluster.Faults.SetStaleList(TimeSpan.FromSeconds(10));
        var seen = _world.Get(_world.HpasPath).Array("items")!.Single(h => h.Object("metadata").Text("name") == World.KedaHpa).Object("metadata").Text("uid");
        _world.Call("DELETE", $"{_world.HpasPath}/{World.KedaHpa}");
        _world.Wait(1);
        Assert.Equal(409, _world.Call("DELETE", $"{_world.HpasPath}/{World.KedaHpa}", $$$"""{"preconditions":{"uid":"{{{seen}}}"} }""").Status);
    }

    private JsonNode Listed(string name) => _world.Get(List).Array("items")!.Single(i => i.Object("metadata").Text("name") == name)!;
}
