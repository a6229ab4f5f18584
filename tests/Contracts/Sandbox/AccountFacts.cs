using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>Accounts, their tokens and what roles grant them.</summary>
public sealed class AccountFacts
{
    private const string Rbac = "/apis/rbac.authorization.k8s.io/v1";
    private const string Accounts = $"/api/v1/namespaces/{World.Ns}/serviceaccounts";
    private readonly World _world = new();

    [Fact]
    public void An_account_without_a_role_may_nothing_but_look_around()
    {
        var token = Account();

        Assert.Equal(200, As(token, "GET", "/version").Status);
        Assert.Equal(200, As(token, "GET", "/apis/apps/v1").Status);
        var refused = As(token, "GET", _world.ScaledObjectPath);
        Assert.Equal(403, refused.Status);
        Assert.Equal(
            "scaledobjects.keda.sh \"app\" is forbidden: User \"system:serviceaccount:sophia-mesh:ana\" cannot get resource \"scaledobjects\" in API group \"keda.sh\" in the namespace \"sophia-mesh\"",
            refused.Document().Text("message"));
    }

    [Fact]
    public void A_role_grants_in_its_namespace_and_a_cluster_role_where_it_is_bound()
    {
        var token = Account();
        Role("ClusterRole", "reads", """[{"apiGroups":["keda.sh"],"resources":["scaledobjects"],"verbs":["get","list"]}]""");
        Bind("RoleBinding", "reads", "ClusterRole");
        Assert.Equal(200, As(token, "GET", _world.ScaledObjectPath).Status);
        Assert.Equal(403, As(token, "GET", "/apis/keda.sh/v1alpha1/scaledobjects").Status);
        Assert.Equal(403, As(token, "GET", "/apis/keda.sh/v1alpha1/namespaces/artemis-mesh/scaledobjects").Status);

        Bind("ClusterRoleBinding", "reads", "ClusterRole");
        Assert.Equal(200, As(token, "GET", "/apis/keda.sh/v1alpha1/scaledobjects").Status);
        Assert.Equal(403, As(token, "PATCH", _world.ScaledObjectPath, "{}", "application/merge-patch+json").Status);
    }

    [Fact]
    public void Names_and_subresources_count()
    {
        var token = Account();
        Role("Role", "some", """[{"apiGroups":["apps"],"resources":["deployments/scale"],"verbs":["patch"]},{"apiGroups":["coordination.k8s.io"],"resources":["leases"],"resourceNames":["operator.keda.sh"],"verbs":["list"]}]""");
        Bind("RoleBinding", "some", "Role");

        Assert.Equal(200, As(token, "PATCH", $"/apis/apps/v1/namespaces/{World.Ns}/deployments/app/scale", """{"spec":{"replicas":3}}""", "application/merge-patch+json").Status);
        Assert.Equal(403, As(token, "PATCH", $"/apis/apps/v1/namespaces/{World.Ns}/deployments/app", "{}", "application/merge-patch+json").Status);
        var leases = $"/apis/coordination.k8s.io/v1/namespaces/{World.Ns}/leases";
        Assert.Equal(200, As(token, "GET", leases + "?fieldSelector=metadata.name%3Doperator.keda.sh").Status);
        Assert.Equal(403, As(token, "GET", leases).Status);
    }

    [Fact]
    public void An_apply_that_makes_something_needs_create_beside_patch()
    {
        var token = Account();
        Role("Role", "patches", """[{"apiGroups":["autoscaling"],"resources":["horizontalpodautoscalers"],"verbs":["patch"]}]""");
        Bind("RoleBinding", "patches", "Role");
        const string Hpa = """{"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"mine"},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"app"},"maxReplicas":4}}""";
        var path = $"{_world.HpasPath}/mine?fieldManager=me";

        Assert.Contains("cannot create", As(token, "PATCH", path, Hpa, "application/apply-patch+yaml").Document().Text("message"), StringComparison.Ordinal);
        Assert.Equal(201, _world.Call("PATCH", path, Hpa, "application/apply-patch+yaml").Status);
        Assert.Equal(200, As(token, "PATCH", path, Hpa, "application/apply-patch+yaml").Status);
    }

    [Fact]
    public void May_I_is_answered_as_the_request_would_be()
    {
        var token = Account();
        Role("Role", "reads", """[{"apiGroups":["keda.sh"],"resources":["scaledobjects"],"verbs":["get"]}]""");
        Bind("RoleBinding", "reads", "Role");

        Assert.True(MayI(token, "get"));
        Assert.False(MayI(token, "patch"));
        Assert.True(MayI("", "patch"));
    }

    [Fact]
    public void A_token_ends_with_its_time_and_with_its_account()
    {
        var token = Account();
        Assert.Equal(200, As(token, "GET", "/version").Status);
        _world.Wait(3601);
        Assert.Equal(401, As(token, "GET", "/version").Status);

        var another = Token();
        _world.Call("DELETE", Accounts + "/ana");
        Assert.Equal(401, As(another, "GET", "/version").Status);
    }

    private bool MayI(string token, string verb) => As(token, "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", $$$"""
        {"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":{"namespace":"{{{World.Ns}}}","group":"keda.sh","resource":"scaledobjects","verb":"{{{verb}}}"} } }
        """).Document().Object("status").IsTrue("allowed");

    private string Account()
    {
        Assert.Equal(201, _world.Call("POST", Accounts, """{"metadata":{"name":"ana"}}""").Status);
        return Token();
    }

    private string Token()
    {
        var made = _world.Call("POST", Accounts + "/ana/token", """{"spec":{}}""");
        Assert.Equal(201, made.Status);
        return made.Document().Object("status").Text("token")!;
    }

    private void Role(string kind, string name, string rules) => Assert.Equal(201, _world.Call(
        "POST", kind == "Role" ? $"{Rbac}/namespaces/{World.Ns}/roles" : $"{Rbac}/clusterroles", $$$"""{"metadata":{"name":"{{{name}}}"},"rules":{{{rules}}} }""").Status);

    private void Bind(string kind, string role, string roleKind) => Assert.Equal(201, _world.Call(
        "POST", kind == "RoleBinding" ? $"{Rbac}/namespaces/{World.Ns}/rolebindings" : $"{Rbac}/clusterrolebindings",
        $$$"""{"metadata":{"name":"{{{role}}}"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"{{{roleKind}}}","name":"{{{role}}}"},"subjects":[{"kind":"ServiceAccount","name":"ana","namespace":"{{{World.Ns}}}"}]}""").Status);

    private ApiResponse As(string token, string method, string path, string? body = null, string type = "application/json") =>
        _world.Api.Handle(ApiRequest.From(method, path, body, type) with { UserAgent = "tests/1", Token = token });
}
