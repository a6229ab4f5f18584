using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>Several operators by WATCH_NAMESPACE, WATCH_LABEL_SELECTOR and --leader-election-id (KEDA #7816, #7564).</summary>
public sealed class SeveralOperatorsFacts
{
    private const string Theirs = "keda-operator-artemis";
    private readonly World _world = new(kedaVersion: "2.21.0", options: new SandboxOptions
    {
        Operators =
        [
            new() { Name = "keda-operator-sophia", WatchNamespace = "sophia-mesh", WatchLabelSelector = "team notin (ai)", Lease = "sophia.keda.sh" },
            new() { Name = Theirs, Namespace = "kube-system", WatchNamespace = "artemis-mesh,shared-services", Lease = "artemis.keda.sh" },
        ],
    });

    private string? Reason(string ns, string hpa) =>
        _world.Get($"/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers/{hpa}").Object("status").Array("conditions")!.Single(c => c.Text("type") == "ScalingActive").Text("reason");

    private string? Renewed(string ns, string lease) => _world.Get($"/apis/coordination.k8s.io/v1/namespaces/{ns}/leases/{lease}").Object("spec").Text("renewTime");

    [Fact]
    public void Each_has_its_Deployment_with_its_share_and_its_lease()
    {
        var container = _world.Get($"/apis/apps/v1/namespaces/kube-system/deployments/{Theirs}").Object("spec").Object("template").Object("spec").Array("containers")![0];
        Assert.Contains("--leader-election-id=artemis.keda.sh", container.Array("args")!.Select(a => a!.ToString()));
        Assert.Equal("artemis-mesh,shared-services", container.Array("env")!.Single(e => e.Text("name") == "WATCH_NAMESPACE").Text("value"));
        var (theirs, ours) = (Renewed("kube-system", "artemis.keda.sh"), Renewed("keda-system", "sophia.keda.sh"));
        _world.Wait(3);
        Assert.NotEqual((theirs, ours), (Renewed("kube-system", "artemis.keda.sh"), Renewed("keda-system", "sophia.keda.sh")));
    }

    [Fact]
    public void One_that_dies_leaves_its_lease_and_its_share_alone()
    {
        _world.Cluster.Faults.SetOperator(OperatorState.Dead, Theirs);
        var left = Renewed("kube-system", "artemis.keda.sh");
        _world.Wait(90);

        Assert.Equal(left, Renewed("kube-system", "artemis.keda.sh"));
        Assert.Equal("FailedGetExternalMetric", Reason("artemis-mesh", "keda-hpa-artemis-redis-scaler"));
        Assert.Equal("ValidMetricFound", Reason(World.Ns, World.KedaHpa));
        Assert.Equal(200, _world.Pause().Status);
        _world.Wait(5);
        Assert.Empty(_world.Hpas); // the other follows a pause as ever
    }

    [Fact]
    public void What_is_in_nobodys_share_gets_no_metric()
    {
        _world.Cluster.Store.Update(_world.Cluster.Store.Find(Resources.ScaledObjects, World.Ns, World.App)!, d => d["metadata"].Object("labels")!["team"] = "ai", "tests");
        _world.Wait(120);
        Assert.Equal("FailedGetExternalMetric", Reason(World.Ns, World.KedaHpa));
    }

    [Fact]
    public void People_kill_and_mend_one_by_its_name()
    {
        FaultWishes.Grant(_world.Cluster.Faults, (System.Text.Json.Nodes.JsonObject)System.Text.Json.Nodes.JsonNode.Parse($$"""{"operator":{"name":"{{Theirs}}","state":"hung"} }""")!);
        Assert.Equal([("keda-system/keda-operator-sophia", OperatorState.Alive), ($"kube-system/{Theirs}", OperatorState.Hung)], _world.Cluster.Snapshot().Operators.AsEnumerable());
        Assert.Contains("there are keda-operator-sophia, keda-operator-artemis", Assert.Throws<ArgumentException>(() => _world.Cluster.Faults.SetOperator(OperatorState.Dead, "nobody")).Message, StringComparison.Ordinal);
    }
}
