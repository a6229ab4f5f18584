using Sophia.Keda.Reactor.Sandbox.Hpa;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <param name="CpuMilli">Its CPU request in thousandths of a core; null: it asks for none.</param>
/// <param name="Injected">Put into the pod at admission: the template doesn't show it.</param>
public sealed record Container(string Name, long? CpuMilli, bool Injected);

/// <summary>The containers of a workload's pods, with the sidecars of its template and those that are injected. A pod made before an injection was asked for is not told apart.</summary>
public static class Containers
{
    /// <summary>On a namespace: a container of this name, without a CPU request, is put into each of its pods.</summary>
    public const string AnyInjector = "sandbox.sophia-intel.ai/inject";

    private const long IstioProxyMilli = 100;

    public static IReadOnlyList<Container> Of(ObjectStore store, StoredObject workload)
    {
        var template = workload.Spec.Object("template");
        var spec = template.Object("spec");
        var sidecars = (spec.Array("initContainers") ?? []).Where(c => c.Text("restartPolicy") == "Always");
        var containers = (spec.Array("containers") ?? []).Concat(sidecars)
            .Select(c => new Container(c.Text("name") ?? "", Quantity.Milli(c.Object("resources").Object("requests").Text("cpu")), Injected: false)).ToList();
        var ns = store.Find(Resources.Namespaces, "", workload.Namespace);
        var own = template.Object("metadata");
        var istio = own.Object("labels").Text("sidecar.istio.io/inject") ?? own.Object("annotations").Text("sidecar.istio.io/inject");
        if (istio is null ? ns?.Metadata.Object("labels").Text("istio-injection") == "enabled" : istio == "true")
            containers.Add(new Container("istio-proxy", IstioProxyMilli, Injected: true));
        if ((own.Object("annotations").Text("linkerd.io/inject") ?? ns?.Annotation("linkerd.io/inject")) is "enabled" or "ingress")
            containers.Add(new Container("linkerd-proxy", null, Injected: true));
        if (own.Object("annotations").Text("dapr.io/enabled") == "true")
            containers.Add(new Container("daprd", Quantity.Milli(own.Object("annotations").Text("dapr.io/sidecar-cpu-request")), Injected: true));

        // Anybody's webhook: no reactor can know its marks.
        if (ns?.Annotation(AnyInjector) is { Length: > 0 } name)
            containers.Add(new Container(name, null, Injected: true));
        return containers;
    }
}
