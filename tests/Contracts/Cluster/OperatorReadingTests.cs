using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

public sealed class OperatorReadingTests
{
    private readonly FakeApi _api = new();

    [Theory]
    [InlineData("keda-operator", """{"app.kubernetes.io/part-of":"keda-operator","app.kubernetes.io/name":"keda-operator"}""", true)]
    [InlineData("keda-operator", """{"app.kubernetes.io/part-of":"keda-operator"}""", true)]
    [InlineData("renamed", """{"app.kubernetes.io/part-of":"keda-operator","app":"keda-operator"}""", true)]
    [InlineData("renamed", """{"app.kubernetes.io/part-of":"keda-operator","app.kubernetes.io/component":"operator"}""", true)]

    // KEDA's Helm chart labels all three of its Deployments part-of=keda-operator and component=operator.
    [InlineData("keda-operator-metrics-apiserver", """{"app.kubernetes.io/part-of":"keda-operator","app.kubernetes.io/component":"operator","app.kubernetes.io/name":"keda-operator-metrics-apiserver"}""", false)]
    [InlineData("keda-admission-webhooks", """{"app.kubernetes.io/part-of":"keda-operator","app.kubernetes.io/component":"operator","app":"keda-admission-webhooks"}""", false)]
    [InlineData("keda-metrics-apiserver", """{"app.kubernetes.io/part-of":"keda-operator","app.kubernetes.io/component":"operator"}""", false)]
    [InlineData("keda-operator", """{"app.kubernetes.io/name":"keda-operator"}""", false)]
    [InlineData("keda-operator", "null", false)]
    public async Task The_operator_is_found_by_its_labels_and_its_companions_are_not(string name, string labels, bool expected)
    {
        _api.OnList(FakeApi.Deployments, Make.Deployment(name, "keda-system", labels, status: """{"availableReplicas":2}"""));

        var found = await OperatorAsync();

        Assert.Equal(expected ? ("keda-system", name, 2) : (null, null, null), (found.Namespace, found.Deployment, found.AvailableReplicas));
    }

    [Fact]
    public async Task An_operator_without_an_available_replica_has_none()
    {
        _api.OnList(FakeApi.Deployments, Operator("keda-system", "{}"));

        Assert.Equal(0, (await OperatorAsync()).AvailableReplicas);
    }

    [Fact]
    public async Task Settings_override_namespace_and_name()
    {
        _api.OnList(FakeApi.Deployments, Operator("keda-system", "{}"), Make.Deployment("my-keda", "kube-system", status: """{"availableReplicas":1}"""));
        _api.OnList("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases", Lease("kube-system", "2026-11-21T23:00:00Z"));

        var found = await OperatorAsync(new ClusterSettings { KedaNamespace = "kube-system", OperatorDeployment = "my-keda" });

        Assert.Equal(("kube-system", "my-keda", 1), (found.Namespace, found.Deployment, found.AvailableReplicas));
        Assert.NotNull(found.LeaseRenewTime);
        Assert.DoesNotContain(_api.Requests, r => r.Path == FakeApi.Leases);
    }

    [Fact]
    public async Task Of_several_leases_the_one_in_the_operators_namespace_counts()
    {
        _api.OnList(FakeApi.Deployments, Operator("keda-system", "{}"));
        _api.OnList(FakeApi.Leases, Lease("left-behind", "2026-11-21T23:59:00Z"), Lease("keda-system", "2026-11-21T23:00:00.225584Z"));

        var found = await OperatorAsync();

        Assert.Equal("keda-system-holder", found.LeaseHolder);
        Assert.Equal(new DateTimeOffset(2026, 11, 21, 23, 0, 0, TimeSpan.Zero).AddMicroseconds(225584), found.LeaseRenewTime);
    }

    [Fact]
    public async Task Of_several_operators_the_one_beside_a_lease_counts()
    {
        _api.OnList(FakeApi.Deployments, Operator("a-left-behind", "{}"), Operator("keda-system", "{}"));
        _api.OnList(FakeApi.Leases, Lease("keda-system", "2026-11-21T23:00:00Z"));

        Assert.Equal("keda-system", (await OperatorAsync()).Namespace);
    }

    [Fact]
    public async Task A_lease_without_a_renew_time_and_no_lease_at_all_are_the_same()
    {
        _api.OnList(FakeApi.Leases, """{"metadata":{"name":"operator.keda.sh","namespace":"keda-system","uid":"l"},"spec":null}""");

        Assert.Null((await OperatorAsync()).LeaseRenewTime);
    }

    private static string Operator(string ns, string status) =>
        Make.Deployment("keda-operator", ns, """{"app.kubernetes.io/part-of":"keda-operator","app.kubernetes.io/name":"keda-operator"}""", status: status);

    private static string Lease(string ns, string renewed) =>
        $$"""{"metadata":{"name":"operator.keda.sh","namespace":"{{ns}}","uid":"l-{{ns}}"},"spec":{"holderIdentity":"{{ns}}-holder","renewTime":"{{renewed}}"} }""";

    private async Task<OperatorView> OperatorAsync(ClusterSettings? settings = null)
    {
        var result = await _api.Client(settings: settings).ObserveAsync(CancellationToken.None);
        Assert.Equal("", result.Problem);
        return result.Observation!.Operator;
    }
}
