using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("1", "1")]
    [InlineData("0.5", "500m")]
    [InlineData("\"250m\"", "250m")]
    [InlineData("134217728", "134217728")]
    public void A_quantity_that_is_sent_as_a_number_is_kept_and_shown_as_text(string sent, string shown)
    {
        var world = new World();
        var path = $"/apis/apps/v1/namespaces/{World.Ns}/deployments";
        var body = $$"""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"odd"},"spec":{"selector":{"matchLabels":{"a":"b"} },"template":{"metadata":{"labels":{"a":"b"} },"spec":{"containers":[{"name":"app","image":"i","resources":{"requests":{"cpu":{{sent}} } } }]} } } }""";

        Assert.Equal(201, world.Call("POST", path, body).Status);
        Assert.Equal(shown, Cpu(world.Get(path + "/odd")));

        world.Merge(path + "/odd", """{"spec":{"template":{"spec":{"containers":[{"name":"app","image":"i","resources":{"requests":{"cpu":2}}}]}}}}""");
        Assert.Equal("2", Cpu(world.Get(path + "/odd")));
    }

    private static string? Cpu(JsonObject deployment) =>
        deployment["spec"]!["template"]!["spec"]!["containers"]![0]!["resources"]!["requests"].Text("cpu");
}
