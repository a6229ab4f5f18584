using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("1", "1")]
    [InlineData("0.5", "500m")]
    [InlineData("0", "0")]
    [InlineData("134217728", "134217728")]
    [InlineData("1000", "1k")]
    [InlineData("\"250m\"", "250m")]
    [InlineData("\"1000m\"", "1")]
    [InlineData("\"0.25\"", "250m")]
    [InlineData("\"1024Mi\"", "1Gi")]
    [InlineData("\"1.5Gi\"", "1536Mi")]
    [InlineData("\"0.5Ki\"", "512")]
    [InlineData("\"1e3\"", "1e3")]
    [InlineData("\"12e6\"", "12e6")]
    [InlineData("\"128000000\"", "128M")]
    [InlineData("\"1E\"", "1E")]
    [InlineData("\"1Ei\"", "1Ei")]
    [InlineData("\"0.1n\"", "1n")]
    [InlineData("\".5\"", "500m")]
    [InlineData("\"+2\"", "2")]
    public void A_quantity_is_read_back_in_its_canonical_form(string sent, string shown)
    {
        var world = new World();
        var path = $"/apis/apps/v1/namespaces/{World.Ns}/deployments";
        var body = $$"""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"odd"},"spec":{"selector":{"matchLabels":{"a":"b"} },"template":{"metadata":{"labels":{"a":"b"} },"spec":{"containers":[{"name":"app","image":"i","resources":{"requests":{"cpu":{{sent}} } } }]} } } }""";

        Assert.Equal(201, world.Call("POST", path, body).Status);
        Assert.Equal(shown, Cpu(world.Get(path + "/odd")));

        world.Merge(path + "/odd", """{"spec":{"template":{"spec":{"containers":[{"name":"app","image":"i","resources":{"requests":{"cpu":2}}}]}}}}""");
        Assert.Equal("2", Cpu(world.Get(path + "/odd")));

        Assert.Equal(200, world.Call("PATCH", $"{path}/odd?fieldManager=me&force=true", body, "application/apply-patch+yaml").Status);
        Assert.Equal(shown, Cpu(world.Get(path + "/odd")));
    }

    /// <summary>Not only of containers: wherever a kind has one.</summary>
    [Fact]
    public void So_is_one_in_a_quota_and_in_an_HPA()
    {
        var world = new World();
        var quota = world.Call("POST", $"/api/v1/namespaces/{World.Ns}/resourcequotas", """{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},"spec":{"hard":{"requests.cpu":0.5,"pods":5000}}}""");
        Assert.Equal("""{"requests.cpu":"500m","pods":"5k"}""", Json.Line(quota.Document().Object("spec").Object("hard")));

        var hpa = world.Call("POST", world.HpasPath, """
            {"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"h"},"spec":{"scaleTargetRef":{"kind":"Deployment","name":"x"},"maxReplicas":2,
             "metrics":[{"type":"External","external":{"metric":{"name":"m"},"target":{"type":"AverageValue","averageValue":0.5}}}]}}
            """);
        Assert.Equal("500m", hpa.Document().Object("spec").Array("metrics")![0].Object("external").Object("target").Text("averageValue"));
    }

    private static string? Cpu(JsonObject deployment) =>
        deployment["spec"]!["template"]!["spec"]!["containers"]![0]!["resources"]!["requests"].Text("cpu");
}
