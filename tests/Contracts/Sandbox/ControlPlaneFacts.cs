using System.Globalization;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>The controller manager dies, or etcd takes no writes: trouble that is not KEDA's.</summary>
public sealed class ControlPlaneFacts
{
    private const string Manager = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager";
    private const string Keda = "/apis/coordination.k8s.io/v1/namespaces/keda-system/leases/operator.keda.sh";
    private const string Deployment = $"/apis/apps/v1/namespaces/{World.Ns}/deployments/app";
    private readonly World _world = new(demand: 2);

    [Fact]
    public void The_controller_manager_renews_its_lease_every_2_s()
    {
        for (var i = 0; i < 10; i++)
        {
            _world.Wait(1);
            Assert.InRange(Age(Manager), 0, 2.1);
        }
    }

    [Fact]
    public void With_the_controller_manager_dead_its_lease_stands_still_no_hpa_syncs_and_no_deployment_is_followed()
    {
        _world.Cluster.Faults.SetControllerManager(alive: false);
        _world.Cluster.Faults.SetDemand(World.Ns, World.App, 6);
        _world.Wait(60);
        Assert.InRange(Age(Manager), 59, 63);
        Assert.InRange(Age(Keda), 0, 2.1);
        Assert.Equal(2, _world.Replicas);

        _world.Merge(Deployment + "/scale", """{"spec":{"replicas":5}}""");
        _world.Wait(10);
        Assert.Equal(2, _world.Get(Deployment).Object("status").Whole("replicas"));
        _world.Pause();
        _world.Wait(1);
        Assert.Empty(_world.Hpas);
    }

    [Fact]
    public void When_it_returns_it_takes_the_lease_and_catches_up()
    {
        _world.Cluster.Faults.SetControllerManager(alive: false);
        var holder = _world.Get(Manager).Object("spec").Text("holderIdentity");
        _world.Cluster.Faults.SetDemand(World.Ns, World.App, 6);
        _world.Merge(Deployment + "/scale", """{"spec":{"replicas":3}}""");
        _world.Wait(60);
        _world.Cluster.Faults.SetControllerManager(alive: true);
        _world.Wait(3);
        Assert.NotEqual(holder, _world.Get(Manager).Object("spec").Text("holderIdentity"));
        Assert.Equal(1, _world.Get(Manager).Object("spec").Whole("leaseTransitions"));
        Assert.Equal(3, _world.Get(Deployment).Object("status").Whole("availableReplicas"));
        _world.Wait(15);
        Assert.Equal(6, _world.Replicas);
    }

    [Fact]
    public void While_nobody_collects_what_a_deleted_scaled_object_owned_stays()
    {
        var workload = _world.Target.Workload;
        _world.Cluster.Faults.SetControllerManager(alive: false);
        _world.Call("DELETE", _world.ScaledObjectPath);
        _world.Wait(5);
        Assert.Equal(404, _world.Call("GET", _world.ScaledObjectPath).Status);
        Assert.Single(_world.Cluster.HpasOn(workload));
        _world.Cluster.Faults.SetControllerManager(alive: true);
        _world.Wait(1);
        Assert.Empty(_world.Cluster.HpasOn(workload));
    }

    [Fact]
    public void While_writes_fail_each_is_answered_500_as_etcd_says_it_and_reads_work()
    {
        _world.Cluster.Faults.SetWrites(work: false);
        var refused = new[]
        {
            _world.Pause(), _world.Fallback(3), _world.Call("DELETE", $"{_world.HpasPath}/{World.KedaHpa}"), _world.Merge(Deployment + "/scale", """{"spec":{"replicas":5}}"""),
        };
        Assert.All(refused, r =>
        {
            Assert.Equal(500, r.Status);
            Assert.Equal("etcdserver: request timed out", r.Document().Text("message"));
            Assert.Null(r.Document().Text("reason"));
        });
        Assert.Null(_world.Target.Paused);
        Assert.Single(_world.Hpas);
        Assert.Equal(404, _world.Call("DELETE", $"{_world.HpasPath}/nothing").Status);
        Assert.Equal(200, _world.Merge(_world.ScaledObjectPath + "?dryRun=All", """{"metadata":{"annotations":{"x":"y"}}}""").Status);
    }

    [Fact]
    public void While_writes_fail_both_leases_stand_still_although_keda_lives()
    {
        _world.Cluster.Faults.SetWrites(work: false);
        var version = _world.Cluster.Store.ResourceVersion;
        _world.Cluster.Faults.SetDemand(World.Ns, World.App, 6);
        _world.Wait(120);
        Assert.InRange(Age(Manager), 119, 123);
        Assert.InRange(Age(Keda), 119, 123);
        Assert.Equal(version, _world.Cluster.Store.ResourceVersion);
        Assert.Equal(OperatorState.Alive, _world.Cluster.Operator.State);
        Assert.Equal(2, _world.Get("/apis/apps/v1/namespaces/keda-system/deployments/keda-operator").Object("status").Whole("availableReplicas"));
        Assert.NotNull(_world.Cluster.Metrics.Text());
    }

    [Fact]
    public void When_writes_work_again_both_take_their_leases_and_go_on()
    {
        _world.Cluster.Faults.SetWrites(work: false);
        _world.Cluster.Faults.SetDemand(World.Ns, World.App, 6);
        _world.Wait(120);
        _world.Cluster.Faults.SetWrites(work: true);
        _world.Wait(20);
        Assert.InRange(Age(Manager), 0, 2.1);
        Assert.InRange(Age(Keda), 0, 2.1);
        Assert.Equal(6, _world.Replicas);
        _world.Pause();
        _world.Wait(1);
        Assert.Empty(_world.Hpas);
    }

    [Fact]
    public void After_a_short_failure_of_writes_nobody_lost_his_lease()
    {
        var holders = (Holder(Manager), Holder(Keda));
        _world.Cluster.Faults.SetWrites(work: false);
        _world.Wait(6);
        _world.Cluster.Faults.SetWrites(work: true);
        _world.Wait(3);
        Assert.Equal(holders, (Holder(Manager), Holder(Keda)));
        Assert.InRange(Age(Keda), 0, 2.1);
    }

    private string? Holder(string lease) => _world.Get(lease).Object("spec").Text("holderIdentity");

    private double Age(string lease) =>
        (_world.Cluster.Now - DateTimeOffset.Parse(_world.Get(lease).Object("spec").Text("renewTime")!, CultureInfo.InvariantCulture)).TotalSeconds;
}
