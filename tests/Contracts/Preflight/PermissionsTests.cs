using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Health;
using Sophia.Keda.Reactor.Preflight;
using Sophia.Keda.Reactor.Sandbox.Faults;

namespace Sophia.Keda.Reactor.Contracts.Tests.Preflight;

public sealed class PermissionsTests
{
    /// <summary>A place in the table, with words for whoever reads the test's name.</summary>
    public static TheoryData<int, string> EachOfTheTable
    {
        get
        {
            var rows = new TheoryData<int, string>();
            foreach (var (i, permission) in PreflightRig.All.Index().Where(p => p.Item != Permissions.Review))
                rows.Add(i, $"{permission.Verb} {permission.Qualified} {permission.Name} {permission.Namespace}");
            return rows;
        }
    }

    [Fact]
    public async Task With_all_of_them_there_is_nothing_to_say_but_one_line()
    {
        var report = await new PreflightRig(PreflightRig.All).CheckAsync();

        Assert.Empty(report.Findings);
        Assert.Equal(
            $"all {PreflightRig.All.Count - 1} permissions, KEDA 2.20.0 in keda-system, Kubernetes v1.36.0, autoscaling/v2, apps/v1, coordination.k8s.io/v1, metrics.k8s.io/v1beta1, external.metrics.k8s.io/v1beta1",
            report.Words);
    }

    [Theory]
    [MemberData(nameof(EachOfTheTable))]
    public async Task Each_one_that_is_missing_is_named_alone_and_with_the_rule_that_would_grant_it(int at, string which)
    {
        var lacks = PreflightRig.All[at];

        var report = await new PreflightRig([.. PreflightRig.All.Where(p => p != lacks)]).CheckAsync();

        var missing = Assert.Single(report.Findings, f => f.Kind == FindingKind.Missing);
        Assert.True(missing.Text == lacks.Missing(), which);
        Assert.EndsWith(lacks.Rule(), missing.Text, StringComparison.Ordinal);
        Assert.Equal(lacks.Need switch { Need.ToLook => HealthStatus.Unhealthy, Need.ToAct => HealthStatus.Degraded, _ => HealthStatus.Healthy }, missing.Status);
        Assert.StartsWith($"{PreflightRig.All.Count - 2} of {PreflightRig.All.Count - 1} permissions", report.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_is_said_in_words_with_a_rule_to_copy()
    {
        Assert.Equal(
            "may not patch scaledobjects.keda.sh in namespace sophia-mesh: pauses and marks could not be written; a Role there needs {apiGroups: [keda.sh], resources: [scaledobjects], verbs: [patch]}",
            (Permissions.Writes[0] with { Namespace = "sophia-mesh" }).Missing());
        Assert.Equal(
            "may not list leases.coordination.k8s.io named kube-controller-manager in namespace kube-system: whether the HPA controller itself works would not be known; a Role there, or a ClusterRole, needs {apiGroups: [coordination.k8s.io], resources: [leases], resourceNames: [kube-controller-manager], verbs: [list]}",
            Permissions.Reads.Single(p => p.Name == "kube-controller-manager").Missing());
        Assert.Equal(
            "may not list namespaces in the whole cluster: which namespaces a mesh puts sidecars into would not be known; a ClusterRole needs {apiGroups: [\"\"], resources: [namespaces], verbs: [list]}",
            Permissions.Reads.Single(p => p.Resource == "namespaces").Missing());
        Assert.Equal(
            "may not get /version: the version of Kubernetes would not be known; a ClusterRole needs {nonResourceURLs: [/version], verbs: [get]}",
            Permissions.Reads.Single(p => p.Resource == "/version").Missing());
    }

    [Fact]
    public async Task With_no_namespace_named_the_writes_are_asked_for_in_the_whole_cluster()
    {
        var report = await new PreflightRig(PreflightRig.All) { Settings = new ClusterSettings() }.CheckAsync();

        Assert.Equal(Permissions.Writes.Select(write => write.Missing()), report.Findings.Select(f => f.Text));
        Assert.All(report.Findings, f => Assert.Contains("in the whole cluster", f.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_observer_that_may_not_write_is_healthy_and_told_what_it_would_need()
    {
        var report = await new PreflightRig([.. PreflightRig.All.Where(p => !p.IsWrite)]) { Policy = new Policy { ObserveOnly = true } }.CheckAsync();

        Assert.Equal(Permissions.Writes.Count(write => write.IsWrite) * PreflightRig.Guarded.Length, report.Count(FindingKind.Missing));
        Assert.All(report.Findings, f => Assert.Equal(HealthStatus.Healthy, f.Status));
    }

    [Fact]
    public async Task Without_the_right_to_ask_nothing_else_is_called_missing()
    {
        var report = await new PreflightRig([.. PreflightRig.All.Where(p => p != Permissions.Review)]).CheckAsync();

        Assert.Equal(Permissions.Review.Missing(), Assert.Single(report.Findings).Text);
        Assert.StartsWith("KEDA 2.20.0", report.Words, StringComparison.Ordinal);
    }

    public static TheoryData<string, ApiFault> Faults => new()
    {
        { "500", ApiFault.Error(500) },
        { "503", ApiFault.Error(503) },
        { "429", ApiFault.Error(429, retryAfter: TimeSpan.FromSeconds(60)) },
        { "no answer", new ApiFault { Kind = ApiFaultKind.Hang } },
        { "cut", new ApiFault { Kind = ApiFaultKind.ResetBefore } },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_server_that_does_not_say_makes_nothing_missing(string fault, ApiFault struck)
    {
        var rig = new PreflightRig(PreflightRig.All);
        rig.Cluster.Faults.Add(struck);

        var report = await rig.CheckAsync();

        Assert.True(report.Count(FindingKind.Missing) == 0, fault);
        Assert.All(report.Findings, f => Assert.Contains("could not be checked", f.Text, StringComparison.Ordinal));
        Assert.Contains(report.Findings, f => f.Text.StartsWith($"{PreflightRig.All.Count - 1} of {PreflightRig.All.Count - 1} permissions could not be checked", StringComparison.Ordinal));
        Assert.True(report.Findings.Length <= 6, $"{report.Findings.Length} lines");
    }

    [Fact]
    public async Task One_review_that_fails_is_not_called_missing_either()
    {
        var rig = new PreflightRig(PreflightRig.All);
        rig.Cluster.Faults.Add(ApiFault.Error(500, times: 3, when: r => r.Path.EndsWith("selfsubjectaccessreviews", StringComparison.Ordinal)));

        var report = await rig.CheckAsync();

        Assert.Equal(0, report.Count(FindingKind.Missing));
    }

    [Fact]
    public async Task It_writes_nothing_but_the_reviews()
    {
        var rig = new PreflightRig(PreflightRig.All);

        await rig.CheckAsync();

        Assert.Equal(PreflightRig.All.Count - 1, rig.Asked.Count(a => a == "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews"));
        Assert.All(rig.Asked.Where(a => !a.EndsWith("/selfsubjectaccessreviews", StringComparison.Ordinal)), a => Assert.StartsWith("GET ", a, StringComparison.Ordinal));
    }
}
