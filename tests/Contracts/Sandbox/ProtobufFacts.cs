using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>Bodies in protobuf that can't be read: what kubectl sends of the known kinds, KubectlTests has.</summary>
public sealed class ProtobufFacts
{
    private const string Type = "application/vnd.kubernetes.protobuf";
    private readonly World _world = new();

    [Theory]
    [InlineData($"/apis/keda.sh/v1alpha1/namespaces/{World.Ns}/scaledobjects", "k8s\0")]
    [InlineData($"/api/v1/namespaces/{World.Ns}/configmaps", "{}")]
    [InlineData($"/api/v1/namespaces/{World.Ns}/configmaps", "k8s\0")]
    [InlineData($"/api/v1/namespaces/{World.Ns}/configmaps", "k8s\0\u000a\u007f")]
    [InlineData($"/api/v1/namespaces/{World.Ns}/configmaps", "k8s\0\u000a\u0001\u0001\u0012\u0001\u0009")]
    public void Is_415_with_the_types_that_a_body_may_have(string path, string body)
    {
        var answer = _world.Call("POST", path, body, Type);

        Assert.Equal((415, "UnsupportedMediaType"), (answer.Status, answer.Document().Text("reason")));
        Assert.StartsWith("the body of the request was in an unknown format - accepted media types include: application/json, application/yaml", answer.Document().Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_patch_in_a_form_that_is_none_is_415_with_the_types_of_patches()
    {
        var answer = _world.Call("PATCH", _world.ScaledObjectPath, "{}");

        Assert.Equal(415, answer.Status);
        Assert.Contains("application/merge-patch+json", answer.Document().Text("message"), StringComparison.Ordinal);
    }
}
