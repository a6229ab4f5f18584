using Sophia.Keda.Reactor.Sandbox.Faults;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Integration.Tests.Monitoring;

/// <summary>One way in which KEDA fails, with the alert that tells of it.</summary>
/// <param name="Name">As the timeline calls it.</param>
/// <param name="Alert">The shipped rule.</param>
/// <param name="Target">The ScaledObject that is moved; null: all.</param>
/// <param name="Break">Begins it.</param>
/// <param name="Mend">Ends it.</param>
internal sealed record Failure(string Name, string Alert, string? Target, Action<FaultPlan> Break, Action<FaultPlan> Mend)
{
    public static readonly IReadOnlyList<Failure> All =
    [
        new("operator killed", "KEDAOperatorDown", null,
            faults => faults.SetOperator(OperatorState.Dead), faults => faults.SetOperator(OperatorState.Alive)),
        new("metrics server down", "KEDAMetricsServerDown", null,
            faults => faults.SetMetricsServer(up: false), faults => faults.SetMetricsServer(up: true)),
        new("oscillation", "KEDAScalingOscillation", "artemis-redis-scaler",
            faults => faults.SetOscillating("artemis-mesh", "artemis-redis-scaler", oscillating: true), faults => faults.SetOscillating("artemis-mesh", "artemis-redis-scaler", oscillating: false)),
        new("scaler errors", "KEDAScalerErrors", "sophia-ai-services",
            faults => faults.SetTriggerSource("sophia-mesh", "sophia-ai-services", TriggerFailure.Redis), faults => faults.SetTriggerSource("sophia-mesh", "sophia-ai-services", TriggerFailure.None)),
    ];
}
