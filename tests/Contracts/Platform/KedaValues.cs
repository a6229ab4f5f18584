using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>What KEDA's chart is given, by each way of installing it.</summary>
internal static class KedaValues
{
    public static IReadOnlyDictionary<string, YamlMappingNode> ByEachWay(string environment)
    {
        var sources = PlatformFiles.Yaml("gitops/argocd-application.yaml").One("ApplicationSet", "keda").Each("spec", "template", "spec", "sources");
        var argo = sources.Single(s => s.Word("chart") == "keda").Words("helm", "valueFiles").Select(f => Filled(f, "{{.environment}}").Replace("$git/infra/keda/", "", StringComparison.Ordinal));
        var flux = PlatformFiles.Parse(Overlays.Text("gitops/flux/keda"));
        var maps = flux.One("ConfigMap", "keda-values").Map("data");
        var script = PlatformFiles.Text("scripts/deploy-keda.sh");
        Assert.Contains("values=$keda_root/base/keda/values", script, StringComparison.Ordinal);
        Assert.Contains("--values \"$values/values.yaml\"", script, StringComparison.Ordinal);
        Assert.Contains("--values \"$values/values-$called.yaml\"", script, StringComparison.Ordinal);
        var chart = (YamlMappingNode)Laid(["helm/values.yaml", $"helm/values-{environment}.yaml"]).At("keda")!;
        chart.Children.Remove(new YamlScalarNode("enabled"));

        return new Dictionary<string, YamlMappingNode>
        {
            ["Argo CD"] = Laid(argo),
            ["Flux"] = flux.One("HelmRelease", "keda").Each("spec", "valuesFrom").Select(from => PlatformFiles.Parse(maps[Filled(from.Word("valuesKey")!, "${environment}")].Word()!).Single()).Aggregate(YamlWays.Under),
            ["script"] = Laid(["base/keda/values/values.yaml", $"base/keda/values/values-{environment}.yaml"]),
            ["chart"] = chart,
        };

        string Filled(string text, string variable) => text.Replace(variable, environment, StringComparison.Ordinal);
    }

    private static YamlMappingNode Laid(IEnumerable<string> files) => files.Select(file => PlatformFiles.Yaml(file).Single()).Aggregate(YamlWays.Under);

    /// <summary>Helm does not mind the order of keys, so neither does the comparison.</summary>
    public static YamlMappingNode Sorted(YamlMappingNode map) => new(map.Children
        .OrderBy(pair => ((YamlScalarNode)pair.Key).Value, StringComparer.Ordinal)
        .Select(pair => new KeyValuePair<YamlNode, YamlNode>(new YamlScalarNode(((YamlScalarNode)pair.Key).Value), pair.Value is YamlMappingNode inner ? Sorted(inner) : pair.Value)));
}
