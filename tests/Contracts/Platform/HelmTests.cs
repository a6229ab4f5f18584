using System.Text.Json;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Policies;
using Sophia.Keda.Reactor.State.Json;
using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>The chart's values against its schema, its templates and what kustomize has. That Helm renders it is tried in ci.yml, by Helm.</summary>
public sealed partial class HelmTests
{
    private static readonly ChartSchema s_schema = new(PlatformFiles.Text("helm/values.schema.json"));

    private static readonly string s_templates = string.Concat(Directory.GetFiles(PlatformFiles.PathOf("helm/templates")).Order(StringComparer.Ordinal).Select(File.ReadAllText));

    [Theory]
    [InlineData("values", true)]
    [InlineData("values-dev", false)]
    [InlineData("values-staging", false)]
    [InlineData("values-production", false)]
    public void Every_values_file_is_as_the_schema_wants_it(string file, bool whole) => Assert.Empty(s_schema.Faults(Values(file), whole));

    [Theory]
    [InlineData("environment: prod", "environment: prod is none of dev, staging, production")]
    [InlineData("customScalers: {artemis: {maxReplicas: 3}}", "customScalers.artemis.maxReplicas is unknown")]
    [InlineData("customScalers: {artemis: {maxReplicaCount: '3'}}", "customScalers.artemis.maxReplicaCount is no integer: 3")]
    [InlineData("customScalers: {artemis: {maxReplicaCount: 0}}", "customScalers.artemis.maxReplicaCount: 0 is below 1")]
    [InlineData("redis: {address: redis}", "redis.address: redis does not match ^[^:/ ]+:[0-9]+$")]
    public void What_the_schema_refuses_is_found(string values, string fault) =>
        Assert.Equal([fault], s_schema.Faults(PlatformFiles.Parse(values).Single(), whole: false));

    [Fact]
    public void Every_value_that_a_template_uses_is_there_and_in_the_schema()
    {
        var values = Values("values");
        var used = ValuePath().Matches(s_templates).Select(m => m.Groups["path"].Value.Split('.')).DistinctBy(p => string.Join('.', p)).ToList();

        Assert.True(used.Count > 20);
        Assert.All(used, path =>
        {
            Assert.True(values.At(path) is not null, $".Values.{string.Join('.', path)} is not in values.yaml");
            Assert.True(s_schema.Knows(path), $".Values.{string.Join('.', path)} is not in the schema");
        });
    }

    [Theory]
    [InlineData("scaler", "artemis")]
    [InlineData("queue", "artemis", "redis", "queues")]
    [InlineData("metric", "sophia", "prometheus", "metrics")]
    [InlineData("schedule", "sophia", "cron", "schedules")]
    public void So_is_every_value_of_a_scaler_and_of_what_it_lists(string variable, params string[] path)
    {
        var found = Values("values").At(["customScalers", .. path])!;
        var one = found is YamlSequenceNode list ? list.Children[0] : found;
        var used = Regex.Matches(s_templates, $@"\${variable}\.(?<path>[\w.]+)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)).Select(m => m.Groups["path"].Value).Distinct(StringComparer.Ordinal).ToList();

        Assert.NotEmpty(used);
        Assert.All(used, name => Assert.True(one.At(name.Split('.')) is not null, $"${variable}.{name} is not in values.yaml"));
        Assert.All(one.Map().Keys, name => Assert.True(used.Any(u => u.Split('.')[0] == name), $"{name} of a {variable} is used by no template"));
    }

    [Fact]
    public void Every_path_of_the_schema_is_in_the_values_and_used_by_a_template()
    {
        var values = Values("values");
        var used = ValuePath().Matches(s_templates).Select(m => m.Groups["path"].Value).ToList();

        Assert.All(s_schema.Paths().Where(path => path[0] is not ("keda" or "global")), path =>
        {
            Assert.True(values.At(path) is not null, $"{string.Join('.', path)} is in the schema and not in values.yaml");
            var name = string.Join('.', path);
            Assert.True(path[0] == "customScalers" || used.Any(u => name == u || name.StartsWith(u + ".", StringComparison.Ordinal) || u.StartsWith(name + ".", StringComparison.Ordinal)), $"{name} is used by no template");
        });
    }

    [Fact]
    public void KEDA_gets_the_same_values_by_the_chart_as_by_GitOps()
    {
        var chart = (YamlMappingNode)Values("values").At("keda")!;
        chart.Children.Remove(new YamlScalarNode("enabled"));

        Assert.Equal(PlatformFiles.Yaml("base/keda/values/values.yaml").Single().Written(), chart.Written());
    }

    [Fact]
    public void What_has_no_value_is_the_file_that_kustomize_applies()
    {
        var files = FileName().Matches(s_templates).Select(m => m.Groups["path"].Value).ToList();

        Assert.Equal(6, files.Count);
        Assert.Equal(files.Order(StringComparer.Ordinal), Directory.GetFileSystemEntries(PlatformFiles.PathOf("helm/files")).Select(f => $"files/{Path.GetFileName(f)}").Order(StringComparer.Ordinal));
        Assert.All(files, file => Assert.StartsWith("../../base/", new FileInfo(PlatformFiles.PathOf($"helm/{file}")).LinkTarget, StringComparison.Ordinal));
    }

    [TheoryWithProgram(Overlays.Kubectl)]
    [InlineData("values-dev", "dev")]
    [InlineData("values-staging", "staging")]
    [InlineData("values-production", "prod")]
    public void Each_environment_has_the_numbers_of_its_overlay(string file, string overlay)
    {
        var (values, rendered) = (Values("values").Under(Values(file)), Overlays.Of(overlay));
        var facts = rendered.One("ConfigMap", "keda-environment").At("data");

        Assert.Equal((facts.Word("ENVIRONMENT"), facts.Word("SCALING_TARGET_SECONDS")), (values.Word("environment"), values.Word("scalingTargetSeconds")));
        Assert.Equal(facts.Word("TESTING") == "enabled", values.Word("testing", "enabled") == "true");
        Assert.Equal(
            ReadPolicy(rendered.One("ConfigMap", "keda-circuit-breaker").Word("data", "circuit_breaker.yaml")!),
            ReadPolicy(values.At("circuitBreaker", "policy")!.Written().Replace("...", "", StringComparison.Ordinal)));
        Assert.Equal(overlay != "dev", values.Word("monitoring", "enabled") == "true");

        foreach (var scaler in values.Map("customScalers").Values)
            SameAs(rendered.One("ScaledObject", scaler.Word("scaledObject")!, scaler.Word("namespace")!).At("spec")!, scaler, values);

        static string ReadPolicy(string text) => ReactorJson.Write(PolicyLoader.Load([("policy", text)]).Policy);
    }

    [Fact]
    public void In_production_a_placeholder_stops_the_chart()
    {
        Assert.Contains("contains \"CHANGE_ME\" (toYaml .Values)", s_templates, StringComparison.Ordinal);
        Assert.DoesNotContain("CHANGE_ME", PlatformFiles.Text("helm/values-production.yaml") + PlatformFiles.Text("helm/values-staging.yaml"), StringComparison.Ordinal);
        Assert.Contains("redisPassword: CHANGE_ME", PlatformFiles.Text("helm/values-dev.yaml"), StringComparison.Ordinal);
        using var schema = JsonDocument.Parse(PlatformFiles.Text("helm/values.schema.json"));
        Assert.Equal("externalSecrets", schema.RootElement.GetProperty("then").GetProperty("properties").GetProperty("secrets").GetProperty("properties").GetProperty("source").GetProperty("const").GetString());
    }

    private static void SameAs(YamlNode spec, YamlNode scaler, YamlNode values)
    {
        Assert.Equal(scaler.Word("deployment"), spec.Word("scaleTargetRef", "name"));
        foreach (var number in new[] { "minReplicaCount", "maxReplicaCount", "pollingInterval", "cooldownPeriod" })
            Assert.Equal((number, scaler.Word(number)), (number, spec.Word(number)));
        Assert.Equal(scaler.Word("fallback", "replicas"), spec.Word("fallback", "replicas"));
        Assert.Equal(scaler.Number("behavior", "scaleDown", "stabilizationWindowSeconds"), spec.Number("advanced", "horizontalPodAutoscalerConfig", "behavior", "scaleDown", "stabilizationWindowSeconds"));
        var triggers = On("prometheus", "metrics").Select(m => $"{m.Word("name")} {m.Word("type")} {m.Word("query")} {m.Word("threshold")} {m.Word("activationThreshold")}")
            .Concat(On("redis", "queues").Select(q => $"{q.Word("name")} {values.Word("redis", "address")} {q.Word("listName")} {q.Word("threshold")} {q.Word("activationThreshold")}"))
            .Concat(On("cron", "schedules").Select(c => $"{c.Word("name")} {scaler.Word("cron", "timezone")} {c.Word("start")} {c.Word("end")} {c.Word("replicas")}"));
        Assert.Equal(triggers, spec.Each("triggers").Select(Told));

        IReadOnlyList<YamlNode> On(string type, string list) => scaler.Word(type, "enabled") == "true" ? scaler.Each(type, list) : [];

        static string Told(YamlNode trigger)
        {
            string[] fields = trigger.Word("type") switch
            {
                "prometheus" => ["query", "threshold", "activationThreshold"],
                "redis" => ["address", "listName", "listLength", "activationListLength"],
                _ => ["timezone", "start", "end", "desiredReplicas"],
            };
            return string.Join(' ', new[] { trigger.Word("name"), trigger.Word("metricType") }.OfType<string>().Concat(fields.Select(f => trigger.Word("metadata", f)!)));
        }
    }

    private static YamlMappingNode Values(string file) => PlatformFiles.Yaml($"helm/{file}.yaml").Single();

    [GeneratedRegex(@"\.Values\.(?<path>\w+(\.\w+)*)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ValuePath();

    [GeneratedRegex("\"path\" \"(?<path>[^\"]+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FileName();
}
