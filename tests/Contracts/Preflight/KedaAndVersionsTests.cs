using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Contracts.Tests.Cluster;
using Sophia.Keda.Reactor.Health;
using Sophia.Keda.Reactor.Preflight;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Contracts.Tests.Preflight;

/// <summary>What preflight says of KEDA and of the API versions.</summary>
public sealed class KedaAndVersionsTests
{
    private const string ReviewPath = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

    [Fact]
    public async Task A_cluster_without_KEDA_has_nothing_to_guard()
    {
        var api = Well().On("GET", "/apis/keda.sh/v1alpha1", 404, FakeApi.Status("the server could not find the requested resource")).OnList(FakeApi.Deployments);

        var report = await api.Client().PreflightAsync(CancellationToken.None);

        Assert.Contains(report.Findings, f => f is { Kind: FindingKind.Missing, Status: HealthStatus.Unhealthy } && f.Text.StartsWith("keda.sh/v1alpha1 is not served: KEDA is not installed", StringComparison.Ordinal));
        Assert.Contains(report.Findings, f => f is { Kind: FindingKind.Missing, Status: HealthStatus.Degraded } && f.Text.StartsWith("no Deployment of KEDA's operator was found", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"kind":"APIResourceList","resources":[{"name":"scaledjobs","kind":"ScaledJob"}]}""", HealthStatus.Unhealthy, "has no scaledobjects")]
    [InlineData("""{"kind":"APIResourceList","resources":[{"name":"scaledobjects","kind":"ScaledObject"}]}""", HealthStatus.Healthy, "has no scaledjobs")]
    public async Task A_CRD_that_is_not_there_is_named(string resources, HealthStatus status, string says)
    {
        var report = await Well().On("GET", "/apis/keda.sh/v1alpha1", 200, resources).Client().PreflightAsync(CancellationToken.None);

        var finding = Assert.Single(report.Findings);
        Assert.Equal(status, finding.Status);
        Assert.Contains(says, finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operator_without_a_lease_is_told_by_its_Deployment_only()
    {
        var report = await new PreflightRig(PreflightRig.All, new SandboxOptions { LeaderElection = false }).CheckAsync();

        var finding = Assert.Single(report.Findings);
        Assert.Equal((FindingKind.Missing, HealthStatus.Healthy), (finding.Kind, finding.Status));
        Assert.StartsWith("no lease operator.keda.sh in namespace keda-system (it is started without --leader-elect, or with --leader-elect=false): only the Deployment tells", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operator_that_elects_and_has_no_lease_is_told_apart()
    {
        var report = await Well(args: """["--leader-elect","--zap-log-level=info"]""").OnList(FakeApi.Leases).Client().PreflightAsync(CancellationToken.None);

        Assert.Contains("though it is started with --leader-elect", Assert.Single(report.Findings).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operator_that_is_not_found_is_named_with_the_settings_that_find_it()
    {
        var rig = new PreflightRig(PreflightRig.All);
        rig.Cluster.Store.Delete(rig.Cluster.Store.Find(Resources.Deployments, KedaInstallation.Namespace, KedaInstallation.Operator)!, "tests");
        Assert.Contains("Keda:Namespace and Keda:OperatorDeployment", Assert.Single((await rig.CheckAsync()).Findings).Text, StringComparison.Ordinal);

        var named = new PreflightRig(PreflightRig.All) { Settings = new ClusterSettings { Namespaces = [.. PreflightRig.Guarded], KedaNamespace = "keda", OperatorDeployment = "my-keda" } };
        Assert.Contains("no Deployment my-keda in namespace keda", Assert.Single((await named.CheckAsync()).Findings, f => f.Status == HealthStatus.Degraded).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_operators_the_one_beside_the_lease_is_taken_and_both_are_named()
    {
        var report = await Well(more: Operator("kube-system", "keda-operator-old", "ghcr.io/kedacore/keda:2.12.1")).Client().PreflightAsync(CancellationToken.None);

        var finding = Assert.Single(report.Findings);
        Assert.Equal((FindingKind.Differs, HealthStatus.Degraded), (finding.Kind, finding.Status));
        Assert.Equal("2 operators were found (keda/keda-operator, kube-system/keda-operator-old): keda/keda-operator is taken; Keda:Namespace names another", finding.Text);
        Assert.Contains("KEDA 2.17.0 in keda", report.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_webhook_that_is_not_there_is_a_note()
    {
        var rig = new PreflightRig(PreflightRig.All);
        rig.Cluster.Store.Delete(rig.Cluster.Store.Find(Resources.Deployments, KedaInstallation.Namespace, KedaInstallation.Webhooks)!, "tests");

        var finding = Assert.Single((await rig.CheckAsync()).Findings);
        Assert.Equal((FindingKind.Note, HealthStatus.Healthy), (finding.Kind, finding.Status));
        Assert.Contains("webhook was not found in namespace keda-system", finding.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "ghcr.io/kedacore/keda:2.17.2", null, null)]
    [InlineData("2.13.0", null, null, null)]
    [InlineData("2.20.2", null, null, null)]
    [InlineData("2.20.1", "registry:5000/keda@sha256:0011", null, null)]
    [InlineData("2.20.0", "keda:v2.12.1", HealthStatus.Degraded, "KEDA 2.12.1 is older than 2.13, the oldest that was looked at. Before that paused: \"false\" pauses too")]
    [InlineData("2.9.3", "registry:5000/keda", HealthStatus.Degraded, "the annotation autoscaling.keda.sh/paused alone does not pause; paused: \"false\" pauses too")]
    [InlineData("2.21.0", null, HealthStatus.Healthy, "KEDA 2.21.0 is newer than 2.20")]
    [InlineData("3.0.0", null, HealthStatus.Healthy, "KEDA 3.0.0 is newer than 2.20")]
    [InlineData("main", "keda:latest", HealthStatus.Healthy, "can't be told by its label or image")]
    public void A_release_that_was_looked_at_is_no_news(string? label, string? image, HealthStatus? status, string? says)
    {
        var finding = KedaRelease.Judge(KedaRelease.Of(label, image));

        Assert.Equal(status, finding?.Status);
        Assert.Contains(says ?? "", finding?.Text ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void The_known_releases_are_those_of_the_sandboxs_table()
    {
        Assert.Equal($"2.{KedaRelease.Oldest}", Reactor.Sandbox.Keda.Versions.KedaTable.Versions[0]);
        Assert.StartsWith($"2.{KedaRelease.Newest}.", Reactor.Sandbox.Keda.Versions.KedaTable.NewestRelease, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v1beta1.metrics.k8s.io", "metrics.k8s.io/v1beta1 is not served: nobody measures CPU, and a fallback HPA holds its workload at the minimum")]
    [InlineData("v1beta1.external.metrics.k8s.io", "external.metrics.k8s.io/v1beta1 is not served")]
    public async Task Metrics_that_nobody_serves_are_named_with_what_that_does(string service, string says)
    {
        var rig = new PreflightRig(PreflightRig.All);
        rig.Cluster.Store.Delete(rig.Cluster.Store.Find(Resources.ApiServices, "", service)!, "tests");

        var finding = Assert.Single((await rig.CheckAsync()).Findings);

        Assert.Equal((FindingKind.Missing, HealthStatus.Degraded), (finding.Kind, finding.Status));
        Assert.StartsWith(says, finding.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("26", 1)]
    [InlineData("27", 0)]
    [InlineData("27+", 0)]
    public async Task Container_metrics_need_a_Kubernetes_that_has_them(string minor, int findings)
    {
        var report = await Well().On("GET", "/version", 200, $$"""{"major":"1","minor":"{{minor}}","gitVersion":"v1.{{minor}}.3"}""").Client().PreflightAsync(CancellationToken.None);

        Assert.Equal(findings, report.Findings.Count(f => f.Kind == FindingKind.Differs && f.Text.Contains("ContainerResource", StringComparison.Ordinal)));
        Assert.Contains($"Kubernetes v1.{minor}.3", report.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_authorizer_that_failed_has_not_said_no()
    {
        var api = Well().On("POST", ReviewPath, 201, """{"status":{"allowed":false,"evaluationError":"webhook: context deadline exceeded"}}""");

        var finding = Assert.Single((await api.Client().PreflightAsync(CancellationToken.None)).Findings);

        Assert.Equal(FindingKind.Unchecked, finding.Kind);
        Assert.EndsWith("webhook: context deadline exceeded", finding.Text, StringComparison.Ordinal);
    }

    /// <summary>A server with all that is needed, as far as preflight looks.</summary>
    private static FakeApi Well(string args = "[]", params string[] more) => new FakeApi()
        .On("POST", ReviewPath, 201, """{"status":{"allowed":true}}""")
        .On("GET", "/version", 200, """{"major":"1","minor":"33","gitVersion":"v1.33.1"}""")
        .On("GET", "/apis", 200, new JsonObject
        {
            ["kind"] = "APIGroupList",
            ["groups"] = new JsonArray([.. new[] { "autoscaling/v2", "apps/v1", "coordination.k8s.io/v1", "metrics.k8s.io/v1beta1", "external.metrics.k8s.io/v1beta1" }
                .Select(v => new JsonObject { ["name"] = v.Split('/')[0], ["versions"] = new JsonArray(new JsonObject { ["groupVersion"] = v }) })]),
        }.ToJsonString())
        .On("GET", "/apis/keda.sh/v1alpha1", 200, """{"kind":"APIResourceList","resources":[{"name":"scaledobjects"},{"name":"scaledjobs"}]}""")
        .OnList(FakeApi.Leases, """{"metadata":{"name":"operator.keda.sh","namespace":"keda","uid":"l"},"spec":{}}""")
        .OnList(FakeApi.Deployments, [Operator("keda", "keda-operator", "ghcr.io/kedacore/keda:2.17.0", args), Make.Deployment("keda-admission-webhooks", "keda"), .. more]);

    private static string Operator(string ns, string name, string image, string args = "[]") => Make.Deployment(name, ns,
        """{"app.kubernetes.io/part-of":"keda-operator","app.kubernetes.io/name":"keda-operator"}""",
        $$$"""{"replicas":1,"template":{"spec":{"containers":[{"name":"sidecar","image":"mesh:1"},{"name":"operator","image":"{{{image}}}","args":{{{args}}} }]} } }""");
}
