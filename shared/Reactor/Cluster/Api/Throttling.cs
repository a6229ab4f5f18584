namespace Sophia.Keda.Reactor.Cluster;

/// <summary>
/// Whose limit a 429 is of. The API server's priority and fairness marks every answer with the flow it was put into, and turns away with plain text; what is
/// behind it says 429 with a Status, under the same mark; what stands before it (a proxy, a load balancer) has no mark. (k8s.io/apiserver: pkg/server/filters.)
/// </summary>
internal static class Throttling
{
    private const string FlowSchemaUid = "X-Kubernetes-PF-FlowSchema-UID";

    /// <param name="response">A 429.</param>
    /// <param name="said">Its words.</param>
    /// <param name="byStatus">They came in a Status.</param>
    public static string Say(HttpResponseMessage response, string said, bool byStatus) =>
        !response.Headers.TryGetValues(FlowSchemaUid, out var uid)
            ? Words.Cut($"{said} (not by priority and fairness: by what stands before the API server, or its limit of requests in flight)")
        : byStatus ? Words.Cut($"{said} (not by priority and fairness: by what is behind it, an admission webhook, an extension or the storage)")
        : Words.Cut($"turned away by the API server's priority and fairness: no room in the priority level of this account's requests (FlowSchema with uid {uid.FirstOrDefault()})");
}
