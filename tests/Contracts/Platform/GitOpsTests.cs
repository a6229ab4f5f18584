using Sophia.Keda.Reactor.Core;
using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>GitOps leaves alone what the reactor owns: its pause, its marks, its HPAs.</summary>
public sealed class GitOpsTests
{
    private static readonly string[] s_environments = ["dev", "staging", "production"];

    private static IEnumerable<YamlMappingNode> ApplicationSets => PlatformFiles.Yaml("gitops/argocd-application.yaml").Kind("ApplicationSet");

    private static YamlNode Argo => PlatformFiles.Yaml("gitops/argocd-application.yaml").One("ApplicationSet", "keda").At("spec")!;

    private static YamlNode Application => Argo.At("template", "spec")!;

    [Fact]
    public void Argo_CD_neither_shows_nor_undoes_what_the_reactor_writes_on_a_ScaledObject() => Assert.All(ApplicationSets, set =>
    {
        // What is in no git is then no difference, and what Argo CD does not own is left alone.
        Assert.Equal("ServerSideDiff=true", set.Word("spec", "template", "metadata", "annotations", "argocd.argoproj.io/compare-options"));
        Assert.Contains("ServerSideApply=true", set.Words("spec", "template", "spec", "syncPolicy", "syncOptions"));
    });

    /// <summary>By name, RespectIgnoreDifferences would copy the cluster's pause into what is applied: put back after a hand-back, and never taken from git.</summary>
    [Fact]
    public void Where_git_names_the_same_field_the_reactors_value_stays_by_its_field_manager_and_never_by_name()
    {
        var ignored = Application.Each("ignoreDifferences").Single(d => d.Word("kind") == "ScaledObject");

        Assert.Equal("keda.sh", ignored.Word("group"));
        Assert.Equal([Annotations.Manager], ignored.Words("managedFieldsManagers"));
        Assert.Empty(ignored.Words("jsonPointers").Concat(ignored.Words("jqPathExpressions")));

        // Without this, not shown and undone all the same.
        Assert.Contains("RespectIgnoreDifferences=true", Application.Words("syncPolicy", "syncOptions"));
    }

    /// <summary>2.10 is the first that can compare by the API server's own answer.</summary>
    [Fact]
    public void The_least_version_of_Argo_CD_and_of_Flux_is_said_where_people_look()
    {
        Assert.Contains("Argo CD 2.10 or newer", PlatformFiles.Text("gitops/argocd-application.yaml"), StringComparison.Ordinal);
        Assert.All(["dev", "staging", "prod"], file => Assert.Contains("Flux 2.3 or newer", PlatformFiles.Text($"gitops/flux/{file}.yaml"), StringComparison.Ordinal));
        Assert.Contains("Argo CD 2.10 or Flux 2.3", PlatformFiles.Text("README.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void Argo_CD_may_make_and_prune_everything_but_an_HPA()
    {
        var project = PlatformFiles.Yaml("gitops/argocd-application.yaml").One("AppProject", "keda");
        var forbidden = Assert.Single(project.Each("spec", "namespaceResourceBlacklist"));

        Assert.Equal(("autoscaling", "HorizontalPodAutoscaler"), (forbidden.Word("group"), forbidden.Word("kind")));
        Assert.All(ApplicationSets, set =>
        {
            Assert.Equal(project.Name(), set.Word("spec", "template", "spec", "project"));
            Assert.Equal("true", set.Word("spec", "syncPolicy", "preserveResourcesOnDeletion"));
        });
    }

    [Fact]
    public void Each_environment_has_an_Application_that_installs_KEDA_with_the_files_that_are_there_and_its_overlay()
    {
        var elements = Argo.Each("generators").SelectMany(g => g.Each("list", "elements")).ToList();

        Assert.Equal("keda-{{.environment}}", Argo.Word("template", "metadata", "name"));
        Assert.Equal(s_environments, elements.Select(e => e.Word("environment")!));
        Assert.All(elements, e => Assert.True(File.Exists(PlatformFiles.PathOf($"gitops/overlays/{e.Word("overlay")}/kustomization.yaml"))));
        var git = Application.Each("sources").Single(s => s.Word("ref") is not null);
        Assert.Equal("infra/keda/gitops/overlays/{{.overlay}}", git.Word("path"));
        var keda = Application.Each("sources").Single(s => s.Word("chart") == "keda");
        Assert.Equal(["$git/infra/keda/base/keda/values/values.yaml", "$git/infra/keda/base/keda/values/values-{{.environment}}.yaml"], keda.Words("helm", "valueFiles"));
        Assert.Null(keda.At("helm", "ignoreMissingValueFiles"));
        Assert.All(s_environments.Select(e => $"values-{e}").Append("values"), f => Assert.True(File.Exists(PlatformFiles.PathOf($"base/keda/values/{f}.yaml"))));
    }

    [Theory]
    [InlineData("dev", "dev", "dev")]
    [InlineData("staging", "staging", "staging")]
    [InlineData("prod", "production", "prod")]
    public void Flux_installs_the_same_and_keeps_what_others_set_on_a_ScaledObject(string file, string environment, string overlay)
    {
        var kustomizations = PlatformFiles.Yaml($"gitops/flux/{file}.yaml");
        var keda = kustomizations.Single(k => k.Name() == "keda").At("spec");
        var platform = kustomizations.Single(k => k.Name() == "keda-platform").At("spec");

        Assert.Equal((environment, "./infra/keda/gitops/flux/keda"), (keda.Word("postBuild", "substitute", "environment"), keda.Word("path")));
        Assert.Equal($"./infra/keda/gitops/overlays/{overlay}", platform.Word("path"));
        Assert.Equal("keda", Assert.Single(platform.Each("dependsOn")).Word("name"));
        var patch = Assert.Single(platform.Each("patches"));
        Assert.Equal("ScaledObject", patch.Word("target", "kind"));
        Assert.Equal("Merge", PlatformFiles.Parse(patch.Word("patch")!).Single().Word("metadata", "annotations", "kustomize.toolkit.fluxcd.io/ssa"));
        Assert.Equal(environment != "dev", kustomizations.Any(k => k.Name() == "keda-monitoring"));
    }

    [FactWithProgram(Overlays.Kubectl)]
    public void Flux_finds_every_file_of_values_in_the_ConfigMap_that_its_release_reads()
    {
        var rendered = PlatformFiles.Parse(Overlays.Text("gitops/flux/keda"));
        var release = rendered.One("HelmRelease", "keda").At("spec");
        var values = rendered.One("ConfigMap", "keda-values", "keda-system").Map("data");

        Assert.All(release.Each("valuesFrom"), from => Assert.Equal("keda-values", from.Word("name")));
        // "optional" would forgive a missing ConfigMap, and a missing key not.
        Assert.All(s_environments, e => Assert.All(release.Each("valuesFrom"), from => Assert.Contains(from.Word("valuesKey")!.Replace("${environment}", e, StringComparison.Ordinal), values.Keys)));
        Assert.DoesNotContain('$', string.Concat(values.Values.Select(v => v.Word())));
        Assert.Equal("IfNotPresent", rendered.One("Namespace", "keda-system").Word("metadata", "annotations", "kustomize.toolkit.fluxcd.io/ssa"));
    }

    [FactWithProgram(Overlays.Kubectl)]
    public void What_somebody_puts_in_place_of_a_placeholder_stays()
    {
        Assert.All(Overlays.Of("dev").Kind("Secret"), secret =>
        {
            Assert.Equal("IfNotPresent", secret.Word("metadata", "annotations", "kustomize.toolkit.fluxcd.io/ssa"));
            Assert.Equal(["/data"], Application.Each("ignoreDifferences").Single(d => d.Word("kind") == "Secret" && d.Word("name") == secret.Name()).Words("jsonPointers"));
        });
    }

    [Fact]
    public void Every_way_of_installing_it_takes_one_version_of_KEDA()
    {
        var chart = PlatformFiles.Yaml("helm/Chart.yaml").Single();
        var versions = new[]
        {
            Application.Each("sources").Single(s => s.Word("chart") == "keda").Word("targetRevision"),
            PlatformFiles.Yaml("gitops/flux/keda/helm.yaml").Kind("HelmRelease").Single().Word("spec", "chart", "spec", "version"),
            Assert.Single(chart.Each("dependencies")).Word("version"),
            chart.Word("appVersion"),
        };

        Assert.Single(versions.Distinct(StringComparer.Ordinal));
    }

    /// <summary>A cluster loses nothing that matters with its Application.</summary>
    [FactWithProgram(Overlays.Kubectl)]
    public void No_namespace_is_ever_pruned() => Assert.All(Overlays.Of("prod").Kind("Namespace"), n =>
    {
        Assert.Equal("Prune=false", n.Word("metadata", "annotations", "argocd.argoproj.io/sync-options"));
        Assert.Equal("disabled", n.Word("metadata", "annotations", "kustomize.toolkit.fluxcd.io/prune"));
    });
}
