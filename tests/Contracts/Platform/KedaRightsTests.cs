using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>
/// What KEDA's parts ask of the API server, held against the shipped roles. The calls are facts of KEDA 2.15 to 2.20: what its controllers watch,
/// what its own manifests and its chart grant. On a real cluster the job `platform` of ci.yml runs KEDA with these roles alone.
/// </summary>
public sealed class KedaRightsTests
{
    private const string Operator = "keda-operator";
    private const string MetricsServer = "keda-metrics-server";
    private const string Webhook = "keda-webhook";

    private static readonly Lazy<IReadOnlyList<YamlMappingNode>> s_documents = new(() => PlatformFiles.Yaml("base/keda/rbac.yaml"));

    [Theory]
    [InlineData("artemis-mesh")]
    [InlineData("sophia-mesh")]
    public void Where_it_scales_the_operator_may_do_all_that_it_does(string ns)
    {
        // Its caches: every kind that a controller of KEDA or a resolver of trigger settings watches.
        foreach (var (group, resource) in new[]
        {
            ("keda.sh", "scaledobjects"), ("keda.sh", "scaledjobs"), ("keda.sh", "triggerauthentications"), ("eventing.keda.sh", "cloudeventsources"), ("autoscaling", "horizontalpodautoscalers"),
            ("batch", "jobs"), ("apps", "deployments"), ("apps", "statefulsets"), ("", "secrets"), ("", "configmaps"), ("", "pods"), ("", "limitranges"), ("", "serviceaccounts"), ("", "services"),
        })
            May(Operator, ns, group, resource, "get", "list", "watch");
        foreach (var resource in new[] { "scaledobjects", "scaledobjects/status", "scaledobjects/finalizers", "scaledjobs/status", "triggerauthentications/status" })
            May(Operator, ns, "keda.sh", resource, "update", "patch");
        May(Operator, ns, "autoscaling", "horizontalpodautoscalers", "create", "update", "patch", "delete");
        May(Operator, ns, "batch", "jobs", "create", "delete");
        May(Operator, ns, "apps", "deployments/scale", "get", "update", "patch");
        May(Operator, ns, "apps", "statefulsets/scale", "get", "update", "patch");
        May(Operator, ns, "", "events", "create", "patch");
        May(Operator, ns, "events.k8s.io", "events", "create", "patch");
    }

    [Fact]
    public void It_leads_renews_its_certificate_and_hands_it_to_the_API_server()
    {
        May(Operator, "keda-system", "coordination.k8s.io", "leases", "get", "create", "update");
        May(Operator, "keda-system", "", "secrets", "list", "watch", "create");
        May(Operator, "keda-system", "", "secrets:kedaorg-certs", "get", "update");
        May(Operator, "", "admissionregistration.k8s.io", "validatingwebhookconfigurations", "list", "watch");
        May(Operator, "", "admissionregistration.k8s.io", "validatingwebhookconfigurations:keda-admission", "get", "update");
        May(Operator, "", "apiregistration.k8s.io", "apiservices", "list", "watch");
        May(Operator, "", "apiregistration.k8s.io", "apiservices:v1beta1.external.metrics.k8s.io", "get", "update");
        May(Operator, "", "keda.sh", "clustertriggerauthentications", "get", "list", "watch");
    }

    [Theory]
    [InlineData("keda-reactor", "", "secrets", "list")]
    [InlineData("shared-services", "", "secrets", "get")]
    [InlineData("", "", "secrets", "list")]
    [InlineData("", "", "pods", "list")]
    [InlineData("default", "apps", "deployments/scale", "update")]
    [InlineData("sophia-mesh", "apps", "deployments", "update")]
    [InlineData("sophia-mesh", "apps", "deployments", "delete")]
    [InlineData("sophia-mesh", "", "secrets", "update")]
    [InlineData("sophia-mesh", "", "pods", "create")]
    [InlineData("sophia-mesh", "", "serviceaccounts/token", "create")]
    [InlineData("sophia-mesh", "keda.sh", "scaledobjects", "create")]
    [InlineData("sophia-mesh", "keda.sh", "scaledobjects", "delete")]
    [InlineData("keda-system", "", "secrets:other", "get")]
    [InlineData("", "admissionregistration.k8s.io", "validatingwebhookconfigurations:other", "update")]
    [InlineData("", "apiregistration.k8s.io", "apiservices:v1.apps", "update")]
    public void The_operator_may_no_more(string ns, string group, string resource, string verb) => Assert.False(Can(Operator, ns, group, resource, verb));

    [Fact]
    public void The_webhook_sees_every_autoscaler_and_writes_none()
    {
        May(Webhook, "", "keda.sh", "scaledobjects", "list", "watch");
        May(Webhook, "", "autoscaling", "horizontalpodautoscalers", "list", "watch");
        May(Webhook, "", "apps", "deployments", "get", "list", "watch");
        May(Webhook, "", "apps", "statefulsets", "get", "list", "watch");
        May(Webhook, "", "", "limitranges", "list");
        Assert.False(Can(Webhook, "sophia-mesh", "autoscaling", "horizontalpodautoscalers", "delete"));
        Assert.False(Can(Webhook, "sophia-mesh", "", "secrets", "get"));
    }

    [Fact]
    public void The_metrics_server_may_ask_who_calls_and_the_HPA_controller_may_read_what_it_serves()
    {
        Assert.Contains(Bindings("ClusterRoleBinding", MetricsServer), b => b.Word("roleRef", "name") == "system:auth-delegator");
        Assert.Contains(Bindings("RoleBinding", MetricsServer), b => b.Namespace() == "kube-system" && b.Word("roleRef", "name") == "extension-apiserver-authentication-reader");
        May("horizontal-pod-autoscaler", "", "external.metrics.k8s.io", "any", "get", "list");
        Assert.False(Can(MetricsServer, "sophia-mesh", "", "secrets", "get"));
    }

    [Fact]
    public void No_rule_of_the_operators_has_a_star() =>
        Assert.All(
            s_documents.Value.Where(d => d.Kind() is "Role" or "ClusterRole" && d.Name() != "keda-external-metrics-reader").SelectMany(d => d.Each("rules")),
            rule => Assert.DoesNotContain("*", rule.Words("apiGroups").Concat(rule.Words("resources")).Concat(rule.Words("verbs"))));

    /// <summary>The chart makes the accounts; what it would grant itself is off, and it watches where there are rights.</summary>
    [Fact]
    public void The_charts_own_rights_are_off_and_it_watches_the_namespaces_that_are_bound()
    {
        var values = PlatformFiles.Yaml("base/keda/values/values.yaml").Single();
        var bound = Bindings("RoleBinding", Operator).Where(b => b.Word("roleRef", "kind") == "ClusterRole").Select(b => b.Namespace());

        Assert.Equal("false", values.Word("rbac", "create"));
        Assert.Equal(bound.Order(StringComparer.Ordinal), values.Word("watchNamespace")!.Split(',').Order(StringComparer.Ordinal));
    }

    private static void May(string account, string ns, string group, string resource, params string[] verbs) =>
        Assert.All(verbs, verb => Assert.True(Can(account, ns, group, resource, verb), $"{account} may not {verb} {resource}.{group} in '{ns}'"));

    /// <param name="resource">With ":name" for one object.</param>
    /// <param name="ns">Empty: in the whole cluster.</param>
    private static bool Can(string account, string ns, string group, string resource, string verb)
    {
        var (kind, name) = resource.Split(':') is [var k, var n] ? (k, n) : (resource, "");
        return Bindings("ClusterRoleBinding", account).Concat(Bindings("RoleBinding", account).Where(b => b.Namespace() == ns))
            .SelectMany(b => s_documents.Value.Where(d => d.Kind() == b.Word("roleRef", "kind") && d.Name() == b.Word("roleRef", "name") && (d.Namespace().Length == 0 || d.Namespace() == b.Namespace())))
            .SelectMany(role => role.Each("rules"))
            .Any(rule => rule.Words("apiGroups").Contains(group) && (rule.Words("resources").Contains(kind) || rule.Words("resources").Contains("*")) && rule.Words("verbs").Contains(verb)
                && (rule.At("resourceNames") is null || rule.Words("resourceNames").Contains(name)));
    }

    private static IEnumerable<YamlMappingNode> Bindings(string kind, string account) =>
        s_documents.Value.Where(d => d.Kind() == kind && d.Each("subjects").Any(s => s.Word("name") == account));
}
