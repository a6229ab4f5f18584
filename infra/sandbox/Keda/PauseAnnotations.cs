using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

/// <summary>The four annotations of a ScaledObject that pause it, read as KEDA reads them (measured).</summary>
public sealed record PauseAnnotations(string? Paused, string? Replicas, string? ScaleIn, string? ScaleOut)
{
    public const string PausedKey = "autoscaling.keda.sh/paused";
    public const string ReplicasKey = "autoscaling.keda.sh/paused-replicas";
    public const string ScaleInKey = "autoscaling.keda.sh/paused-scale-in";
    public const string ScaleOutKey = "autoscaling.keda.sh/paused-scale-out";

    public static PauseAnnotations Of(StoredObject scaledObject) => new(
        scaledObject.Annotation(PausedKey), scaledObject.Annotation(ReplicasKey),
        scaledObject.Annotation(ScaleInKey), scaledObject.Annotation(ScaleOutKey));

    /// <summary>Takes the HPA away. paused-replicas counts even beside paused: "false".</summary>
    public bool Full => Replicas is not null || Holds(Paused);

    public bool In => Holds(ScaleIn);

    public bool Out => Holds(ScaleOut);

    public bool Any => Full || In || Out;

    public bool ReplicasAreBroken => Replicas is not null && ReplicaCount is null;

    public int? ReplicaCount => int.TryParse(Replicas, out var count) && count >= 0 ? count : null;

    /// <summary>KEDA's watch compares values and takes a missing key for "": so going from "" to no key is never noticed (measured).</summary>
    public PauseAnnotations AsWatched() => new(Paused ?? "", Replicas ?? "", ScaleIn ?? "", ScaleOut ?? "");

    /// <summary>True for an annotation that is there and does not say false.</summary>
    public static bool Holds(string? value) => value is not null && !SaysFalse(value);

    /// <summary>Go's ParseBool: whatever cannot be parsed pauses.</summary>
    private static bool SaysFalse(string value) => value is "0" or "f" or "F" or "false" or "False" or "FALSE";
}
