using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox.Admission;

/// <summary>ValidatingAdmissionPolicies as objects, and what they do to writes. Their words are those of kube-apiserver's source.</summary>
public sealed class PolicyFacts
{
    private const string Policies = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
    private const string Bindings = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings";
    private readonly World _world = new();

    [Fact]
    public void A_policy_does_nothing_until_it_is_bound()
    {
        Policy("false");
        Assert.Equal(200, _world.Annotate("a", "b").Status);

        Bind();
        Assert.Equal(422, _world.Annotate("a", "c").Status);

        Assert.Equal(200, _world.Call("DELETE", Bindings + "/p").Status);
        Assert.Equal(200, _world.Annotate("a", "c").Status);
    }

    [Fact]
    public void A_denial_is_forbidden_in_words_and_invalid_in_code()
    {
        Policy("object.spec == oldObject.spec", """ ,"message":"not the spec" """);
        Bind();

        var refused = _world.Merge(_world.ScaledObjectPath, """{"spec":{"maxReplicaCount":11}}""");

        const string Said = "ValidatingAdmissionPolicy 'p' with binding 'p' denied request: not the spec";
        var status = refused.Document();
        Assert.Equal((422, "Invalid", $"scaledobjects.keda.sh \"app\" is forbidden: {Said}"), (refused.Status, status.Text("reason"), status.Text("message")));
        Assert.Equal(("app", "keda.sh", "scaledobjects"), (status.Object("details").Text("name"), status.Object("details").Text("group"), status.Object("details").Text("kind")));
        Assert.Equal(Said, Assert.Single(status.Object("details").Array("causes")!).Text("message"));
        Assert.Equal(10, _world.ScaledObject().Object("spec").Whole("maxReplicaCount"));
    }

    [Theory]
    [InlineData("", "failed expression: request.operation == 'X'")]
    [InlineData(""" ,"messageExpression":"request.name" """, "app")]
    [InlineData(""" ,"messageExpression":"request.nothing","message":"plain" """, "plain")]
    public void Its_message_is_the_worked_out_one_the_plain_one_or_the_expression(string more, string said)
    {
        Policy(" request.operation == 'X' ", more);
        Bind();

        Assert.EndsWith($"denied request: {said}", _world.Annotate("a", "b").Document().Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_reason_decides_the_code()
    {
        Policy("false", """ ,"reason":"Forbidden" """);
        Bind();

        Assert.Equal(403, _world.Annotate("a", "b").Status);
    }

    [Theory]
    [InlineData("object.nothing == 1", "no such key: nothing")]
    [InlineData("1 < 2", "the operator < is not among what the sandbox evaluates")]
    public void An_expression_without_a_value_denies_unless_failures_are_ignored(string expression, string why)
    {
        Policy(expression);
        Bind();
        Assert.EndsWith($"denied request: expression '{expression}' resulted in error: {why}", _world.Annotate("a", "b").Document().Text("message"), StringComparison.Ordinal);

        Assert.Equal(200, _world.Merge(Policies + "/p", """{"spec":{"failurePolicy":"Ignore"}}""").Status);
        Assert.Equal(200, _world.Annotate("a", "b").Status);
    }

    [Fact]
    public void Conditions_and_variables_see_who_asks_for_what()
    {
        Policy("variables.mine", conditions: """{"name":"who","expression":"request.userInfo.username == 'kubernetes-admin' && !has(request.subResource)"}""",
            variables: """{"name":"name","expression":"oldObject.metadata.name"},{"name":"mine","expression":"variables.name != 'app'"}""");
        Bind();

        Assert.Equal(422, _world.Annotate("a", "b").Status);
        Assert.Equal(200, _world.Merge(_world.ScaledObjectPath + "/status", """{"status":{"x":"y"}}""").Status);
    }

    [Fact]
    public void A_variable_that_needs_itself_is_an_error()
    {
        Policy("variables.a", variables: """{"name":"a","expression":"variables.a"}""");
        Bind();

        Assert.Contains("no such key: a", _world.Annotate("a", "b").Document().Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public void Creating_applying_replacing_deleting_and_scaling_are_all_asked()
    {
        Policy("false", rules: """{"apiGroups":["*"],"apiVersions":["*"],"operations":["*"],"resources":["*/*"]}""",
            conditions: """{"name":"kinds","expression":"request.resource.resource in ['horizontalpodautoscalers', 'deployments']"}""");
        Assert.Equal(201, _world.Fallback(3).Status);
        Bind();

        Assert.Equal(422, _world.Fallback(4).Status);
        Assert.Equal(422, _world.Fallback(3, name: "another").Status);
        Assert.Equal(422, _world.Call("PUT", $"{_world.HpasPath}/app-fallback", Json.Line(_world.Hpa("app-fallback"))).Status);
        Assert.Equal(422, _world.Call("DELETE", $"{_world.HpasPath}/app-fallback").Status);
        Assert.Equal(422, _world.Call("DELETE", _world.HpasPath).Status);
        Assert.Equal(422, _world.Merge($"/apis/apps/v1/namespaces/{World.Ns}/deployments/app/scale", """{"spec":{"replicas":7}}""").Status);
        Assert.Contains("app-fallback", _world.Hpas);
        Assert.NotEqual(7, _world.Replicas);
    }

    [Theory]
    [InlineData("deployments", false)]
    [InlineData("deployments/scale", true)]
    [InlineData("*/scale", true)]
    [InlineData("deployments/*", true)]
    [InlineData("*", false)]
    [InlineData("statefulsets/scale", false)]
    public void A_subresource_is_only_taken_in_by_its_name(string resources, bool takes)
    {
        Policy("false", rules: $$"""{"apiGroups":["apps"],"apiVersions":["v1"],"operations":["UPDATE"],"resources":["{{resources}}"]}""");
        Bind();

        Assert.Equal(takes ? 422 : 200, _world.Merge($"/apis/apps/v1/namespaces/{World.Ns}/deployments/app/scale", """{"spec":{"replicas":7}}""").Status);
    }

    [Fact]
    public void What_is_no_CEL_is_refused_when_the_policy_is_written()
    {
        var refused = _world.Call("POST", Policies, Document("true &&"));

        Assert.Equal(422, refused.Status);
        Assert.Contains("spec.validations[0].expression: Invalid value: \"true &&\": compilation failed", refused.Document().Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_sandboxs_own_controllers_are_not_asked()
    {
        Policy("false", rules: """{"apiGroups":["*"],"apiVersions":["*"],"operations":["*"],"resources":["*/*"]}""");
        Bind();

        _world.Cluster.Faults.SetDemand(World.Ns, World.App, 8);
        _world.Wait(120);

        Assert.Equal(8, _world.Replicas);
    }

    private static string Document(
        string expression, string more = "", string rules = """{"apiGroups":["keda.sh"],"apiVersions":["*"],"operations":["CREATE","UPDATE"],"resources":["scaledobjects"]}""",
        string conditions = "", string variables = "") =>
        $$$"""
        {"metadata":{"name":"p"},"spec":{"failurePolicy":"Fail","matchConstraints":{"resourceRules":[{{{rules}}}]},"matchConditions":[{{{conditions}}}],"variables":[{{{variables}}}],
         "validations":[{"expression":{{{JsonValue.Create(expression).ToJsonString()}}}{{{more}}} }]}}
        """;

    private void Policy(string expression, string more = "", string? rules = null, string conditions = "", string variables = "") => Assert.Equal(201, _world.Call(
        "POST", Policies, rules is null ? Document(expression, more, conditions: conditions, variables: variables) : Document(expression, more, rules, conditions, variables)).Status);

    private void Bind() => Assert.Equal(201, _world.Call("POST", Bindings, """{"metadata":{"name":"p"},"spec":{"policyName":"p","validationActions":["Deny"]}}""").Status);
}
