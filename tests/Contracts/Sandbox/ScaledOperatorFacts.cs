using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>People and scripts stop KEDA by scaling its Deployments to 0.</summary>
public sealed class ScaledOperatorFacts
{
    private const string Deployments = "/apis/apps/v1/namespaces/keda-system/deployments/";
    private const string LeasePath = "/apis/coordination.k8s.io/v1/namespaces/keda-system/leases/operator.keda.sh";
    private const string ApiServicePath = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io";

    private readonly World _world = new();

    [Fact]
    public void Scaled_to_0_the_operator_is_gone_and_its_lease_is_no_longer_renewed()
    {
        Scale("keda-operator", 0);
        _world.Wait(1);
        var renewed = _world.Get(LeasePath).Object("spec").Text("renewTime");
        _world.Pause();
        _world.Wait(30);

        Assert.Null(_world.Get(Deployments + "keda-operator").Object("status").Whole("availableReplicas"));
        Assert.Equal(renewed, _world.Get(LeasePath).Object("spec").Text("renewTime"));
        Assert.Equal([World.KedaHpa], _world.Hpas);
        Assert.Equal(OperatorState.Dead, _world.Cluster.Operator.State);
    }

    [Fact]
    public void Scaled_back_it_returns_after_its_start_up_and_does_what_waited()
    {
        Scale("keda-operator", 0);
        _world.Wait(60);
        _world.Pause();
        Scale("keda-operator", 2);

        Assert.InRange(_world.MsUntil(() => !_world.Hpas.Any(), 10_000), 2_500, 5_000);
        Assert.Equal(2, _world.Get(Deployments + "keda-operator").Object("status").Whole("availableReplicas"));
        Assert.InRange((_world.Cluster.Now - DateTimeOffset.Parse(_world.Get(LeasePath).Object("spec").Text("renewTime")!, System.Globalization.CultureInfo.InvariantCulture)).TotalSeconds, 0, 2.1);
    }

    [Fact]
    public void Scaled_to_0_and_back_at_once_only_the_last_wish_counts()
    {
        Scale("keda-operator", 0);
        Scale("keda-operator", 2);
        Scale("keda-operator", 0);
        _world.Wait(30);

        Assert.Equal(OperatorState.Dead, _world.Cluster.Operator.State);
    }

    [Fact]
    public void While_it_is_scaled_to_0_nothing_else_brings_it_back()
    {
        Scale("keda-operator", 0);

        Assert.Contains("scaled to 0", Assert.Throws<ArgumentException>(() => _world.Cluster.Faults.SetOperator(OperatorState.Alive)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_number_than_0_stops_nothing()
    {
        Scale("keda-operator", 1);
        _world.Wait(5);
        _world.Pause();
        _world.Wait(1);

        Assert.Empty(_world.Hpas);
    }

    [Fact]
    public void The_metrics_server_scaled_to_0_fails_hpas_at_their_next_sync_and_the_api_service_after_25_s()
    {
        Scale("keda-metrics-apiserver", 0);
        _world.Wait(16);
        Assert.Equal("FailedGetExternalMetric", _world.HpaCondition(World.KedaHpa, "ScalingActive").Text("reason"));
        Assert.Equal("True", Available());
        _world.Wait(12);
        Assert.Equal("False", Available());

        Scale("keda-metrics-apiserver", 2);
        _world.Wait(20);
        Assert.Equal("True", Available());
        Assert.Equal("True", _world.HpaCondition(World.KedaHpa, "ScalingActive").Text("status"));
    }

    [Fact]
    public void The_webhooks_scaled_to_0_refuse_nothing()
    {
        Assert.Equal(201, _world.Fallback(1).Status);
        Assert.Equal(403, _world.Pause().Status);
        Scale("keda-admission-webhooks", 0);
        Assert.Equal(200, _world.Pause().Status);
    }

    private string? Available() => _world.Get(ApiServicePath).Object("status").Array("conditions")!.Single(c => c.Text("type") == "Available").Text("status");

    private void Scale(string deployment, int replicas) =>
        Assert.Equal(200, _world.Merge($"{Deployments}{deployment}/scale", $$$"""{"spec":{"replicas":{{{replicas}}}}}""").Status);
}
