using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>Rescales as somebody sees them who looks now and then, or watches.</summary>
public sealed class RescaleFacts
{
    private readonly World _world = new(demand: 2);

    public RescaleFacts()
    {
        _world.Cluster.Faults.SetOscillating(World.Ns, World.App, oscillating: true);
        _world.Wait(60);
    }

    [Fact]
    public void Probes_30_s_apart_see_two_rescales_each_as_growth_of_counts()
    {
        for (var probe = 0; probe < 6; probe++)
        {
            var before = _world.Rescales();
            _world.Wait(30);
            Assert.Equal(2, _world.Rescales() - before);
        }
    }

    [Fact]
    public void A_repeat_reaches_a_watch_as_modified_with_a_greater_count()
    {
        var path = $"/api/v1/namespaces/{World.Ns}/events";
        var version = _world.Get(path).Object("metadata").Text("resourceVersion");
        var watch = _world.Call("GET", $"{path}?watch=true&resourceVersion={version}&fieldSelector=reason=SuccessfulRescale,involvedObject.name={World.KedaHpa}").Watch!;
        _world.Wait(31);
        var seen = System.Text.Encoding.UTF8.GetString(watch.Take()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!).ToList();
        Assert.NotEmpty(seen);
        Assert.All(seen, e =>
        {
            Assert.Equal("MODIFIED", e.Text("type"));
            Assert.True(e.Object("object").Whole("count") > 1);
            Assert.NotEqual(e.Object("object").Text("firstTimestamp"), e.Object("object").Text("lastTimestamp"));
        });
    }
}
