using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

public sealed class OperatorMetricsFacts
{
    [Fact]
    public void A_scalers_metrics_disappear_while_its_scaled_object_is_paused()
    {
        var world = new World();
        Assert.NotEmpty(Of(world, "keda_scaler_active"));
        world.Pause();
        world.Wait(1);
        Assert.Empty(Of(world, "keda_scaler_active"));
        Assert.Empty(Of(world, "keda_scaler_detail_errors_total"));
        Assert.EndsWith(" 1", Of(world, "keda_scaled_object_paused").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void With_redis_down_the_objects_errors_rise_and_the_scalers_detail_errors_stop_at_one()
    {
        var world = new World();
        world.Cluster.Faults.SetTriggerSource(World.Ns, World.App, TriggerFailure.Redis);
        world.Wait(120);
        Assert.EndsWith(" 1", Of(world, "keda_scaler_detail_errors_total").Single(), StringComparison.Ordinal);
        Assert.True(int.Parse(Of(world, "keda_scaled_object_errors_total").Single().Split(' ')[^1]) > 20);
    }

    [Fact]
    public void With_prometheus_failing_into_the_fallback_only_the_http_requests_show_it()
    {
        var world = new World(trigger: "prometheus");
        world.Cluster.Faults.SetTriggerSource(World.Ns, World.App, TriggerFailure.Prometheus);
        world.Wait(60);
        Assert.EndsWith(" 0", Of(world, "keda_scaler_detail_errors_total").Single(), StringComparison.Ordinal);
        Assert.Contains("status_code=\"500\"", Lines(world, "keda_scaler_http_requests_total").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keda_scaler_active")]
    [InlineData("keda_scaler_metrics_value")]
    [InlineData("keda_scaler_metrics_latency_seconds")]
    [InlineData("keda_scaler_detail_errors_total")]
    public void A_scalers_metrics_carry_their_six_labels(string name) => Assert.Contains(
        "{metric=\"s0-redis-jobs\",namespace=\"sophia-mesh\",scaledObject=\"app\",scaler=\"redisScaler\",triggerIndex=\"0\",type=\"scaledobject\"}",
        Of(new World(), name).Single(), StringComparison.Ordinal);

    [Fact]
    public void Resources_triggers_latency_and_build_are_told_too()
    {
        var world = new World();
        Assert.Contains(Lines(world, "keda_resource_registered_total"), l => l.EndsWith("{namespace=\"sophia-mesh\",type=\"scaled_object\"} 3", StringComparison.Ordinal));
        Assert.Contains(Lines(world, "keda_trigger_registered_total"), l => l.Contains("type=\"redis\"", StringComparison.Ordinal));
        Assert.Contains(Lines(world, "keda_internal_scale_loop_latency_seconds"), l => l.Contains("resource=\"app\"", StringComparison.Ordinal));
        Assert.Contains("version=\"2.20.0\"", Lines(world, "keda_build_info").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_dead_operator_has_no_metrics()
    {
        var world = new World();
        world.Cluster.Faults.SetOperator(OperatorState.Dead);
        Assert.Null(world.Cluster.Metrics.Text());
    }

    private static List<string> Of(World world, string name) => [.. Lines(world, name).Where(l => l.Contains("scaledObject=\"app\"", StringComparison.Ordinal))];

    private static IEnumerable<string> Lines(World world, string name) =>
        world.Cluster.Metrics.Text()!.Split('\n').Where(l => l.StartsWith(name + "{", StringComparison.Ordinal));
}
