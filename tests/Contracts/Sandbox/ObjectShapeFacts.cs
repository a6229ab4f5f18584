using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>Objects that no API server takes: the code, and the path of the field that is wrong.</summary>
public sealed class ObjectShapeFacts
{
    private const string Apps = $"/apis/apps/v1/namespaces/{World.Ns}";
    private const string Keda = $"/apis/keda.sh/v1alpha1/namespaces/{World.Ns}";
    private const string Apply = "application/apply-patch+yaml";
    private readonly World _world = new();

    [Theory]
    [InlineData("replicas", "-1", "spec.replicas", "must be greater than or equal to 0")]
    [InlineData("selector", null, "spec.selector", "Required value")]
    [InlineData("selector", """{"matchLabels":{"app":"other"}}""", "spec.template.metadata.labels", "`selector` does not match template `labels`")]
    [InlineData("strategy", """{"type":"Rolling"}""", "spec.strategy.type", """Unsupported value: "Rolling": supported values: "Recreate", "RollingUpdate"  """)]
    [InlineData("template", """{"metadata":{"labels":{"app":"x"}},"spec":{"containers":[]}}""", "spec.template.spec.containers", "Required value")]
    [InlineData("template", """{"metadata":{"labels":{"app":"x"}},"spec":{"containers":[{"name":"app"}]}}""", "spec.template.spec.containers[0].image", "Required value")]
    [InlineData("template", """{"metadata":{"labels":{"app":"x"}},"spec":{"containers":[{"image":"i"}]}}""", "spec.template.spec.containers[0].name", "Required value")]
    [InlineData("template", """{"metadata":{"labels":{"app":"x"}},"spec":{"containers":[{"name":"a","image":"i"},{"name":"a","image":"i"}]}}""", "spec.template.spec.containers[1].name", "Duplicate value")]
    [InlineData("template", """{"metadata":{"labels":{"app":"x"}},"spec":{"containers":[{"name":"a","image":"i","ports":[{"containerPort":70000}]}]}}""", "spec.template.spec.containers[0].ports[0].containerPort", "less than or equal to 65535")]
    [InlineData("template", """{"metadata":{"labels":{"app":"x"}},"spec":{"containers":[{"name":"a","image":"i","imagePullPolicy":"Sometimes"}]}}""", "spec.template.spec.containers[0].imagePullPolicy", "Unsupported value")]
    [InlineData("template", """{"metadata":{"labels":{"app":"x"}},"spec":{"containers":[{"name":"a","image":"i","volumeMounts":[{"name":"v","mountPath":"/v"}]}]}}""", "spec.template.spec.containers[0].volumeMounts[0].name", "Not found")]
    [InlineData("template", """{"metadata":{"labels":{"app":"x"}},"spec":{"containers":[{"name":"a","image":"i","resources":{"requests":{"cpu":"2"},"limits":{"cpu":"500m"}}}]}}""", "spec.template.spec.containers[0].resources.requests", "must be less than or equal to cpu limit of 500m")]
    [InlineData("template", """{"metadata":{"labels":{"app":"x"}},"spec":{"restartPolicy":"Never","containers":[{"name":"a","image":"i"}]}}""", "spec.template.spec.restartPolicy", "Unsupported value")]
    public void A_workload_that_does_not_fit_together_is_422_with_the_path(string field, string? value, string path, string words)
    {
        foreach (var kind in new[] { "Deployment", "StatefulSet" })
        {
            if (kind == "StatefulSet" && field == "strategy")
                continue;
            Invalid(_world.Call("POST", $"{Apps}/{kind.ToLowerInvariant()}s", Workload(kind, field, value)), path, words.Trim());
        }
    }

    [Theory]
    [InlineData("replicas", "\"three\"", "spec.replicas of type int32")]
    [InlineData("replicas", "1.5", "spec.replicas of type int32")]
    [InlineData("paused", "\"yes\"", "spec.paused of type bool")]
    [InlineData("template", """{"spec":{"containers":[{"name":"a","image":5}]}}""", "spec.template.spec.containers.image of type string")]
    [InlineData("template", """{"spec":{"containers":{"name":"a"}}}""", "spec.template.spec.containers of type []v1.Container")]
    [InlineData("template", """{"spec":{"containers":[{"name":"a","image":"i","resources":{"requests":{"cpu":"lots"}}}]}}""", "quantities must match the regular expression")]
    public void A_value_of_another_type_in_a_built_in_kind_is_400_in_the_decoders_words(string field, string value, string words)
    {
        var answer = _world.Call("POST", $"{Apps}/deployments", Workload("Deployment", field, value));

        Assert.Equal(400, answer.Status);
        Assert.StartsWith("Deployment in version \"v1\" cannot be handled as a Deployment: ", answer.Document().Text("message"), StringComparison.Ordinal);
        Assert.Contains(words, answer.Document().Text("message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"scaleTargetRef":{"kind":"Deployment","name":"x"},"minReplicas":3,"maxReplicas":2}""", "spec.maxReplicas", "greater than or equal to `minReplicas`")]
    [InlineData("""{"scaleTargetRef":{"name":"x"},"maxReplicas":2}""", "spec.scaleTargetRef.kind", "Required value")]
    [InlineData("""{"scaleTargetRef":{"kind":"Deployment","name":"x"},"maxReplicas":2,"metrics":[{"type":"Cpu"}]}""", "spec.metrics[0].type", "Unsupported value")]
    [InlineData("""{"scaleTargetRef":{"kind":"Deployment","name":"x"},"maxReplicas":2,"metrics":[{"type":"Resource"}]}""", "spec.metrics[0].resource", "must populate information for the given metric source")]
    [InlineData("""{"scaleTargetRef":{"kind":"Deployment","name":"x"},"maxReplicas":2,"metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization"}}}]}""", "spec.metrics[0].resource.target.averageUtilization", "must set either a target raw value or a target utilization")]
    [InlineData("""{"scaleTargetRef":{"kind":"Deployment","name":"x"},"maxReplicas":2,"metrics":[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Percent","averageUtilization":60}}}]}""", "spec.metrics[0].resource.target.type", "Unsupported value")]
    [InlineData("""{"scaleTargetRef":{"kind":"Deployment","name":"x"},"maxReplicas":2,"behavior":{"scaleDown":{"stabilizationWindowSeconds":3601}}}""", "spec.behavior.scaleDown.stabilizationWindowSeconds", "less than or equal to 3600")]
    [InlineData("""{"scaleTargetRef":{"kind":"Deployment","name":"x"},"maxReplicas":2,"behavior":{"scaleUp":{"policies":[{"type":"Pods","value":1,"periodSeconds":1801}]}}}""", "spec.behavior.scaleUp.policies[0].periodSeconds", "less than or equal to 1800")]
    public void An_HPA_that_does_not_fit_together_is_422_with_the_path(string spec, string path, string words) =>
        Invalid(_world.Call("POST", _world.HpasPath, $$$"""{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"h"},"spec":{{{spec}}} }"""), path, words);

    [Theory]
    [InlineData("""{"triggers":[{"type":"redis","metadata":{}}]}""", "spec.scaleTargetRef", "Required value")]
    [InlineData("""{"scaleTargetRef":{"name":""},"triggers":[{"type":"redis","metadata":{}}]}""", "spec.scaleTargetRef.name", "should be at least 1 chars long")]
    [InlineData("""{"scaleTargetRef":{"name":"x"}}""", "spec.triggers", "Required value")]
    [InlineData("""{"scaleTargetRef":{"name":"x"},"triggers":[]}""", "spec.triggers", "should have at least 1 items")]
    [InlineData("""{"scaleTargetRef":{"name":"x"},"triggers":[{"type":"redis"}]}""", "spec.triggers[0].metadata", "Required value")]
    [InlineData("""{"scaleTargetRef":{"name":"x"},"triggers":[{"type":"redis","metadata":{"listLength":5}}]}""", "spec.triggers[0].metadata.listLength", "must be of type string: \"integer\"")]
    [InlineData("""{"scaleTargetRef":{"name":"x"},"triggers":[{"type":"redis","metadata":{"enableTLS":true}}]}""", "spec.triggers[0].metadata.enableTLS", "must be of type string: \"boolean\"")]
    [InlineData("""{"scaleTargetRef":{"name":"x"},"maxReplicaCount":"ten","triggers":[{"type":"redis","metadata":{}}]}""", "spec.maxReplicaCount", "must be of type integer: \"string\"")]
    [InlineData("""{"scaleTargetRef":{"name":"x"},"maxReplicaCount":null,"triggers":[{"type":"redis","metadata":{}}]}""", "spec.maxReplicaCount", "must be of type integer: \"null\"")]
    [InlineData("""{"scaleTargetRef":{"name":"x"},"maxReplicaCount":0,"triggers":[{"type":"redis","metadata":{}}]}""", "spec.maxReplicaCount", "should be greater than or equal to 1")]
    [InlineData("""{"scaleTargetRef":{"name":"x"},"minReplicaCount":5,"maxReplicaCount":2,"triggers":[{"type":"redis","metadata":{}}]}""", "spec", "minReplicaCount must be less than or equal to maxReplicaCount")]
    [InlineData("""{"scaleTargetRef":{"name":"x"},"minReplicaCount":101,"triggers":[{"type":"redis","metadata":{}}]}""", "spec", "minReplicaCount must be less than or equal to maxReplicaCount")]
    [InlineData("""{"scaleTargetRef":{"name":"x"},"fallback":{"failureThreshold":3,"replicas":2,"behavior":"guess"},"triggers":[{"type":"redis","metadata":{}}]}""", "spec.fallback.behavior", "Unsupported value: \"guess\"")]
    [InlineData("""{"scaleTargetRef":{"name":"x"},"fallback":{"replicas":2},"triggers":[{"type":"redis","metadata":{}}]}""", "spec.fallback.failureThreshold", "Required value")]
    [InlineData("""{"scaleTargetRef":{"name":"x"},"triggers":[{"type":"redis","metadata":{},"authenticationRef":{"name":"a","kind":"Secret"}}]}""", "spec.triggers[0].authenticationRef.kind", "Unsupported value: \"Secret\"")]
    public void A_ScaledObject_that_its_definition_does_not_know_is_422_with_the_path(string spec, string path, string words)
    {
        Invalid(_world.Call("POST", $"{Keda}/scaledobjects", $$"""{"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","metadata":{"name":"s"},"spec":{{spec}}}"""), path, words);
        Assert.Null(_world.Cluster.Store.Find(Resources.ScaledObjects, World.Ns, "s"));
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        var answer = _world.Merge(_world.ScaledObjectPath, """{"spec":{"pollingInterval":0,"maxReplicaCount":0}}""").Document();

        Assert.StartsWith("ScaledObject.keda.sh \"app\" is invalid: [spec.pollingInterval: Invalid value: 0: ", answer.Text("message"), StringComparison.Ordinal);
        Assert.Equal(["spec.pollingInterval", "spec.maxReplicaCount", "spec"], answer.Object("details").Array("causes")!.Select(c => c.Text("field")));
    }

    /// <summary>What the old release took is not refused by the new rules when it is played.</summary>
    [Fact]
    public void An_older_definition_has_types_and_no_bounds()
    {
        var old = new World(kedaVersion: "2.17.0", webhook: false);

        Assert.Equal(200, old.Merge(old.ScaledObjectPath, """{"spec":{"minReplicaCount":9,"maxReplicaCount":2}}""").Status);
        Invalid(old.Merge(old.ScaledObjectPath, """{"spec":{"minReplicaCount":"9"}}"""), "spec.minReplicaCount", "must be of type integer");
    }

    [Fact]
    public void A_selector_never_changes()
    {
        Assert.Equal(201, _world.Call("POST", $"{Apps}/deployments", Workload("Deployment", "replicas", "1")).Status);

        Invalid(_world.Merge($"{Apps}/deployments/w", """{"spec":{"selector":{"matchLabels":{"more":"x"}}}}"""), "spec.selector", "field is immutable");
    }

    [Fact]
    public void A_field_that_nobody_knows_is_dropped_with_a_warning_refused_or_dropped_in_silence_as_the_client_asks()
    {
        var body = Workload("Deployment", "replica", "3");
        var strict = _world.Call("POST", $"{Apps}/deployments?fieldValidation=Strict", body);
        Assert.Equal((400, "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: unknown field \"spec.replica\""), (strict.Status, strict.Document().Text("message")));

        var warned = _world.Call("POST", $"{Apps}/deployments", body);
        Assert.Equal(201, warned.Status);
        Assert.Contains(new("Warning", "299 - \"unknown field \\\"spec.replica\\\"\""), warned.Headers);
        Assert.False(warned.Document().Object("spec")!.ContainsKey("replica"));

        var silent = _world.Call("PATCH", _world.ScaledObjectPath + "?fieldValidation=Ignore", """{"spec":{"maxReplicas":3}}""", "application/merge-patch+json");
        Assert.Equal(200, silent.Status);
        Assert.DoesNotContain(silent.Headers, h => h.Value.Contains("unknown", StringComparison.Ordinal));
        Assert.False(silent.Document().Object("spec")!.ContainsKey("maxReplicas"));

        var patch = _world.Call("PATCH", _world.ScaledObjectPath + "?fieldValidation=Strict", """{"spec":{"maxReplicas":3}}""", "application/merge-patch+json");
        Assert.Equal(422, patch.Status);
        Assert.EndsWith(": strict decoding error: unknown field \"spec.maxReplicas\"", patch.Document().Text("message"), StringComparison.Ordinal);
    }

    /// <summary>kubernetes/kubernetes#139253: it is 500, without a reason.</summary>
    [Theory]
    [InlineData("spec: {replica: 3}", ".spec.replica: field not declared in schema")]
    [InlineData("spec: {replicas: three}", ".spec.replicas: expected numeric (int or float), got \"three\"")]
    [InlineData("spec: {template: {spec: {containers: [{name: a, imag: i}]}}}", ".spec.template.spec.containers[name=\"a\"].imag: field not declared in schema")]
    public void An_applied_configuration_of_another_shape_is_500_with_the_path(string spec, string words)
    {
        var answer = _world.Call("PATCH", $"{Apps}/deployments/w?fieldManager=me", $"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: w}}\n{spec}", Apply);

        Assert.Equal((500, $"failed to create typed patch object ({World.Ns}/w; apps/v1, Kind=Deployment): {words}"), (answer.Status, answer.Document().Text("message")));
    }

    [Fact]
    public void A_field_that_stands_there_twice_is_400()
    {
        var answer = _world.Merge(_world.ScaledObjectPath, """{"spec":{"maxReplicaCount":3,"maxReplicaCount":4}}""");

        Assert.Equal(400, answer.Status);
        Assert.Contains("maxReplicaCount", answer.Document().Text("message"), StringComparison.Ordinal);
    }

    private static string Workload(string kind, string field, string? value)
    {
        var spec = (JsonObject)JsonNode.Parse("""{"replicas":2,"selector":{"matchLabels":{"app":"x"}},"template":{"metadata":{"labels":{"app":"x"}},"spec":{"containers":[{"name":"app","image":"i"}]}}}""")!;
        if (value is null)
            spec.Remove(field);
        else
            spec[field] = JsonNode.Parse(value);
        return Json.Line(new JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = kind, ["metadata"] = Json.Of("name", "w"), ["spec"] = spec });
    }

    private static void Invalid(ApiResponse answer, string path, string words)
    {
        var said = answer.Document();
        Assert.True(answer.Status == 422, $"{answer.Status}: {said.Text("message")}");
        Assert.Equal("Invalid", said.Text("reason"));
        var cause = said.Object("details").Array("causes")!.FirstOrDefault(c => c.Text("field") == path && c.Text("message")!.Contains(words, StringComparison.Ordinal));
        Assert.True(cause is not null, $"not of {path}, {words}: {said.Text("message")}");
        Assert.Contains($"{path}: {cause.Text("message")}", said.Text("message"), StringComparison.Ordinal);
    }
}
