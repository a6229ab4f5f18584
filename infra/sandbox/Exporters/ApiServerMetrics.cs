using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Exporters;

/// <summary>What the API server says of the APIs that others serve for it. Those of its own are not played.</summary>
internal static class ApiServerMetrics
{
    public static string Text(SandboxCluster cluster)
    {
        var page = new Exposition();
        foreach (var service in cluster.Store.All(Resources.ApiServices))
        {
            var available = service.Status.Array("conditions")?.FirstOrDefault(c => c.Text("type") == "Available").Text("status") == "True";
            page.Gauge("aggregator_unavailable_apiservice", available ? 0 : 1, ("name", service.Name));
        }

        return page.ToString();
    }
}
