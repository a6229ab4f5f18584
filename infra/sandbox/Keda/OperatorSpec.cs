using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Keda.Versions;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

/// <summary>One of KEDA's operators as somebody installed it: its Deployment, its lease, and the ScaledObjects that it watches.</summary>
public sealed record OperatorSpec
{
    public string Namespace { get; init; } = KedaInstallation.Namespace;

    public string Name { get; init; } = KedaInstallation.Operator;

    /// <summary>--leader-election-id.</summary>
    public string Lease { get; init; } = KedaInstallation.LeaseName;

    public int Replicas { get; init; } = 2;

    /// <summary>WATCH_NAMESPACE: names with commas between them; empty for all.</summary>
    public string WatchNamespace { get; init; } = "";

    /// <summary>WATCH_LABEL_SELECTOR (KEDA 2.21; releases before do not look at it); empty for any.</summary>
    public string WatchLabelSelector { get; init; } = "";

    /// <summary>As most people have it: an only one, with every word as the chart's defaults leave it.</summary>
    public bool IsDefault => this == new OperatorSpec();

    public ImmutableArray<string> Arguments => Lease == KedaInstallation.LeaseName ? ["--leader-elect"] : ["--leader-elect", $"--leader-election-id={Lease}"];

    /// <summary>False: its release does not know the flag --leader-election-id, so the process ends as it starts.</summary>
    public bool Runs(KedaTraits traits) => Lease == KedaInstallation.LeaseName || traits.Has(KedaTrait.LeaseNameIsAnOption);

    /// <summary>By its watch: what it does not watch it does not know. Before 2.14 two names with a comma are one name that no namespace has.</summary>
    public Func<StoredObject, bool> Serves(KedaTraits traits)
    {
        string[] namespaces = WatchNamespace.Length == 0 ? [] : traits.Has(KedaTrait.NamespacesAreShared) ? WatchNamespace.Split(',', StringSplitOptions.RemoveEmptyEntries) : [WatchNamespace];
        var labels = Selectors.OfLabels(traits.Has(KedaTrait.LabelsAreShared) ? WatchLabelSelector : "");
        return o => (namespaces.Length == 0 || namespaces.Contains(o.Namespace)) && labels(o);
    }

    /// <summary>The Deployment's first container, as the chart writes it.</summary>
    public void Describe(JsonObject container)
    {
        container["command"] = new JsonArray("/keda");
        container["args"] = new JsonArray([.. Arguments.Select(a => (JsonNode)a)]);
        container["env"] = new JsonArray(
            new JsonObject { ["name"] = "WATCH_NAMESPACE", ["value"] = WatchNamespace },
            new JsonObject { ["name"] = "WATCH_LABEL_SELECTOR", ["value"] = WatchLabelSelector });
    }
}
