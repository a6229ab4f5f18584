using YamlDotNet.RepresentationModel;
using System.Text.Json;
using Sophia.Keda.Reactor.Policies;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

public sealed class ManifestTests
{
    [Fact]
    public void Every_setting_in_the_manifests_is_one_that_the_sample_names()
    {
        using var sample = JsonDocument.Parse(Shipped.Text("local.settings.sample.json"));
        var known = sample.RootElement.GetProperty("Values").EnumerateObject().Select(value => value.Name).ToHashSet(StringComparer.Ordinal);
        var used = Manifests.Settings.Keys
            .Concat(Manifests.Container.Each("env").Select(env => env.Word("name")!))
            .Concat(Shipped.Yaml("infra/keda/base/reactor-redis/kustomization.yaml").Single().Each("configMapGenerator").SelectMany(g => g.Words("literals")).Select(l => l.Split('=')[0]));

        Assert.All(used, name => Assert.True(known.Contains(name.Replace("__", ":")), $"{name} is no setting"));
    }

    [Fact]
    public void It_begins_as_an_observer() => Assert.Equal("observe", Manifests.Settings["Policy__Mode"]);

    [Fact]
    public void The_policy_file_loads_and_pages_only_channels_that_exist()
    {
        var policy = PolicyLoader.Load([("circuit_breaker.yaml", Shipped.Text($"{Manifests.Folder}/circuit_breaker.yaml"))]).Policy;

        Assert.Equal(["pagerduty", "slack"], policy.NamedChannels!.Value.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_probe_asks_a_route_that_is_open_to_all_on_the_port_that_is_listened_on()
    {
        var open = RouteTable.Rows.Where(row => row.Method == "GET" && row.May.Contains("nobody")).Select(row => "/api/" + row.Route).ToList();
        var container = Manifests.Container;
        foreach (var (probe, path) in new[] { ("startupProbe", "/api/health/live"), ("livenessProbe", "/api/health/live"), ("readinessProbe", "/api/health/ready") })
        {
            Assert.Equal((path, "http"), (container.Word(probe, "httpGet", "path"), container.Word(probe, "httpGet", "port")));
            Assert.Contains(path, open);
        }

        var port = Assert.Single(container.Each("ports"));
        Assert.Equal(("http", Dockerfile.Port), (port.Word("name"), port.Word("containerPort")));
        Assert.Equal("http", Assert.Single(Manifests.Kind("Service").Each("spec", "ports")).Word("targetPort"));
    }

    [Fact]
    public void Files_that_settings_name_are_mounted()
    {
        var mounts = Manifests.Container.Each("volumeMounts").ToDictionary(m => m.Word("mountPath")!, m => m.Word("name")!);
        var volumes = Manifests.Pod.Each("volumes").ToDictionary(v => v.Word("name")!, v => v.Word("configMap", "name") ?? v.Word("secret", "secretName") ?? "");

        Assert.Equal("sophia-keda-reactor", volumes[mounts[Manifests.Settings["Secrets__Folder"]]]);
        Assert.Equal("sophia-keda-reactor-policy", volumes[mounts[Path.GetDirectoryName(Manifests.Settings["Policy__File"])!]]);
        var generated = Shipped.Yaml($"{Manifests.Folder}/kustomization.yaml").Single().Each("configMapGenerator").ToDictionary(g => g.Word("name")!, g => g.Words("files").Concat(g.Words("envs")).Single());
        Assert.Equal(Path.GetFileName(Manifests.Settings["Policy__File"]), generated["sophia-keda-reactor-policy"]);
        Assert.Equal("settings.env", generated[Assert.Single(Manifests.Container.Each("envFrom")).Word("configMapRef", "name")!]);
    }

    [Fact]
    public void The_pod_passes_the_restricted_standard_that_its_namespace_enforces()
    {
        Assert.Equal("restricted", Manifests.Kind("Namespace").Word("metadata", "labels", "pod-security.kubernetes.io/enforce"));
        var redis = Shipped.Yaml("infra/keda/base/reactor-redis/redis.yaml").Single(d => d.Word("kind") == "StatefulSet").At("spec", "template", "spec")!;
        foreach (var pod in new[] { Manifests.Pod, redis })
        {
            Assert.Equal(("true", "RuntimeDefault"), (pod.Word("securityContext", "runAsNonRoot"), pod.Word("securityContext", "seccompProfile", "type")));
            var container = Assert.Single(pod.Each("containers"));
            Assert.Equal(("false", "true"), (container.Word("securityContext", "allowPrivilegeEscalation"), container.Word("securityContext", "readOnlyRootFilesystem")));
            Assert.Equal("ALL", Assert.Single(container.Words("securityContext", "capabilities", "drop")));
            Assert.NotNull(container.Word("resources", "requests", "cpu"));
            Assert.NotNull(container.Word("resources", "limits", "memory"));
        }
    }

    [Fact]
    public void One_of_two_replicas_may_always_go_and_they_keep_apart()
    {
        Assert.Equal("2", Manifests.Deployment.Word("spec", "replicas"));
        Assert.Equal("1", Manifests.Kind("PodDisruptionBudget").Word("spec", "minAvailable"));
        var app = Manifests.Deployment.Word("spec", "template", "metadata", "labels", "app.kubernetes.io/name");
        var apart = Assert.Single(Manifests.Pod.Each("affinity", "podAntiAffinity", "preferredDuringSchedulingIgnoredDuringExecution")).At("podAffinityTerm");
        Assert.Equal(("kubernetes.io/hostname", app), (apart.Word("topologyKey"), apart.Word("labelSelector", "matchLabels", "app.kubernetes.io/name")));
        Assert.Equal(app, Assert.Single(Manifests.Pod.Each("topologySpreadConstraints")).Word("labelSelector", "matchLabels", "app.kubernetes.io/name"));
        foreach (var selector in new[]
        {
            Manifests.Deployment.At("spec", "selector", "matchLabels"), Manifests.Kind("Service").At("spec", "selector"),
            Manifests.Kind("PodDisruptionBudget").At("spec", "selector", "matchLabels"), Manifests.Kind("NetworkPolicy").At("spec", "podSelector", "matchLabels"),
        })
            Assert.Equal(app, selector.Word("app.kubernetes.io/name"));
    }

    [Fact]
    public void The_API_server_serves_the_account_before_others_and_after_what_keeps_the_cluster_alive()
    {
        var flow = Manifests.Kind("FlowSchema");

        Assert.Equal("workload-high", flow.Word("spec", "priorityLevelConfiguration", "name"));
        Assert.InRange(int.Parse(flow.Word("spec", "matchingPrecedence")!), 901, 8999);
        var rule = Assert.Single(flow.Each("spec", "rules"));
        var account = Assert.Single(rule.Each("subjects")).At("serviceAccount");
        Assert.Equal((Manifests.Kind("ServiceAccount").Word("metadata", "namespace"), Manifests.Kind("ServiceAccount").Word("metadata", "name")), (account.Word("namespace"), account.Word("name")));
        Assert.Equal("true", Assert.Single(rule.Each("resourceRules")).Word("clusterScope"));
    }

    /// <summary>Else kubectl apply and kubectl apply --server-side of one folder conflict: EveryManifestTests.</summary>
    [Theory]
    [InlineData("infra/keda/base/reactor/admission.yaml", 3)]
    [InlineData("infra/keda/gitops/overlays/prod/no-placeholders.yaml", 1)]
    public void Every_policy_writes_out_what_the_server_would_fill_in(string file, int policies)
    {
        var constraints = Shipped.Yaml(file).Where(d => d.Word("kind") == "ValidatingAdmissionPolicy").Select(d => d.At("spec", "matchConstraints")!).ToList();

        Assert.Equal(policies, constraints.Count);
        Assert.All(constraints, c =>
        {
            Assert.Equal("Equivalent", c.Word("matchPolicy"));
            Assert.All(new[] { "namespaceSelector", "objectSelector" }, selector => Assert.IsType<YamlMappingNode>(c.At(selector)));
            Assert.All(c.Each("resourceRules"), rule => Assert.Equal("*", rule.Word("scope")));
        });
    }

    [Fact]
    public void There_is_time_to_finish_before_the_pod_is_killed()
    {
        // StandaloneHost gives what is under way 30 s.
        Assert.True(int.Parse(Manifests.Pod.Word("terminationGracePeriodSeconds")!) > 30);
    }

    [Fact]
    public void The_network_lets_out_to_the_Redis_of_the_settings()
    {
        var (host, port) = Manifests.Settings["State__Redis__Endpoints"].Split(':') is [var h, var p] ? (h, p) : default;
        var redis = Shipped.Yaml("infra/keda/base/reactor-redis/redis.yaml");
        Assert.Contains(redis, d => d.Word("kind") == "Service" && d.Word("metadata", "name") == host);
        var way = Manifests.Kind("NetworkPolicy").Each("spec", "egress").Single(e => e.Each("to").Any(t => t.Word("podSelector", "matchLabels", "app.kubernetes.io/name") is not null));
        var app = redis.Single(d => d.Word("kind") == "StatefulSet").Word("spec", "template", "metadata", "labels", "app.kubernetes.io/name");

        Assert.Equal(app, Assert.Single(way.Each("to")).Word("podSelector", "matchLabels", "app.kubernetes.io/name"));
        Assert.Equal(port, Assert.Single(way.Each("ports")).Word("port"));
    }
}
