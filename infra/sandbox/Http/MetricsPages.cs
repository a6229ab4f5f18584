using System.Text;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Exporters;

namespace Sophia.Keda.Reactor.Sandbox.Http;

/// <summary>What a Prometheus of this cluster would scrape. A dead one answers 503, where a real one would not answer at all: `up` is 0 for both.</summary>
internal static class MetricsPages
{
    public static readonly string[] Paths = ["/sandbox/keda/metrics", "/sandbox/keda/metrics-apiserver/metrics", "/sandbox/kube-state-metrics", "/sandbox/kube-apiserver/metrics"];

    /// <summary>Null when there is no such page.</summary>
    public static ApiResponse? Answer(SandboxCluster cluster, string path) => Array.IndexOf(Paths, path) switch
    {
        0 => Page(cluster.Metrics.Text(), "the operator does not answer"),
        // None of its own is played: whoever scrapes it learns that it is there.
        1 => Page(cluster.Sources.MetricsServerDown ? null : "", "the metrics server does not answer"),
        2 => Page(KubeStateMetrics.Text(cluster), ""),
        3 => Page(ApiServerMetrics.Text(cluster), ""),
        _ => null,
    };

    private static ApiResponse Page(string? text, string missing) => text is null
        ? ApiResponse.Json(503, Json.Of("error", missing))
        : new ApiResponse(200, Encoding.UTF8.GetBytes(text)) { ContentType = "text/plain; version=0.0.4; charset=utf-8" };
}
