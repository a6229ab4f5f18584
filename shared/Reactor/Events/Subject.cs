using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Events;

/// <summary>The subject of an event of KEDA's: "/cluster/namespace/scaledobject/name" (KEDA, pkg/eventemitter/eventhelper.go).</summary>
internal sealed record Subject(string Cluster, string Namespace, string Name)
{
    /// <summary>What KEDA calls a cluster that nobody named (its operator's --k8s-cluster-name): as good as no name.</summary>
    private const string Unnamed = "kubernetes-default";

    private const int Longest = 1024;

    public bool IsOf(string cluster) => Cluster.Length == 0 || Cluster == Unnamed || Cluster == cluster;

    /// <summary>Null, with what is wrong, when it is none.</summary>
    public static Subject? Of(string? text, out string fault)
    {
        fault = "";
        var parts = text is { Length: <= Longest } ? text.Split('/') : [];
        if (parts.Length < 5 || parts[0].Length > 0 || Text.HasControl(text!))
        {
            fault = "its subject is not /cluster/namespace/scaledobject/name";
            return null;
        }

        // From the end: a cluster's name is free text and may hold a slash.
        var (space, kind, name) = (parts[^3], parts[^2], parts[^1]);

        // The kind is empty when KEDA's client had stripped it from the object; the event's type says the same.
        if (kind is not ("scaledobject" or "")) fault = $"its subject is a {Text.Clean(kind, 60)}, not a scaledobject";
        else if (!KubernetesName.IsNamespace(space)) fault = "its subject holds no Kubernetes namespace name";
        else if (!KubernetesName.IsName(name)) fault = "its subject holds no Kubernetes object name";
        return fault.Length > 0 ? null : new Subject(string.Join('/', parts[1..^3]), space, name);
    }
}
