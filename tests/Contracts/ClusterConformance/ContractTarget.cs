using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.ClusterConformance;

/// <summary>A workload and its ScaledObject that a case made, and where their parts stand.</summary>
internal sealed record ContractTarget(string Namespace, string Name)
{
    public const string NoUid = "00000000-0000-0000-0000-000000000000";

    public TargetId Id => new(Namespace, Name);

    public string KedaHpa => $"keda-hpa-{Name}";

    public string FallbackHpa => FallbackName.For(Name);

    public string ScaledObjectPath => $"/apis/keda.sh/v1alpha1/namespaces/{Namespace}/scaledobjects/{Name}";

    public string HpasPath => $"/apis/autoscaling/v2/namespaces/{Namespace}/horizontalpodautoscalers";

    public string KedaHpaPath => $"{HpasPath}/{KedaHpa}";

    public string FallbackPath => $"{HpasPath}/{FallbackHpa}";

    public string ScalePath => $"/apis/apps/v1/namespaces/{Namespace}/deployments/{Name}/scale";

    public WorkloadRef Workload => new("apps/v1", "Deployment", Name);

    /// <summary>Waits only, and asks for as little CPU as can be asked for.</summary>
    public string Deployment(string image, int replicas, bool asksForCpu) => $$$"""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"{{{Name}}}"},
         "spec":{"replicas":{{{replicas}}},"selector":{"matchLabels":{"app":"{{{Name}}}"}},
          "template":{"metadata":{"labels":{"app":"{{{Name}}}"}},
           "spec":{"terminationGracePeriodSeconds":0,"containers":[{"name":"app","image":"{{{image}}}","resources":{"requests":{{{(asksForCpu ? """{"cpu":"1m"}""" : "{}")}}} } }]} } } }
        """;

    public string ScaledObject(int min, int max, string trigger, string more) => $$$"""
        {"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","metadata":{"name":"{{{Name}}}"},
         "spec":{"scaleTargetRef":{"name":"{{{Name}}}"},"minReplicaCount":{{{min}}},"maxReplicaCount":{{{max}}},"pollingInterval":5,{{{more}}}
          "advanced":{"horizontalPodAutoscalerConfig":{"behavior":{"scaleDown":{"stabilizationWindowSeconds":0} } } },
          "triggers":[{{{trigger}}}]} }
        """;

    /// <summary>A cron trigger that is active for hours around the given time and wishes for so many replicas: live metrics that need no source.</summary>
    public static string Cron(DateTimeOffset around, int wish) => $$$"""
        {"type":"cron","metadata":{"timezone":"UTC","start":"0 {{{(around.UtcDateTime.Hour + 22) % 24}}} * * *","end":"0 {{{(around.UtcDateTime.Hour + 10) % 24}}} * * *","desiredReplicas":"{{{wish}}}"} }
        """;

    /// <summary>A source whose name is reserved never to be found.</summary>
    public const string Unreachable =
        """{"type":"prometheus","metadata":{"serverAddress":"http://nobody.invalid:9090","query":"up","threshold":"5"} }""";
}
