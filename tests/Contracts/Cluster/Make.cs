using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

/// <summary>Objects and writes with defaults, so that what a test sets is what matters.</summary>
internal static class Make
{
    public const string Uid = "11111111-1111-1111-1111-111111111111";
    public const string ScaledObjectPath = "/apis/keda.sh/v1alpha1/namespaces/mesh/scaledobjects/work";
    public const string HpaPath = "/apis/autoscaling/v2/namespaces/mesh/horizontalpodautoscalers";

    public static TargetId Target { get; } = new("mesh", "work");

    public static string ScaledObject(string name = "work", string ns = "mesh", string spec = """{"scaleTargetRef":{"name":"work"}}""", string status = "{}") =>
        $$"""{"metadata":{"name":"{{name}}","namespace":"{{ns}}","uid":"{{Uid}}","resourceVersion":"7"},"spec":{{spec}},"status":{{status}} }""";

    public static string Hpa(string name, string meta = "", string target = """{"apiVersion":"apps/v1","kind":"Deployment","name":"work"}""", string status = "{}") =>
        $$"""{"metadata":{"name":"{{name}}","namespace":"mesh","uid":"u-{{name}}"{{meta}} },"spec":{"scaleTargetRef":{{target}},"maxReplicas":9},"status":{{status}} }""";

    public static string OwnedBy(string uid, string controller = "true") =>
        $$""","ownerReferences":[{"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","name":"work","uid":"{{uid}}","controller":{{controller}} }]""";

    public static string Deployment(string name, string ns = "mesh", string labels = "{}", string spec = """{"replicas":2}""", string status = "{}") =>
        $$"""{"metadata":{"name":"{{name}}","namespace":"{{ns}}","uid":"d-{{name}}","labels":{{labels}} },"spec":{{spec}},"status":{{status}} }""";

    /// <summary>A ScaledObject as it is read again after a conflict.</summary>
    public static string Again(string annotations, string version = "8", string uid = Uid, string more = "") =>
        $$"""{"metadata":{"name":"work","namespace":"mesh","uid":"{{uid}}","resourceVersion":"{{version}}","annotations":{{annotations}}{{more}} } }""";

    public static AnnotateScaledObject Pause(TargetMemory? memory = null) => new()
    {
        Target = Target,
        Purpose = "pause",
        Uid = Uid,
        ResourceVersion = "7",
        Annotations = ImmutableSortedDictionary<string, string?>.Empty.Add(Annotations.Paused, "true").Add(Annotations.Incident, "inc-1"),
        DecidedOn = ImmutableSortedDictionary<string, string?>.Empty.Add(Annotations.Paused, null).Add(Annotations.Incident, null),
        Memory = memory,
    };

    public static DeleteHpa Delete(string name = "keda-hpa-work") => new()
    {
        Target = Target,
        Purpose = "make room",
        Name = name,
        Uid = "hpa-uid",
        Owner = HpaOwner.Keda,
    };

    public static ApplyFallbackHpa Apply(string? container = null) => new()
    {
        Target = Target,
        Purpose = "fallback",
        Hpa = new FallbackHpa
        {
            Name = "work-fallback",
            Workload = new WorkloadRef("apps/v1", "Deployment", "work"),
            Min = 3,
            Max = 9,
            CpuUtilization = 60,
            Container = container,
            OwnerUid = Uid,
            IncidentId = "inc-1",
        },
    };

    public static ScaleWorkload Scale(string apiVersion = "apps/v1", string kind = "Deployment") => new()
    {
        Target = Target,
        Purpose = "raise from zero",
        Workload = new WorkloadRef(apiVersion, kind, "work"),
        Replicas = 4,
        Because = Reason.RaisedFromZero,
        From = 0,
        ResourceVersion = "7",
    };

    public static WriteChain Chain(params ClusterWrite[] writes) => new(Target, [.. writes]);

    public static TargetMemory Memory() => new()
    {
        IncidentId = "inc-1",
        Cause = Cause.OperatorUnhealthy,
        TrippedAt = new DateTimeOffset(2026, 11, 21, 23, 0, 0, TimeSpan.Zero),
        Action = FallbackAction.Cpu,
        Workload = new WorkloadRef("apps/v1", "Deployment", "work"),
        Min = 1,
        Max = 9,
        CachedReplicas = 5,
        FallbackMin = 3,
        Floor = 5,
        FloorUntil = new DateTimeOffset(2026, 11, 21, 23, 10, 0, TimeSpan.Zero),
    };
}
