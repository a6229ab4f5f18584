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

        Assert.All(KedaValues.ByEachWay(environment), way =>
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
        var written = KedaValues.ByEachWay(environment).ToDictionary(way => way.Key, way => KedaValues.Sorted(way.Value).Written());

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
}
