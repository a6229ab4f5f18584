using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>Which CPU a fallback HPA watches: a container's, or the whole pod's.</summary>
/// <param name="Name">The container of a ContainerResource metric; null: the pod's CPU.</param>
/// <param name="Because">Why that container alone, in words; empty where the pod template has no other.</param>
/// <param name="Lacks">Not null: no CPU HPA can work, because this container asks for no CPU.</param>
internal sealed record WatchedContainer(string? Name, string Because = "", string? Lacks = null)
{
    private static readonly WatchedContainer Pod = new(Name: null);

    /// <summary>
    /// Containers that injectors write, as they stand where somebody has written them into the template (istioctl kube-inject, Jaeger's
    /// operator): their request does not stand in for the app's. Names that an app may well have (envoy) are not among them.
    /// </summary>
    private static readonly ImmutableHashSet<string> Sidecars =
    [
        "istio-proxy", "linkerd-proxy", "daprd", "consul-dataplane", "envoy-sidecar", "kuma-sidecar", "vault-agent", "datadog-agent-injected", "otc-container",
        "jaeger-agent", "azwi-proxy", "gke-gcsfuse-sidecar",
    ];

    /// <summary>The container that asks for no CPU, in the HPA controller's words: "missing request for cpu in container daprd of Pod app-1"; null when it says otherwise.</summary>
    public static string? MissedBy(string message)
    {
        const string says = "missing request for cpu in container ";
        var at = message.IndexOf(says, StringComparison.Ordinal) + says.Length;
        var end = at < says.Length ? -1 : message.IndexOf(' ', at);
        return end < 0 ? null : message[at..end];
    }

    /// <summary>
    /// The app's container wherever exactly one of the template asks for CPU: what is put into the pod at admission, by whomever, may ask for
    /// none, and one container without a request fails the sum over the pod ("missing request for cpu in container daprd"). Its utilisation is the
    /// pod's where it is alone. Where several ask, their sum, unless somebody is known who injects one more: then the first of them.
    /// </summary>
    /// <param name="view">The target; its workload is there.</param>
    /// <param name="containerMetrics">Kubernetes has ContainerResource metrics; where not, they are asked for only where nothing else can work.</param>
    public static WatchedContainer Of(TargetView view, bool containerMetrics)
    {
        var all = view.Replicas!.Containers;
        if (all.IsEmpty)
            return Pod;

        // A gateway of a mesh is a workload whose only container has a sidecar's name.
        var apps = all.Where(c => !Sidecars.Contains(c.Name)).ToList() is { Count: > 0 } some ? some : [.. all];
        var asking = apps.Where(c => c.HasCpuRequest).ToList();
        if (asking.Count == 0)
            return Pod with { Lacks = apps[0].Name };

        var injected = view.Injected.Where(i => all.All(c => c.Name != i.Name)).ToList();
        var podWide = injected.Count == 0 && all.All(c => c.HasCpuRequest);
        if (podWide && (asking.Count > 1 || !containerMetrics))
            return Pod;
        var because = injected.Select(i => i.HasCpuRequest ? $"{i.Name} is injected beside it" : $"{i.Name} is injected without a request")
            .Concat(all.Where(c => !c.HasCpuRequest).Select(c => $"container {c.Name} has no CPU request"))
            .Concat(all.Where(c => c.HasCpuRequest && c != asking[0]).Select(c => $"container {c.Name} is not watched"));
        return new WatchedContainer(asking[0].Name, string.Join(", ", because));
    }
}
