using Sophia.Keda.Reactor.Integration.Tests.Homes;
using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Integration.Tests.Scripts;

/// <summary>The audit policy, read as kube-apiserver reads it: the first rule that fits says how much is recorded.</summary>
public sealed class AuditPolicyTests
{
    private const string Reactor = "system:serviceaccount:keda-reactor:sophia-keda-reactor";

    private static readonly YamlMappingNode Policy = Shipped.Yaml("infra/keda/base/audit-policy.yaml").Single();

    [Theory]
    [InlineData(Reactor, "patch", "keda.sh", "scaledobjects", "RequestResponse")]
    [InlineData(Reactor, "delete", "autoscaling", "horizontalpodautoscalers", "RequestResponse")]
    [InlineData(Reactor, "patch", "apps", "deployments/scale", "RequestResponse")]
    [InlineData(Reactor, "list", "autoscaling", "horizontalpodautoscalers", "Metadata")]
    [InlineData("ana", "patch", "keda.sh", "scaledobjects", "RequestResponse")]
    [InlineData("ana", "create", "autoscaling", "horizontalpodautoscalers", "RequestResponse")]
    [InlineData("ana", "patch", "apps", "deployments/scale", "RequestResponse")]
    [InlineData("ana", "get", "keda.sh", "scaledobjects", "None")]
    [InlineData("ana", "update", "rbac.authorization.k8s.io", "roles", "Request")]
    [InlineData("ana", "update", "", "secrets", "Metadata")]
    [InlineData(Reactor, "get", "", "secrets", "Metadata")]
    [InlineData("system:serviceaccount:keda-system:keda-operator", "patch", "keda.sh", "scaledobjects/status", "None")]
    [InlineData("system:serviceaccount:keda-system:keda-operator", "create", "autoscaling", "horizontalpodautoscalers", "RequestResponse")]
    [InlineData("system:serviceaccount:kube-system:horizontal-pod-autoscaler", "update", "autoscaling", "horizontalpodautoscalers/status", "None")]
    public void It_records_who_moved_what_and_no_more(string user, string verb, string group, string resource, string level) =>
        Assert.Equal(level, Level(user, verb, group, resource, "sophia-mesh"));

    [Fact]
    public void It_is_a_policy_of_the_control_plane_and_no_object_to_apply()
    {
        Assert.Equal(("audit.k8s.io/v1", "Policy"), (Policy.Word("apiVersion"), Policy.Word("kind")));
        string[] levels = ["None", "Metadata", "Request", "RequestResponse"];
        Assert.All(Policy.Each("rules"), rule => Assert.Contains(rule.Word("level"), levels));
        Assert.DoesNotContain(
            Directory.GetFiles(Shipped.PathOf("infra/keda"), "kustomization.yaml", SearchOption.AllDirectories),
            file => File.ReadAllText(file).Contains("audit-policy", StringComparison.Ordinal));
    }

    [Fact]
    public void The_account_that_it_names_is_the_one_that_the_reactor_has()
    {
        var account = Shipped.Yaml("infra/keda/base/reactor/rbac.yaml").Single(document => document.Word("kind") == "ServiceAccount");

        Assert.Equal(Reactor, $"system:serviceaccount:{account.Word("metadata", "namespace")}:{account.Word("metadata", "name")}");
    }

    private static string Level(string user, string verb, string group, string resource, string ns) => Policy.Each("rules").First(rule =>
        Fits(rule.Words("users"), user) && Fits(rule.Words("verbs"), verb) && Fits(rule.Words("namespaces"), ns)
        && (rule.Each("resources") is not { Count: > 0 } listed || listed.Any(one => one.Word("group") == group && Fits(one.Words("resources"), resource)))).Word("level")!;

    /// <summary>Nothing said means all.</summary>
    private static bool Fits(IReadOnlyList<string> said, string value) => said.Count == 0 || said.Contains(value);
}
