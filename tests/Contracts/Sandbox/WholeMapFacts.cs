using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>Fields that have one owner as a whole (atomic maps and lists), and what the server fills into them.</summary>
public sealed class WholeMapFacts
{
    private const string Policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
    private const string Written = """, "matchPolicy":"Equivalent", "namespaceSelector":{}, "objectSelector":{}""";
    private readonly World _world = new();

    /// <summary>Measured: kubectl apply, then kubectl apply --server-side of the same folder.</summary>
    [Theory]
    [InlineData("", "", 409)]
    [InlineData(Written, "", 409)]
    [InlineData("", ""","scope":"*" """, 409)]
    [InlineData(Written, ""","scope":"*" """, 200)]
    public void What_the_server_filled_into_matchConstraints_conflicts_with_whoever_does_not_write_it_out(string written, string scope, int status)
    {
        var policy = $$$"""{"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingAdmissionPolicy","metadata":{"name":"p"},"spec":{"matchConstraints":{"resourceRules":[{"apiGroups":[""],"apiVersions":["v1"],"operations":["CREATE"],"resources":["pods"]{{{scope}}} }]{{{written}}} },"validations":[{"expression":"true"}]} }""";
        var made = _world.Call("POST", Policies + "?fieldManager=kubectl-client-side-apply", policy);
        Assert.Equal(201, made.Status);
        var constraints = made.Document().Object("spec").Object("matchConstraints");
        Assert.Equal("Equivalent", constraints.Text("matchPolicy"));
        Assert.Equal(("{}", "{}", "*"), (Json.Line(constraints.Object("namespaceSelector")), Json.Line(constraints.Object("objectSelector")), constraints.Array("resourceRules")![0].Text("scope")));

        var applied = _world.Call("PATCH", $"{Policies}/p?fieldManager=kubectl", policy, "application/apply-patch+yaml");

        Assert.Equal(status, applied.Status);
        if (status == 409)
            Assert.Equal("Apply failed with 1 conflict: conflict with \"kubectl-client-side-apply\" using admissionregistration.k8s.io/v1: .spec.matchConstraints", applied.Document().Text("message"));
    }

    /// <summary>The same of a list: what KEDA's neighbours' definitions fill in.</summary>
    [Theory]
    [InlineData("", 409)]
    [InlineData(""","conversionStrategy":"Default","decodingStrategy":"None","metadataPolicy":"None" """, 200)]
    public void So_does_what_a_definition_fills_into_a_list(string written, int status)
    {
        var world = new World(options: new SandboxOptions().WithPlatform());
        var secret = $$$"""{"apiVersion":"external-secrets.io/v1","kind":"ExternalSecret","metadata":{"name":"e"},"spec":{"data":[{"secretKey":"a","remoteRef":{"key":"k"{{{written}}} } }]} }""";
        Assert.Equal(201, world.Call("POST", $"/apis/external-secrets.io/v1/namespaces/{World.Ns}/externalsecrets?fieldManager=kubectl-client-side-apply", secret).Status);

        Assert.Equal(status, world.Call("PATCH", $"/apis/external-secrets.io/v1/namespaces/{World.Ns}/externalsecrets/e?fieldManager=kubectl", secret, "application/apply-patch+yaml").Status);
    }

    /// <summary>Nothing of the old value is left beside the new one.</summary>
    [Fact]
    public void An_applied_whole_map_replaces_what_was_there()
    {
        const string Budget = """{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"b"},"spec":{"minAvailable":1,"selector":{"matchLabels":LABELS} } }""";
        const string Path = $"/apis/policy/v1/namespaces/{World.Ns}/poddisruptionbudgets/b?fieldManager=me";
        _world.Call("PATCH", Path, Budget.Replace("LABELS", """{"a":"1","b":"2"}"""), "application/apply-patch+yaml");

        var now = _world.Call("PATCH", Path, Budget.Replace("LABELS", """{"c":"3"}"""), "application/apply-patch+yaml").Document();

        Assert.Equal("""{"matchLabels":{"c":"3"}}""", Json.Line(now.Object("spec").Object("selector")));
        Assert.Contains("\"f:selector\":{}", Json.Line(now.Object("metadata").Array("managedFields")), StringComparison.Ordinal);
    }
}
