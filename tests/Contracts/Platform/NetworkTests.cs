using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>Who may speak to whom: the whole of what the policies allow, and no more.</summary>
public sealed class NetworkTests
{
    private const string ClusterDns = "namespace kube-system: 53/UDP 53/TCP";

    /// <summary>NodeLocal DNSCache, which no namespace selector matches.</summary>
    private const string NodeDns = "169.254.20.10/32: 53/UDP 53/TCP";
    private const string ApiServer = "anywhere but 169.254.0.0/16: 443/TCP 6443/TCP";
    private const string AnyOperator = "app.kubernetes.io/component In operator,app NotIn keda-operator-metrics-apiserver keda-admission-webhooks";
    private const string Scrape = "namespace istio-system: 8080/TCP";

    public static TheoryData<string> All => Overlays.All;

    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void In_keda_system_nobody_speaks_to_anybody_unless_it_is_said(string overlay)
    {
        var all = Policies(overlay).Single(p => p.Map("spec", "podSelector").Count == 0);

        Assert.Equal("keda-system", all.Namespace());
        Assert.Equal(["Ingress", "Egress"], all.Words("spec", "policyTypes"));
        Assert.Empty(all.Each("spec", "ingress").Concat(all.Each("spec", "egress")));
    }

    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void The_operator_hears_the_metrics_server_and_Prometheus_and_speaks_to_the_API_server_Redis_Prometheus_and_the_reactor(string overlay) =>
        Allows(
            overlay,
            Pods.Operator,
            ["pods app=keda-operator-metrics-apiserver: 9666/TCP", Scrape],
            [ClusterDns, NodeDns, ApiServer, "namespace shared-services: 6379/TCP 6380/TCP", "namespace istio-system: 9090/TCP", "pods app.kubernetes.io/name=sophia-keda-reactor in keda-reactor: 7071/TCP"]);

    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void A_second_operator_has_the_first_ones_policy_and_no_other(string overlay) => Assert.Equal(
        "keda-operator",
        Assert.Single(Policies(overlay).Where(p => p.Map("spec", "podSelector").Count > 0), p => Pods.Selected([Pods.SecondOperator], p.Namespace(), p.At("spec", "podSelector")!).Any()).Name());

    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void The_metrics_server_hears_the_API_server_from_wherever_it_is_and_asks_the_operator(string overlay) =>
        Allows(overlay, Pods.MetricsServer, ["anywhere: 6443/TCP", Scrape], [ClusterDns, NodeDns, ApiServer, $"pods {AnyOperator}: 9666/TCP"]);

    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void The_webhook_hears_the_API_server_from_wherever_it_is(string overlay) =>
        Allows(overlay, Pods.Webhooks, ["anywhere: 9443/TCP", Scrape], [ClusterDns, NodeDns, ApiServer]);

    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void The_reactor_hears_its_callers_and_KEDAs_operator_and_speaks_to_the_API_server_its_pagers_and_its_Redis(string overlay) =>
        Allows(
            overlay,
            Pods.In(Overlays.Of(overlay)).Single(p => p.Called == "sophia-keda-reactor"),
            ["namespace istio-system: http/TCP", "namespaces reactor.sophia-intel.ai/may-call=true: http/TCP", $"pods {AnyOperator} in keda-system: http/TCP"],
            [
                ClusterDns, NodeDns, "anywhere but 169.254.0.0/16: 443/TCP 465/TCP 587/TCP 6443/TCP",
                "pods app.kubernetes.io/name=sophia-keda-reactor-redis: 6379/TCP",
            ]);

    /// <summary>What one side lets out the other lets in.</summary>
    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void Wherever_the_reactor_or_KEDAs_events_go_is_open_on_both_sides(string overlay)
    {
        var rendered = Overlays.Of(overlay);
        var listens = Assert.Single(Pods.In(rendered).Single(p => p.Called == "sophia-keda-reactor").Ports);
        Assert.Contains($"pods app.kubernetes.io/name=sophia-keda-reactor in keda-reactor: {listens.Value}/TCP", Ways(Policy("keda-operator"), "egress", "to"));
        Assert.Contains($"pods {AnyOperator} in keda-system: {listens.Key}/TCP", Ways(Policy("sophia-keda-reactor"), "ingress", "from"));

        YamlMappingNode Policy(string name) => Policies(overlay).Single(p => p.Name() == name);
    }

    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void Every_policy_is_about_pods_that_exist_and_opens_ports_on_which_they_listen(string overlay)
    {
        var pods = Pods.In(Overlays.Of(overlay));
        foreach (var policy in Policies(overlay).Where(p => p.Map("spec", "podSelector").Count > 0))
        {
            var about = Assert.Single(Pods.Selected(pods, policy.Namespace(), policy.At("spec", "podSelector")!));
            foreach (var port in policy.Each("spec", "ingress").SelectMany(i => i.Each("ports")).Select(p => p.Word("port")!))
                Assert.True(about.Ports.ContainsKey(port) || about.Ports.Values.Any(n => $"{n}" == port), $"{policy.Called()} opens {port}, where {about.Called} does not listen");
            foreach (var peer in policy.Each("spec", "ingress").SelectMany(i => i.Each("from")).Concat(policy.Each("spec", "egress").SelectMany(e => e.Each("to"))).Where(p => p.At("podSelector") is not null))
                Assert.Single(Pods.Selected(pods, Elsewhere(peer) ?? policy.Namespace(), peer.At("podSelector")!));
        }
    }

    /// <summary>The triggers' addresses, held against what the operator may reach.</summary>
    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void Every_source_of_a_trigger_can_be_reached(string overlay)
    {
        var rendered = Overlays.Of(overlay);
        var open = Policies(overlay).Single(p => p.Name() == "keda-operator").Each("spec", "egress")
            .SelectMany(e => e.Each("to").SelectMany(to => e.Each("ports").Select(p => $"{to.Word("namespaceSelector", "matchLabels", "kubernetes.io/metadata.name")}:{p.Word("port")}"))).ToHashSet();
        var sources = rendered.Kind("ScaledObject").SelectMany(s => s.Each("spec", "triggers"))
            .Select(t => t.Word("metadata", "address") ?? t.Word("metadata", "serverAddress")?.Replace("http://", "", StringComparison.Ordinal)).OfType<string>().ToList();

        Assert.Equal(8, sources.Count);
        Assert.All(sources, source => Assert.Contains($"{source.Split(':')[0].Split('.')[1]}:{source.Split(':')[1]}", open));
    }

    /// <summary>KEDA has no certificate of the mesh: a sidecar beside Redis or Prometheus would turn it away on every port that is not said.</summary>
    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void Where_the_mesh_is_strict_KEDA_still_gets_into_its_sources(string overlay)
    {
        var rendered = Overlays.Of(overlay);
        var open = rendered.Kind("PeerAuthentication").SelectMany(p => p.Map("spec", "portLevelMtls").Where(port => port.Value.Word("mode") == "PERMISSIVE").Select(port => $"{p.Namespace()}:{port.Key}"));
        var sources = rendered.Kind("ScaledObject").SelectMany(s => s.Each("spec", "triggers"))
            .Select(t => t.Word("metadata", "address") ?? t.Word("metadata", "serverAddress")?.Replace("http://", "", StringComparison.Ordinal)).OfType<string>();

        Assert.Equal(sources.Select(source => $"{source.Split(':')[0].Split('.')[1]}:{source.Split(':')[1]}").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), open.Order(StringComparer.Ordinal));

        // A mode for one port needs a selector, or it says nothing.
        Assert.All(rendered.Kind("PeerAuthentication").Where(p => p.At("spec", "portLevelMtls") is not null), p => Assert.NotEmpty(p.Map("spec", "selector", "matchLabels")));
    }

    private static void Allows(string overlay, Pod pod, string[] ingress, string[] egress)
    {
        var about = Assert.Single(Policies(overlay).Where(p => p.Map("spec", "podSelector").Count > 0), p => Pods.Selected([pod], p.Namespace(), p.At("spec", "podSelector")!).Any());

        Assert.Equal(ingress, Ways(about, "ingress", "from"));
        Assert.Equal(egress, Ways(about, "egress", "to"));
    }

    private static IEnumerable<YamlMappingNode> Policies(string overlay) => Overlays.Of(overlay).Kind("NetworkPolicy");

    private static IEnumerable<string> Ways(YamlMappingNode policy, string direction, string peers) => policy.Each("spec", direction)
        .SelectMany(rule => (rule.At(peers) is null ? ["anywhere"] : rule.Each(peers).Select(Peer)).Select(peer => $"{peer}: {string.Join(' ', rule.Each("ports").Select(p => $"{p.Word("port")}/{p.Word("protocol")}"))}"));

    private static string Peer(YamlNode peer)
    {
        if (peer.Word("ipBlock", "cidr") is { } cidr)
            return cidr == "0.0.0.0/0" ? $"anywhere but {string.Join(' ', peer.Words("ipBlock", "except"))}" : cidr;
        if (peer.At("podSelector") is not null)
            return $"pods {Labels(peer, "podSelector")}{(Elsewhere(peer) is { } other ? $" in {other}" : "")}";
        return Elsewhere(peer) is { } ns ? $"namespace {ns}" : $"namespaces {Labels(peer, "namespaceSelector")}";
    }

    /// <summary>The namespace that a peer names; null for the policy's own, or for what is chosen by other labels.</summary>
    private static string? Elsewhere(YamlNode peer) => peer.Word("namespaceSelector", "matchLabels", "kubernetes.io/metadata.name");

    private static string Labels(YamlNode peer, string selector) => string.Join(',', peer.Map(selector, "matchLabels").Select(l => $"{l.Key}={l.Value.Word()}")
        .Concat(peer.At(selector)!.Each("matchExpressions").Select(e => $"{e.Word("key")} {e.Word("operator")} {string.Join(' ', e.Words("values"))}")));
}
