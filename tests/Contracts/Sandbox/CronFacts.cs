using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>KEDA's cron scaler (pkg/scalers/cron_scaler.go at 2.20).</summary>
public sealed class CronFacts
{
    private readonly World _world = new(max: 20, fallback: false, demand: 3);

    [Theory]
    [InlineData("UTC", "0 */24 * * *", "0 23 * * *")] // a step beyond the field is legal
    [InlineData("UTC", "CRON_TZ=Asia/Kolkata 0 8 * * *", "CRON_TZ=Asia/Kolkata 0 23 * * *")]
    [InlineData("US/Pacific-New", "0 0 1 1 *", "59 23 31 12 *")] // a name that older data have
    public void While_its_window_is_open_it_asks_for_its_replicas(string zone, string start, string end)
    {
        With(zone, start, end);
        _world.Wait(60);
        Assert.Equal(12, _world.Replicas);
        Assert.Equal("True", _world.Condition("Ready"));
    }

    [Fact]
    public void While_it_is_closed_it_asks_for_nothing()
    {
        With("UTC", "0 8 * * *", "0 9 * * *");
        _world.Wait(60);
        Assert.Equal(3, _world.Replicas);
    }

    [Fact]
    public void A_zone_that_can_not_be_loaded_is_no_fault_until_it_is_asked_then_the_others_go_on_and_it_is_not_quite_ready()
    {
        With("Mars/Olympus", "0 0 * * *", "59 23 * * *");
        _world.Wait(60);
        Assert.Equal(3, _world.Replicas);
        Assert.Contains("unknown time zone Mars/Olympus", _world.Events("KEDAScalerFailed").Single().Text("message")!, StringComparison.Ordinal);
        Assert.Equal(("Unknown", "PartialTriggerError"), (_world.Condition("Ready"), _world.Condition("Ready", "reason")));

        // What is missing may hide a reason to scale up, never one to scale down.
        _world.Cluster.Faults.SetDemand(World.Ns, World.App, 1);
        _world.Wait(400);
        Assert.Equal(3, _world.Replicas);
        Assert.Equal("FailedGetExternalMetric", _world.HpaCondition(World.KedaHpa, "ScalingActive").Text("reason"));
    }

    [Theory]
    [InlineData("0 8 * * 7", "0 9 * * *", "12")]
    [InlineData("@daily", "0 9 * * *", "12")]
    [InlineData("0 8 * * *", "0 8 * * *", "12")]
    [InlineData("0 8 * * *", "0 9 * * *", "0")]
    public void What_its_parser_refuses_stops_all_of_the_ScaledObjects_scalers(string start, string end, string replicas)
    {
        With("UTC", start, end, replicas);
        _world.Wait(60);
        Assert.Equal(("False", "ScaledObjectCheckFailed"), (_world.Condition("Ready"), _world.Condition("Ready", "reason")));
        Assert.NotEmpty(_world.Events("ScaledObjectCheckFailed"));
        Assert.Equal("FailedGetExternalMetric", _world.HpaCondition(World.KedaHpa, "ScalingActive").Text("reason"));
    }

    private void With(string zone, string start, string end, string replicas = "12") => Assert.Equal(200, _world.Merge(_world.ScaledObjectPath, $$$"""
        {"spec":{"triggers":[{"type":"redis","name":"jobs","metadata":{"address":"127.0.0.1:16379","listName":"jobs","listLength":"5"}},
          {"type":"cron","metadata":{"timezone":"{{{zone}}}","start":"{{{start}}}","end":"{{{end}}}","desiredReplicas":"{{{replicas}}}"}}]}}
        """).Status);
}
