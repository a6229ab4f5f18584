using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>Who may speak to whom: the whole of what the policies allow, and no more.</summary>
public sealed class NetworkTests
{
    private const string Dns = "namespace kube-system: 53/UDP 53/TCP";
    private const string ApiServer = "anywhere but 169.254.0.0/16: 443/TCP 6443/TCP";
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
    public void The_operator_hears_the_metrics_server_and_Prometheus_and_asks_the_API_server_Redis_and_Prometheus(string overlay) =>
        Allows(
            overlay,
            Pods.Operator,
            ["pods app=keda-operator-metrics-apiserver: 9666/TCP", Scrape],
            [Dns, ApiServer, "namespace shared-services: 6379/TCP 6380/TCP", "namespace istio-system: 9090/TCP"]);

    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void The_metrics_server_hears_the_API_server_from_wherever_it_is_and_asks_the_operator(string overlay) =>
        Allows(overlay, Pods.MetricsServer, ["anywhere: 6443/TCP", Scrape], [Dns, ApiServer, "pods app=keda-operator: 9666/TCP"]);

    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void The_webhook_hears_the_API_server_from_wherever_it_is(string overlay) =>
        Allows(overlay, Pods.Webhooks, ["anywhere: 9443/TCP", Scrape], [Dns, ApiServer]);

    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void Every_policy_is_about_pods_that_exist_and_opens_ports_on_which_they_listen(string overlay)
    {
        var pods = Pods.In(Overlays.Of(overlay));
        foreach (var policy in Policies(overlay).Where(p => p.Map("spec", "podSelector").Count > 0))
        {
            var about = Assert.Single(Pods.Selected(pods, policy.Namespace(), policy.Map("spec", "podSelector", "matchLabels")));
            foreach (var port in policy.Each("spec", "ingress").SelectMany(i => i.Each("ports")).Select(p => p.Word("port")!))
                Assert.True(about.Ports.ContainsKey(port) || about.Ports.Values.Any(n => $"{n}" == port), $"{policy.Called()} opens {port}, where {about.Called} does not listen");
            foreach (var peer in policy.Each("spec", "ingress").SelectMany(i => i.Each("from")).Concat(policy.Each("spec", "egress").SelectMany(e => e.Each("to"))).Where(p => p.At("podSelector") is not null))
                Assert.Single(Pods.Selected(pods, policy.Namespace(), peer.Map("podSelector", "matchLabels")));
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

    private static void Allows(string overlay, Pod pod, string[] ingress, string[] egress)
    {
        var about = Assert.Single(Policies(overlay).Where(p => p.Map("spec", "podSelector").Count > 0), p => Pods.Selected([pod], p.Namespace(), p.Map("spec", "podSelector", "matchLabels")).Any());

        Assert.Equal(ingress, Ways(about, "ingress", "from"));
        Assert.Equal(egress, Ways(about, "egress", "to"));
    }

    private static IEnumerable<YamlMappingNode> Policies(string overlay) => Overlays.Of(overlay).Kind("NetworkPolicy");

    private static IEnumerable<string> Ways(YamlMappingNode policy, string direction, string peers) => policy.Each("spec", direction)
        .SelectMany(rule => (rule.At(peers) is null ? ["anywhere"] : rule.Each(peers).Select(Peer)).Select(peer => $"{peer}: {string.Join(' ', rule.Each("ports").Select(p => $"{p.Word("port")}/{p.Word("protocol")}"))}"));

    private static string Peer(YamlNode peer) => peer.Word("ipBlock", "cidr") is { } cidr
        ? $"anywhere{(cidr == "0.0.0.0/0" ? "" : $" in {cidr}")} but {string.Join(' ', peer.Words("ipBlock", "except"))}"
        : peer.Word("namespaceSelector", "matchLabels", "kubernetes.io/metadata.name") is { } ns
            ? $"namespace {ns}"
            : $"pods {string.Join(',', peer.Map("podSelector", "matchLabels").Select(l => $"{l.Key}={l.Value.Word()}"))}";
}
