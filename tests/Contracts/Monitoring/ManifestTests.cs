using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Kpis;
using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Monitoring;

/// <summary>What no tool here can load: the ServiceMonitors, the dashboard and the collector's configuration, by their structure.</summary>
public sealed class ManifestTests
{
    private static IEnumerable<YamlMappingNode> Monitors => MonitoringFolder.Documents("service-monitors.yaml");

    [Fact]
    public void Every_job_that_a_rule_asks_for_is_scraped_with_its_own_labels()
    {
        var jobs = Monitors.Select(monitor =>
        {
            var endpoint = Assert.Single((YamlSequenceNode)monitor["spec"]["endpoints"]);
            Assert.Equal("true", endpoint.Word("honorLabels"));
            var relabeling = Assert.Single((YamlSequenceNode)endpoint["relabelings"]);
            Assert.Equal("job", relabeling.Word("targetLabel"));
            return relabeling.Word("replacement")!;
        }).ToList();

        var rules = string.Concat(MonitoringFolder.AlertFiles.Select(MonitoringFolder.Text));
        Assert.Equal(["keda-admission-webhooks", "keda-metrics-apiserver", "keda-operator", "sophia-keda-reactor"], jobs.Order(StringComparer.Ordinal));
        Assert.All(["keda-metrics-apiserver", "keda-operator", "sophia-keda-reactor"], job => Assert.Contains($"up{{job=\"{job}\"}}", rules, StringComparison.Ordinal));
    }

    [Fact]
    public void The_reactor_is_scraped_with_a_key_of_its_own()
    {
        var endpoint = ((YamlSequenceNode)Monitors.Single(m => m["metadata"].Word("name") == "sophia-keda-reactor")["spec"]["endpoints"])[0];

        Assert.Equal(("http", "/api/metrics"), (endpoint.Word("port"), endpoint.Word("path")));
        Assert.Equal("Bearer", endpoint["authorization"].Word("type"));
        Assert.Equal("sophia-keda-reactor-scrape", endpoint["authorization"]["credentials"].Word("name"));
    }

    [Fact]
    public void The_dashboard_has_the_six_panels_of_the_document_as_current_types()
    {
        Assert.Equal("keda-sophia-intel", (string?)Dashboard.Root["uid"]);
        var types = Dashboard.Panels.ToDictionary(panel => (string)panel["title"]!, panel => (string)panel["type"]!);

        Assert.Equal("timeseries", types["Scaling Events Timeline"]);
        Assert.Equal("stat", types["Current Replica Count"]);
        Assert.Equal("gauge", types["Scaling Latency P95"]);
        Assert.Equal("timeseries", types["Queue Depth vs Replicas"]);
        Assert.Equal("timeseries", types["AI Workload Metrics"]);
        Assert.Equal("stat", types["HPA Fallback Status"]);
        Assert.All(types.Values, type => Assert.Contains(type, (string[])["row", "timeseries", "stat", "gauge", "state-timeline", "text"]));
        Assert.All(["Breaker State", "Recovery Waves", "Pages", "CPU Used of Requested", "Cost a Month at This Size"], title => Assert.Contains(title, types.Keys));
    }

    [Fact]
    public void Its_panels_have_their_own_place_number_and_questions()
    {
        var panels = Dashboard.Panels.ToList();
        Assert.Equal(panels.Count, panels.Select(panel => (int)panel["id"]!).Distinct().Count());
        Assert.All(panels.Where(panel => (string?)panel["type"] is not ("row" or "text")), panel =>
        {
            var targets = panel["targets"]!.AsArray();
            Assert.NotEmpty(targets);
            Assert.Equal(targets.Count, targets.Select(target => (string?)target!["refId"]).Distinct().Count());
            Assert.All(targets, target => Assert.Equal("${datasource}", (string?)target!["datasource"]!["uid"]));
        });
        var taken = panels.SelectMany(Cells).ToList();
        Assert.Equal(taken.Count, taken.Distinct().Count());
        Assert.All(taken, cell => Assert.InRange(cell.X, 0, 23));
    }

    [Fact]
    public void Every_row_of_section_10_is_a_panel_of_a_recorded_week_or_says_where_to_look()
    {
        var recorded = MonitoringFolder.Rules("recording-rules.yaml").Select(rule => rule.Word("record")!).Where(name => name.EndsWith("7d", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        var measured = Dashboard.Panels.Where(panel => (int)panel["gridPos"]!["y"]! > 48 && panel["targets"] is not null)
            .ToDictionary(panel => (string)panel["title"]!, panel => PromQl.MetricsOf((string)panel["targets"]!.AsArray().Single()!["expr"]!));
        var told = Dashboard.Panels.Single(panel => (string?)panel["type"] == "text")["options"]!["content"]!.ToString().Split('\n')[2..].Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToList();

        Assert.All(measured.Values, metrics => Assert.Contains(Assert.Single(metrics), recorded));
        Assert.All(told, row => Assert.True(row is ["", _, not "", not "", ""]));
        Assert.Equal(
            [
                "Scaling Latency", "Resource Efficiency", "Queue Processing", "Scaling Failures", "Fallback Activations", "Service Availability",
                "Over-provisioning", "Manual Interventions", "Incident Response", "Infrastructure Spend", "Deployment Frequency", "Feature Velocity",
            ],
            measured.Keys.Concat(told.Select(row => row[1])));
    }

    [Fact]
    public void What_people_ordered_is_counted_by_the_rule_as_by_the_audit_trail()
    {
        var rule = MonitoringFolder.Rules("recording-rules.yaml").Single(rule => rule.Word("record") == "keda:interventions:increase7d").Word("expr")!;

        Assert.Contains($"reason=~\"{string.Join('|', KpiHistory.ByHand)}\"", rule, StringComparison.Ordinal);
    }

    [Fact]
    public void The_collector_reads_the_operator_and_each_of_its_parts_is_in_the_pipeline_in_order()
    {
        var document = MonitoringFolder.Documents("otel-collector.yaml").Single();
        var stream = new YamlStream();
        stream.Load(new StringReader(((YamlScalarNode)document["data"]["otel-collector-config.yaml"]).Value!));
        var config = (YamlMappingNode)stream.Documents[0].RootNode;
        var pipeline = (YamlMappingNode)config["service"]["pipelines"]["metrics"];

        foreach (var kind in (string[])["receivers", "processors", "exporters"])
        {
            var used = ((YamlSequenceNode)pipeline[kind]).Select(name => ((YamlScalarNode)name).Value).ToList();
            Assert.Equal(((YamlMappingNode)config[kind]).Children.Keys.Select(name => ((YamlScalarNode)name).Value).Order(StringComparer.Ordinal), used.Order(StringComparer.Ordinal));
        }

        Assert.Equal(["memory_limiter", "resource", "batch"], ((YamlSequenceNode)pipeline["processors"]).Select(name => ((YamlScalarNode)name).Value));
        var scrape = Assert.Single((YamlSequenceNode)config["receivers"]["prometheus"]["config"]["scrape_configs"]);
        Assert.Equal("true", scrape.Word("honor_labels"));
        Assert.Null(config["exporters"]["prometheus"].Word("namespace"));
    }

    [Fact]
    public void Every_file_of_the_folder_is_applied_or_is_for_people()
    {
        var kustomization = MonitoringFolder.Documents("kustomization.yaml").Single();
        var applied = ((YamlSequenceNode)kustomization["resources"]).Select(resource => ((YamlScalarNode)resource).Value!);

        string[] forPeople = ["README.md", "exporters.yaml", "grafana-dashboard.json", "kustomization.yaml"];
        Assert.Equal(Directory.GetFiles(MonitoringFolder.Path).Select(file => Path.GetFileName(file)!).Except(forPeople).Order(StringComparer.Ordinal), applied.Order(StringComparer.Ordinal));
        Assert.Contains("keda-sophia-intel.json=grafana-dashboard.json", MonitoringFolder.Text("kustomization.yaml"), StringComparison.Ordinal);
    }

    private static IEnumerable<(int X, int Y)> Cells(JsonNode panel)
    {
        var place = panel["gridPos"]!;
        return from x in Enumerable.Range((int)place["x"]!, (int)place["w"]!)
               from y in Enumerable.Range((int)place["y"]!, (int)place["h"]!)
               select (x, y);
    }
}
