using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>KEDA comes out the same whichever way it is installed: by the script, by Argo CD, by Flux, as part of the chart.</summary>
public sealed class InstallationTests
{
    [TheoryWithProgram(Overlays.Kubectl)]
    [InlineData("dev", "dev", 1)]
    [InlineData("staging", "staging", 2)]
    [InlineData("prod", "production", 2)]
    public void Each_environment_has_its_replicas_of_KEDA_and_the_name_of_its_cluster_by_every_way(string overlay, string environment, int replicas)
    {
        var reactors = Overlays.Of(overlay).Kind("ConfigMap").Select(c => c.Word("data", "Cluster__Name")).OfType<string>().Single();

        Assert.All(ByEachWay(environment), way =>
        {
            Assert.Equal((way.Key, replicas, replicas, replicas), (way.Key, way.Value.Number("operator", "replicaCount"), way.Value.Number("metricsServer", "replicaCount"), way.Value.Number("webhooks", "replicaCount")));
            Assert.Equal((way.Key, reactors), (way.Key, way.Value.Word("clusterName")));
        });
    }

    [TheoryWithProgram(Overlays.Kubectl)]
    [InlineData("dev")]
    [InlineData("staging")]
    [InlineData("production")]
    public void And_every_other_value_is_the_same_by_every_way(string environment)
    {
        var written = ByEachWay(environment).ToDictionary(way => way.Key, way => Sorted(way.Value).Written());

        Assert.Equal(4, written.Count);
        Assert.All(written, way => Assert.Equal(written["Argo CD"], way.Value));
    }

    /// <summary>Its chart has them as templates, so Helm, Flux and Argo CD would take them away with it, and every ScaledObject along.</summary>
    [Theory]
    [InlineData("base/keda/values/values.yaml")]
    [InlineData("helm/values.yaml", "keda")]
    public void KEDAs_definitions_stay_when_KEDA_goes(string file, params string[] path)
    {
        var annotations = PlatformFiles.Yaml(file).Single().At([.. path, "crds", "additionalAnnotations"]);

        Assert.Equal("keep", annotations.Word("helm.sh/resource-policy"));
        Assert.Equal("Prune=false,Delete=false", annotations.Word("argocd.argoproj.io/sync-options"));
    }

    private static Dictionary<string, YamlMappingNode> ByEachWay(string environment)
    {
        var sources = PlatformFiles.Yaml("gitops/argocd-application.yaml").One("ApplicationSet", "keda").Each("spec", "template", "spec", "sources");
        var argo = sources.Single(s => s.Word("chart") == "keda").Words("helm", "valueFiles").Select(f => Filled(f, "{{.environment}}").Replace("$git/infra/keda/", "", StringComparison.Ordinal));
        var flux = PlatformFiles.Parse(Overlays.Text("gitops/flux/keda"));
        var maps = flux.One("ConfigMap", "keda-values").Map("data");
        var script = PlatformFiles.Text("scripts/deploy-keda.sh");
        Assert.Contains("values=$keda_root/base/keda/values", script, StringComparison.Ordinal);
        Assert.Contains("--values \"$values/values.yaml\"", script, StringComparison.Ordinal);
        Assert.Contains("--values \"$values/values-$called.yaml\"", script, StringComparison.Ordinal);
        Assert.Contains("--set \"clusterName=$called\"", script, StringComparison.Ordinal);
        var chart = (YamlMappingNode)Laid(["helm/values.yaml", $"helm/values-{environment}.yaml"]).At("keda")!;
        chart.Children.Remove(new YamlScalarNode("enabled"));

        return new()
        {
            ["Argo CD"] = Laid(argo),
            ["Flux"] = flux.One("HelmRelease", "keda").Each("spec", "valuesFrom").Select(from => PlatformFiles.Parse(maps[Filled(from.Word("valuesKey")!, "${environment}")].Word()!).Single()).Aggregate(YamlWays.Under),
            ["script"] = Laid(["base/keda/values/values.yaml", $"base/keda/values/values-{environment}.yaml"]).Under(PlatformFiles.Parse($"clusterName: {environment}").Single()),
            ["chart"] = chart,
        };

        string Filled(string text, string variable) => text.Replace(variable, environment, StringComparison.Ordinal);
    }

    private static YamlMappingNode Laid(IEnumerable<string> files) => files.Select(file => PlatformFiles.Yaml(file).Single()).Aggregate(YamlWays.Under);

    /// <summary>Helm does not mind the order of keys, so neither does the comparison.</summary>
    private static YamlMappingNode Sorted(YamlMappingNode map) => new(map.Children
        .OrderBy(pair => ((YamlScalarNode)pair.Key).Value, StringComparer.Ordinal)
        .Select(pair => new KeyValuePair<YamlNode, YamlNode>(new YamlScalarNode(((YamlScalarNode)pair.Key).Value), pair.Value is YamlMappingNode inner ? Sorted(inner) : pair.Value)));
}
