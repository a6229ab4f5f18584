using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Simulation.Tests;

/// <summary>What goes wrong in the cluster; what must hold is the invariants' matter.</summary>
internal static class Stories
{
    public static void OperatorDown(SimWorld world)
    {
        world.Pass(TimeSpan.FromMinutes(1));
        world.Faults.SetOperator(OperatorState.Dead);
        world.Pass(TimeSpan.FromMinutes(5));
        world.Faults.SetOperator(OperatorState.Alive);
        Heal(world);
    }

    public static void Oscillation(SimWorld world)
    {
        world.Pass(TimeSpan.FromMinutes(1));
        world.Faults.SetOscillating("artemis-mesh", "artemis-redis-scaler", true);
        world.PassUntil(() => world.Panel.OpenIncident(Cause.Oscillation)?.FallbackInPlaceAt is not null, TimeSpan.FromMinutes(15), "the oscillating target is on its fallback");
        world.Faults.SetOscillating("artemis-mesh", "artemis-redis-scaler", false);
        Heal(world);
    }

    public static void MetricsServerDown(SimWorld world)
    {
        world.Pass(TimeSpan.FromMinutes(1));
        world.Faults.SetMetricsServer(up: false);
        world.Pass(TimeSpan.FromMinutes(6));
        world.Faults.SetMetricsServer(up: true);
        Heal(world);
    }

    /// <summary>The APIService stays Available all the while.</summary>
    public static void MetricsTaken(SimWorld world)
    {
        world.Pass(TimeSpan.FromMinutes(1));
        world.Faults.SetMetricsService("datadog/datadog-cluster-agent-metrics-api");
        world.Pass(TimeSpan.FromMinutes(6));
        Assert.Contains("probe/metrics-taken", world.Panel.OpenIncident(Cause.MetricsServerUnavailable)!.Evidence.Keys);
        world.Faults.SetMetricsService(null);
        Heal(world);
    }

    public static void TriggerSourceDown(SimWorld world)
    {
        world.Pass(TimeSpan.FromMinutes(1));
        world.Faults.SetTriggerSource("sophia-mesh", "sophia-ai-services", TriggerFailure.Redis);
        world.PassUntil(() => world.Panel.OpenIncident(Cause.ScalerErrors)?.FallbackInPlaceAt is not null, TimeSpan.FromMinutes(15), "the failing target is on its fallback");
        world.Faults.SetTriggerSource("sophia-mesh", "sophia-ai-services", TriggerFailure.None);
        Heal(world);
    }

    /// <summary>First faults, then quiet: everything must come to rest.</summary>
    private static void Heal(SimWorld world)
    {
        world.PassUntil(() => world.AtRest, TimeSpan.FromHours(3), "every incident is closed");
        world.Pass(TimeSpan.FromMinutes(2));
    }
}
