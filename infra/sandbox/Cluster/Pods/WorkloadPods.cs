namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>The pods of one workload, counted: asked for, made (a quota may refuse the rest), placed on a node (there may be no room).</summary>
public sealed class WorkloadPods
{
    public WorkloadPods(StoredObject workload) => Workload = workload;

    public StoredObject Workload { get; }
    public int Asked { get; set; }
    public int Made { get; set; }
    public int Placed { get; set; }

    /// <summary>Up to this place the scheduler has said already that there is no room.</summary>
    public int Told { get; set; }

    /// <summary>Why no more were made, as the first refusal said it: the condition keeps its first words.</summary>
    public string? Refusal { get; set; }
    public DateTimeOffset RefusedSince { get; set; }

    /// <summary>Refused attempts in a row; each waits twice as long as the one before.</summary>
    public int Attempts { get; set; }

    /// <summary>Counts up with every look at this workload, so that a waiting retry knows that it came too late.</summary>
    public int Turn { get; set; }

    /// <summary>They are there and do not run.</summary>
    public bool Broken { get; set; }

    public int Able => Broken ? 0 : Placed;

    /// <summary>A StatefulSet makes the next pod only when the last one runs.</summary>
    public bool OneByOne => Workload.Resource == Resources.StatefulSets && Workload.Spec.Text("podManagementPolicy") != "Parallel";
}
