using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda.Versions;

namespace Sophia.Keda.Reactor.Contracts.Tests.ClusterConformance;

/// <summary>The cluster that the environment names, if it does, and what can be tried on it.</summary>
internal static class RealCluster
{
    public const string Variable = "REACTOR_TEST_KUBERNETES";
    public const string MayStopVariable = "REACTOR_TEST_KUBERNETES_MAY_STOP_KEDA";

    private static readonly Lazy<Abilities> Found = new(() => Task.Run(AskAsync).GetAwaiter().GetResult());

    public static string? Named => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : null;

    /// <param name="named">"server,token file,CA file".</param>
    /// <exception cref="FormatException">A variable that is wrong must not look like one that is not set.</exception>
    public static ClusterConnection Connection(string named) =>
        named.Split(',', StringSplitOptions.TrimEntries) is [{ Length: > 0 } server, { Length: > 0 } token, { Length: > 0 } authority] && Uri.TryCreate(server, UriKind.Absolute, out var address)
            ? new ClusterConnection { Server = address, TokenFile = token, CaFile = authority }
            : throw new FormatException($"{Variable} is '{named}'; expected \"<server>,<token file>,<CA file>\".");

    /// <summary>Why a case can't run there; null when it can.</summary>
    public static string? WhyNot(Needs needs, string? trait)
    {
        if (needs.HasFlag(Needs.StoppingKeda) && Environment.GetEnvironmentVariable(MayStopVariable) != "1")
            return $"skipped: it stops KEDA for everybody; {MayStopVariable}=1 allows that";
        return Found.Value.WhyNot(needs, trait);
    }

    private static async Task<Abilities> AskAsync()
    {
        using var http = Connection(Named!).Connect(TimeProvider.System);
        http.Timeout = TimeSpan.FromSeconds(20);
        var keda = await KedaInCluster.FindAsync(http);
        var metrics = keda is null ? 404 : (await Reply.OfAsync(http, "GET", keda.MetricsPath)).Status;
        return new Abilities(keda, MetricsAnswer: metrics == 200);
    }

    private sealed record Abilities(KedaInCluster? Keda, bool MetricsAnswer)
    {
        public string? WhyNot(Needs needs, string? trait)
        {
            if (needs != Needs.ApiServer && Keda is not { OperatorUp: true })
                return "skipped: no operator of KEDA is up in this cluster";
            if (needs.HasFlag(Needs.Webhook) && Keda is not { WebhookUp: true })
                return "skipped: KEDA's admission webhook is not up in this cluster";
            if (needs.HasFlag(Needs.OperatorMetrics) && !MetricsAnswer)
                return "skipped: the operator's metrics can't be reached through the API server";
            return trait is null || KedaTraits.Of(Keda!.Version).Has(Enum.Parse<KedaTrait>(trait)) ? null : $"skipped: KEDA {Keda.Version} has no {trait} (the sandbox's table)";
        }
    }
}

/// <summary>Where and what KEDA is in a cluster.</summary>
internal sealed record KedaInCluster(string Namespace, string Operator, string? MetricsServer, string Version, bool OperatorUp, bool WebhookUp)
{
    private const string Label = "app.kubernetes.io/part-of%3Dkeda-operator";

    public string MetricsPath => $"/api/v1/namespaces/{Namespace}/services/{Operator}:8080/proxy/metrics";

    public static async Task<KedaInCluster?> FindAsync(HttpClient http)
    {
        var found = (await Reply.OfAsync(http, "GET", $"/apis/apps/v1/deployments?labelSelector={Label}")).Body.Array("items") ?? [];
        var byName = found.ToDictionary(d => d.Object("metadata").Text("name")!, d => d!);
        if (byName.Keys.FirstOrDefault(n => n.Contains("operator", StringComparison.Ordinal)) is not { } name)
            return null;
        var metadata = byName[name].Object("metadata");
        return new KedaInCluster(
            metadata.Text("namespace")!, name, byName.Keys.FirstOrDefault(n => n.Contains("metrics", StringComparison.Ordinal)),
            metadata.Object("labels").Text("app.kubernetes.io/version") ?? "unknown", Up(byName[name]),
            byName.Any(d => d.Key.Contains("webhook", StringComparison.Ordinal) && Up(d.Value)));
    }

    private static bool Up(JsonNode deployment) => deployment.Object("status").Whole("availableReplicas") > 0;
}
