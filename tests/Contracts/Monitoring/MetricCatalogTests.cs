using System.Collections.Immutable;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Contracts.Tests.Metrics;
using Sophia.Keda.Reactor.Metrics;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Keda;
using Sophia.Keda.Reactor.Sandbox.Seed;
using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Monitoring;

/// <summary>A rule on a metric that nobody exports never fires, and a panel of one is empty: nothing else says so.</summary>
public sealed partial class MetricCatalogTests
{
    private static readonly ImmutableDictionary<string, ImmutableDictionary<string, (string? From, string? Until)>> Exporters =
        ((YamlMappingNode)MonitoringFolder.Documents("exporters.yaml").Single()).ToImmutableDictionary(
            exporter => ((YamlScalarNode)exporter.Key).Value!,
            exporter => ((YamlMappingNode)exporter.Value).ToImmutableDictionary(
                metric => ((YamlScalarNode)metric.Key).Value!, metric => (metric.Value.Word("from"), metric.Value.Word("until"))));

    private static IEnumerable<string> Recorded => MonitoringFolder.Rules("recording-rules.yaml").Select(rule => rule.Word("record")!);

    private static IEnumerable<string> Expressions =>
        MonitoringFolder.RuleFiles.SelectMany(MonitoringFolder.Rules).Select(rule => rule.Word("expr")!).Concat(Dashboard.Expressions);

    private static ImmutableSortedSet<string> Read => [.. Expressions.SelectMany(PromQl.MetricsOf)];

    [Fact]
    public void Every_metric_that_is_read_is_exported_by_somebody_who_is_named()
    {
        var exported = Exporters.Values.SelectMany(metrics => metrics.Keys).Concat(Recorded).Concat(OfReactor()).ToHashSet(StringComparer.Ordinal);

        Assert.DoesNotContain(Read, metric => !exported.Contains(metric));
    }

    [Fact]
    public void Nothing_is_listed_or_recorded_that_nobody_reads()
    {
        Assert.Empty(Exporters.Where(e => e.Key != "keda-operator").SelectMany(e => e.Value.Keys).Except(Read));

        // For people, and for the list of the documents' names.
        string[] forPeople = ["keda:scaler_metrics_latency_seconds"];
        Assert.Empty(Recorded.Except(Read).Except(forPeople));
    }

    [Theory]
    [InlineData("2.13.0")]
    [InlineData("2.14.0")]
    [InlineData("2.17.0")]
    [InlineData("2.20.0")]
    public void KEDA_of_each_release_exports_what_is_listed_for_it_and_no_less(string version)
    {
        var exported = OfKeda(version);
        var release = Version.Parse(version);
        bool Has((string? From, string? Until) span) =>
            (span.From is null || release >= Version.Parse(span.From)) && (span.Until is null || (release.Major, release.Minor).CompareTo((Version.Parse(span.Until).Major, Version.Parse(span.Until).Minor)) <= 0);

        Assert.All(Exporters["keda-operator"], listed => Assert.True(Has(listed.Value) == exported.Contains(listed.Key), $"{listed.Key} with {version}"));
    }

    [Fact]
    public async Task The_sandbox_exports_what_the_rules_read_of_Kubernetes()
    {
        var cluster = SandboxSeed.Create(TimeProvider.System.GetUtcNow(), 1);
        cluster.Store.Create(Resources.StatefulSets, SeedDocuments.Deployment("sophia-mesh", "index", 2, cpuRequests: true), "tests");
        await using var host = await KubernetesHttpHost.StartAsync(cluster, TimeProvider.System);
        using var client = new HttpClient { BaseAddress = host.Address };
        var state = NamesIn(await client.GetStringAsync("/sandbox/kube-state-metrics"));
        var server = NamesIn(await client.GetStringAsync("/sandbox/kube-apiserver/metrics"));

        // Pods are not objects there.
        Assert.Empty(Exporters["kube-state-metrics"].Keys.Except(state).Except(["kube_pod_container_resource_requests"]));
        Assert.Empty(Exporters["kube-apiserver"].Keys.Except(server));
    }

    [Fact]
    public void The_documents_names_are_each_read_as_something_that_is_there()
    {
        var map = new YamlStream();
        map.Load(new StringReader(((YamlScalarNode)MonitoringFolder.Documents("custom-metrics-configmap.yaml").Single()["data"]["metrics.yaml"]).Value!));
        var metrics = (YamlMappingNode)map.Documents[0].RootNode;
        var there = Exporters["keda-operator"].Keys.Concat(Recorded).Concat(OfReactor()).ToHashSet(StringComparer.Ordinal);

        string[] documents =
        [
            "keda_scaler_errors_total", "keda_scaler_metrics_latency_seconds", "keda_scaled_object_errors_total",
            "keda_trigger_metric_value", "keda_scaling_duration_seconds", "keda_hpa_fallback_active",
        ];
        Assert.Equal(documents, metrics.Children.Keys.Select(key => ((YamlScalarNode)key).Value));
        Assert.All(metrics.Children.Values, metric => Assert.Contains(metric.Word("read_as")!, there));
        Assert.All(metrics.Children.Values.Where(metric => metric.Word("before_2_14") is not null), metric => Assert.Contains(metric.Word("before_2_14")!, there));
        Assert.Equal(ScalingDurations.Bounds, ((YamlSequenceNode)metrics["keda_scaling_duration_seconds"]["buckets"]).Select(bound => double.Parse(((YamlScalarNode)bound).Value!)));
    }

    [Theory]
    [InlineData("""max by (cluster, namespace) (rate(a_total{x="b{c"}[5m])) > 0.05 or on (q) label_replace(up, "d", "$1", "e", "(.+)")""", "a_total up")]
    [InlineData("keda:x:count1m > 3 and keda:y - keda:y offset 10s", "keda:x:count1m keda:y")]
    public void Metrics_are_told_from_labels_functions_and_text(string expression, string metrics) =>
        Assert.Equal(metrics.Split(' '), PromQl.MetricsOf(expression).Order(StringComparer.Ordinal));

    private static HashSet<string> OfReactor() => NamesIn(ReactorMetrics.Write(EverythingKnown.Input()));

    private static HashSet<string> OfKeda(string version)
    {
        var cluster = SandboxSeed.Create(new DateTimeOffset(2026, 8, 1, 10, 0, 0, TimeSpan.Zero), 1, options: new SandboxOptions { KedaVersion = version });
        cluster.Store.Create(
            Resources.ScaledJobs,
            (JsonObject)JsonNode.Parse("""{"metadata":{"name":"nightly","namespace":"sophia-mesh"},"spec":{"triggers":[{"type":"redis","metadata":{"listName":"nightly"}}]}}""")!,
            "tests");
        cluster.Faults.SetAnswersNothing("sophia-mesh", "sophia-ai-prometheus-scaler", true);
        cluster.Advance(TimeSpan.FromMinutes(1));
        cluster.Faults.SetTriggerSource("sophia-mesh", "sophia-ai-prometheus-scaler", TriggerFailure.Prometheus);
        cluster.Advance(TimeSpan.FromMinutes(1));
        return NamesIn(cluster.Metrics.Text()!);
    }

    private static HashSet<string> NamesIn(string page) => [.. Sample().Matches(page).Select(m => m.Value)];

    [GeneratedRegex(@"^[a-zA-Z_:][\w:]*", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Sample();
}
