using System.Text;
using Sophia.Keda.Reactor.Policies;
using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>The environment table of the source documents' README, in what kubectl renders.</summary>
public sealed class EnvironmentTests
{
    private const string Placeholder = "CHANGE_ME";

    [TheoryWithProgram(Overlays.Kubectl)]
    [InlineData("dev", "dev", 15, "enabled", 10, 15, 10, 10)]
    [InlineData("staging", "staging", 12, "enabled", 30, 50, 30, 10)]
    [InlineData("prod", "production", 9, "disabled", 50, 100, 50, 30)]
    public void Each_environment_has_its_target_its_testing_and_its_most_replicas(
        string overlay, string environment, int seconds, string testing, int artemis, int sophia, int services, int batch)
    {
        var rendered = Overlays.Of(overlay);

        var facts = rendered.One("ConfigMap", "keda-environment").At("data");
        Assert.Equal((environment, seconds, testing), (facts.Word("ENVIRONMENT"), facts.Number("SCALING_TARGET_SECONDS"), facts.Word("TESTING")));
        Assert.Equal((artemis, sophia, services, batch), (Most("artemis-redis-scaler"), Most("sophia-ai-prometheus-scaler"), Most("sophia-ai-services"), Most("artemis-batch-processor")));

        int Most(string name) => rendered.One("ScaledObject", name).Number("spec", "maxReplicaCount");
    }

    [TheoryWithProgram(Overlays.Kubectl)]
    [InlineData("dev", false, 3, 4)]
    [InlineData("staging", true, 5, 6)]
    [InlineData("prod", true, 3, 4)]
    public void The_policy_of_each_loads_in_the_reactor_and_says_when_the_breaker_trips(string overlay, bool enabled, int events, int changes)
    {
        var rendered = Overlays.Of(overlay);
        var settings = Settings(rendered);
        var text = Mounted(rendered, "policy").Word("data", Path.GetFileName(settings["Policy__File"]))!;

        var loaded = PolicyLoader.Load([("circuit_breaker.yaml", text)], settings["Policy__Environment"]);

        Assert.Equal((enabled, events, changes), (loaded.Policy.Enabled, loaded.Policy.ScaleEventsPerMinute, loaded.Policy.DirectionChangesIn5Min));
        Assert.Equal((TimeSpan.FromSeconds(60), 10, 5, 30), (loaded.Policy.CooldownPeriod, loaded.Policy.FallbackReplicas, loaded.Policy.ConsecutiveFailures, loaded.Policy.ErrorRatePercentage));
        Assert.Equal(4, loaded.Policy.OnTrip.Count);
        Assert.Equal(4, loaded.Policy.OnRecovery.Count);
        Assert.Equal(["pagerduty", "slack"], loaded.Policy.NamedChannels!.Value.Order(StringComparer.Ordinal));

        // What people and scripts read is what the reactor mounts.
        Assert.Equal(text, rendered.One("ConfigMap", "keda-circuit-breaker", "keda-system").Word("data", "circuit_breaker.yaml"));
    }

    [TheoryWithProgram(Overlays.Kubectl)]
    [InlineData("dev", "dev", "act")]
    [InlineData("staging", "staging", "act")]
    [InlineData("prod", "production", "observe")]
    public void The_reactor_knows_its_cluster_and_its_environment_and_in_production_it_begins_as_an_observer(string overlay, string environment, string mode)
    {
        var settings = Settings(Overlays.Of(overlay));

        Assert.Equal((environment, environment, mode), (settings["Cluster__Name"], settings["Policy__Environment"], settings["Policy__Mode"]));
        Assert.Equal("artemis-mesh,sophia-mesh", settings["Kubernetes__Namespaces"]);
    }

    [TheoryWithProgram(Overlays.Kubectl)]
    [InlineData("staging")]
    [InlineData("prod")]
    public void Nothing_outside_development_holds_a_placeholder(string overlay)
    {
        var rendered = Overlays.Of(overlay);

        Assert.DoesNotContain(Placeholder, Overlays.Text($"gitops/overlays/{overlay}"), StringComparison.Ordinal);
        Assert.Empty(rendered.Kind("Secret"));
        Assert.Equal(4, rendered.Kind("ExternalSecret").Count());
    }

    [FactWithProgram(Overlays.Kubectl)]
    public void In_development_placeholders_stand_in_for_Vault_and_each_carries_the_label_that_production_refuses()
    {
        var rendered = Overlays.Of("dev");

        Assert.Empty(rendered.Kind("ExternalSecret").Concat(rendered.Kind("ClusterSecretStore")));
        Assert.Equal(["artemis-mesh", "sophia-mesh"], rendered.Kind("Secret").Select(s => s.Namespace()).Order(StringComparer.Ordinal));
        var label = "";
        foreach (var secret in rendered.Kind("Secret"))
        {
            Assert.Equal("redis-credentials", secret.Name());
            Assert.All(secret.Map("data").Values, value => Assert.Equal(Placeholder, Encoding.UTF8.GetString(Convert.FromBase64String(value.Word()!))));
            label = Assert.Single(secret.Map("metadata", "labels")).Key;
        }

        var refusal = Overlays.Of("prod").One("ValidatingAdmissionPolicy", "keda-no-placeholders");
        Assert.Contains($"\"{label}\" in object.metadata.labels", Assert.Single(refusal.Each("spec", "validations")).Word("expression"), StringComparison.Ordinal);
        Assert.Equal(["secrets"], Assert.Single(refusal.Each("spec", "matchConstraints", "resourceRules")).Words("resources"));
    }

    private static Dictionary<string, string> Settings(IEnumerable<YamlMappingNode> rendered)
    {
        var documents = rendered.ToList();
        var container = Assert.Single(documents.One("Deployment", "sophia-keda-reactor").Each("spec", "template", "spec", "containers"));
        var name = Assert.Single(container.Each("envFrom")).Word("configMapRef", "name")!;
        return documents.One("ConfigMap", name).Map("data").ToDictionary(pair => pair.Key, pair => pair.Value.Word()!);
    }

    /// <summary>The ConfigMap behind a volume of the reactor's pod.</summary>
    private static YamlMappingNode Mounted(IEnumerable<YamlMappingNode> rendered, string volume)
    {
        var documents = rendered.ToList();
        var found = documents.One("Deployment", "sophia-keda-reactor").Each("spec", "template", "spec", "volumes").Single(v => v.Word("name") == volume);
        return documents.One("ConfigMap", found.Word("configMap", "name")!);
    }
}
