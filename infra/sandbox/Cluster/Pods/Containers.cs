using Sophia.Keda.Reactor.Sandbox.Hpa;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <param name="CpuMilli">Its CPU request in thousandths of a core; null: it asks for none.</param>
/// <param name="Injected">A mesh put it into the pod: the template doesn't show it.</param>
public sealed record Container(string Name, long? CpuMilli, bool Injected);

/// <summary>The containers of a workload's pods, with those that a mesh injects. A pod made before the mesh was asked for is not told apart.</summary>
public static class Containers
{
    private const long IstioProxyMilli = 100;

    public static IReadOnlyList<Container> Of(ObjectStore store, StoredObject workload)
    {
        var template = workload.Spec.Object("template");
        var containers = (template.Object("spec").Array("containers") ?? [])
            .Select(c => new Container(c.Text("name") ?? "", Quantity.Milli(c.Object("resources").Object("requests").Text("cpu")), Injected: false)).ToList();
        var ns = store.Find(Resources.Namespaces, "", workload.Namespace);
        var own = template.Object("metadata");
        var istio = own.Object("labels").Text("sidecar.istio.io/inject") ?? own.Object("annotations").Text("sidecar.istio.io/inject");
        if (istio is null ? ns?.Metadata.Object("labels").Text("istio-injection") == "enabled" : istio == "true")
            containers.Add(new Container("istio-proxy", IstioProxyMilli, Injected: true));
        if ((own.Object("annotations").Text("linkerd.io/inject") ?? ns?.Annotation("linkerd.io/inject")) is "enabled" or "ingress")
            containers.Add(new Container("linkerd-proxy", null, Injected: true));
        return containers;
    }
}
