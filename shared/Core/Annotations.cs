namespace Sophia.Keda.Reactor.Core;

/// <summary>Annotation and label keys, KEDA's and ours.</summary>
public static class Annotations
{
    public const string Paused = "autoscaling.keda.sh/paused";
    public const string PausedReplicas = "autoscaling.keda.sh/paused-replicas";
    public const string PausedScaleIn = "autoscaling.keda.sh/paused-scale-in";
    public const string PausedScaleOut = "autoscaling.keda.sh/paused-scale-out";

    /// <summary>KEDA keeps what carries it from 0, whatever its triggers say (2.18).</summary>
    public const string ForceActivation = "autoscaling.keda.sh/force-activation";

    public const string Prefix = "reactor.sophia-intel.ai/";
    public const string KedaPrefix = "autoscaling.keda.sh/";

    /// <summary>The incident in whose name a ScaledObject is paused. Its presence makes a pause ours.</summary>
    public const string Incident = Prefix + "incident";

    /// <summary>What the cluster itself remembers of the trip, signed.</summary>
    public const string Memory = Prefix + "memory";

    /// <summary>"true": the reactor never touches this ScaledObject.</summary>
    public const string OptOut = Prefix + "opt-out";

    /// <summary>"true": preferred as canary.</summary>
    public const string Canary = Prefix + "canary";

    /// <summary>"cpu", "freeze" or "replicas: n".</summary>
    public const string Action = Prefix + "action";

    /// <summary>Lifts KEDA's webhook refusal for our HPA (honoured since KEDA 2.14).</summary>
    public const string HpaOwnership = "validations.keda.sh/hpa-ownership";

    public const string ManagedByLabel = "app.kubernetes.io/managed-by";

    /// <summary>Our value of <see cref="ManagedByLabel"/>, and our field manager.</summary>
    public const string Manager = "sophia-keda-reactor";

    /// <summary>True for whatever Go's ParseBool does not read as false: KEDA takes what is no boolean for true.</summary>
    public static bool ForcesActivation(TargetView view) =>
        view.Annotations.TryGetValue(ForceActivation, out var value) && (value.Length == 0 || Pauses(value));

    /// <summary>
    /// Whether KEDA takes this value of <see cref="Paused"/> as a pause. Measured: anything that Go's ParseBool does not read as
    /// false pauses, "garbage" too; the empty value is neither (KEDA shows Paused and keeps the HPA).
    /// </summary>
    public static bool Pauses(string? value) => value is not (null or "" or "0" or "f" or "F" or "false" or "False" or "FALSE");
}
