using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Who serves the external metrics, and whether it answers.</summary>
internal static class MetricsServerReader
{
    public const string MetricsApi = "v1beta1.external.metrics.k8s.io";

    /// <param name="answer">The APIService, as the API server had it: without a problem.</param>
    /// <param name="services">Where Services lead.</param>
    public static async Task<MetricsServerView> ReadAsync(Listing<ApiServiceDto> answer, KedaServices services)
    {
        if (answer.Items.Count == 0 && answer.Unread.Count > 0)
            return new MetricsServerView { Available = true, Unread = true, Reason = "Unreadable", Message = answer.Unread[0].Object.Problem };

        // No APIService at all is what the removal of KEDA's metrics server looks like.
        if (answer.Items.Count == 0)
            return new MetricsServerView { Available = false, Reason = "NotFound", Message = "there is no such APIService", GiveBack = services.Manifest() };
        var service = answer.Items[0];
        var available = Conditions.Find(service.Status?.Conditions, "Available");
        var view = new MetricsServerView
        {
            Available = available is { IsTrue: true },
            Reason = available?.Reason ?? "NoCondition",
            Message = available?.Message ?? "",
        };
        return service.Spec is { } spec ? await LedAsync(view, service, spec.Service, services) : view;
    }

    private static async Task<MetricsServerView> LedAsync(MetricsServerView view, ApiServiceDto service, ServiceRefDto? to, KedaServices services)
    {
        var own = services.Own(KedaPart.MetricsServer);
        var lead = to is not null ? await services.OfAsync(KedaPart.MetricsServer, to)
            : own.Count > 0 ? new Lead(LeadsTo.Others)
            : new Lead(LeadsTo.Unknown, "it names no Service, and no Deployment of KEDA's metrics server that is to run was found");

        // KEDA's own Service that is not there is not somebody else: the condition Available says it.
        if (lead.To == LeadsTo.Keda || (lead.To == LeadsTo.Nowhere && own.Any(d => d.Namespace == to!.Namespace)))
            return view;
        if (lead.To == LeadsTo.Unknown)
            return view with { Doubt = lead.Why };
        if (await services.OwnServiceAsync(KedaPart.MetricsServer) is not var (ns, name, port))
            return view with { Doubt = $"Service {to!.Namespace}/{to.Name} is not there, and no Deployment of KEDA's metrics server that is to run was found" };
        return view with
        {
            Taken = new Taken(By(to, lead), $"{ns}/{name}", Writers.OfService(service)),
            GiveBack = Patch(ns, name, port),
        };
    }

    private static string By(ServiceRefDto? to, Lead lead) =>
        to is null ? "the API server itself (it names no Service)" : $"Service {to.Namespace}/{to.Name}{(lead.To == LeadsTo.Nowhere ? ", which is not there" : "")}";

    // insecureSkipTLSVerify of whoever took it goes with it: beside it the API server refuses the caBundle that KEDA's operator writes there.
    private static string Patch(string ns, string name, int port)
    {
        if (ApiPath.Fault(ns, name) is not null)
            return "";
        var body = new JsonObject
        {
            ["spec"] = new JsonObject
            {
                ["service"] = new JsonObject { ["namespace"] = ns, ["name"] = name, ["port"] = port },
                ["insecureSkipTLSVerify"] = null,
            },
        };
        return $"kubectl patch apiservice {MetricsApi} --type=merge -p '{body.ToJsonString()}'";
    }
}
