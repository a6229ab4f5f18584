using Sophia.Keda.Reactor.Integration.Tests.Homes;

namespace Sophia.Keda.Reactor.Integration.Tests.Scripts;

/// <summary>With a small platform of its own beside a copy of the scripts: what the real overlays hold is tested where they are.</summary>
public sealed class DeployTests
{
    private const string Deploy = "deploy-keda.sh";

    [FactWithProgram("kubectl")]
    public async Task It_installs_KEDA_applies_the_overlay_waits_and_looks_twice_like_once()
    {
        await using var world = await WithPlatformAsync();
        var (objects, writes) = (world.Objects(), world.Writes.Count);

        var dry = await world.ScriptAsync(Deploy, "--environment", "dev", "--dry-run", "--skip-missing-kinds");
        dry.Ended(0);
        Assert.Contains("would: helm upgrade --install keda keda --repo https://kedacore.github.io/charts --version 2.20.2 --namespace keda-system", dry.Text, StringComparison.Ordinal);
        Assert.Contains("1 ScaledObject", dry.Text, StringComparison.Ordinal);
        Assert.Equal((writes, objects.Count, ""), (world.Writes.Count, world.Objects().Count, world.Terminal.HelmWasAsked));

        (await world.ScriptAsync(Deploy, "--environment", "dev", "--skip-missing-kinds", "--keda-version", "2.13")).Ended(0);
        Assert.Contains("--version ~2.13.0", world.Terminal.HelmWasAsked, StringComparison.Ordinal);
        Assert.Contains("values/values.yaml --values", world.Terminal.HelmWasAsked, StringComparison.Ordinal);
        Assert.Contains("values/values-dev.yaml --set rbac.create=true --set watchNamespace=", world.Terminal.HelmWasAsked, StringComparison.Ordinal);
        Assert.Equal(["keda-hpa-more"], world.Target("more").Hpas.Select(hpa => hpa.Name));
        var wishes = world.Wishes();

        (await world.ScriptAsync(Deploy, "--environment", "dev", "--skip-missing-kinds", "--skip-keda")).Ended(0);
        Assert.Equal(wishes, world.Wishes());
    }

    [FactWithProgram("kubectl")]
    public async Task It_refuses_before_anything_is_begun_and_says_each_reason()
    {
        await using var world = await WithPlatformAsync();
        await world.KubectlAsync("apply -f -", """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: keda-environment, namespace: keda-system}
            data: {ENVIRONMENT: staging}
            ---
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: {name: more-cpu, namespace: sophia-mesh}
            spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: more}, minReplicas: 2, maxReplicas: 15}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: redis-credentials, namespace: artemis-mesh}
            data: {redis-password: Q0hBTkdFX01F}
            """);
        var writes = world.Writes.Count;

        var said = await world.ScriptAsync(Deploy, "--environment", "prod");

        said.Ended(2);
        foreach (var line in new[]
        {
            "FAIL  this API server has no such kind: example.com/v1 Unknown",
            "FAIL  the overlay holds CHANGE_ME",
            "says of itself that it is staging (ConfigMap keda-system/keda-environment); asked for was production",
            "FAIL  secret artemis-mesh/redis-credentials holds CHANGE_ME",
            "FAIL  sophia-mesh/Deployment/more has the HPA more-cpu, so KEDA would refuse ScaledObject more. Let migrate.sh take it over",
        })
        {
            Assert.Contains(line, said.Text, StringComparison.Ordinal);
        }

        Assert.Equal((writes, ""), (world.Writes.Count, world.Terminal.HelmWasAsked));
    }

    /// <summary>KEDA's metrics server is down just when somebody deploys again: kubectl api-resources fails then, and names all kinds but the external metrics.</summary>
    [FactWithProgram("kubectl")]
    public async Task An_aggregated_API_that_does_not_answer_does_not_stop_it()
    {
        await using var world = await WithPlatformAsync();
        world.Terminal.BeforeKubectl("""case "$*" in *api-resources*) "$own" "$@"; echo 'error: unable to retrieve the complete list of server APIs: external.metrics.k8s.io/v1beta1: stale GroupVersion discovery' >&2; exit 1 ;; esac""");

        var said = await world.ScriptAsync(Deploy, "--environment", "dev", "--skip-missing-kinds", "--dry-run");

        said.Ended(0);
        Assert.Contains("warn  left out, since this API server has no such kind: example.com/v1 Unknown\n", said.Text, StringComparison.Ordinal);
        (await world.ScriptAsync("rollback-keda.sh", "--dry-run")).Ended(0);
    }

    [FactWithProgram("kubectl")]
    public async Task A_cluster_that_is_not_named_is_not_guessed()
    {
        using var terminal = new Terminal();
        foreach (var script in new[] { "rollback-keda.sh", "migrate.sh" })
        {
            var said = await terminal.ScriptAsync(script);
            said.Ended(2);
            Assert.Contains("which cluster? Say --context NAME", said.Text, StringComparison.Ordinal);
        }
    }

    private static async Task<ScriptCluster> WithPlatformAsync()
    {
        var home = new Terminal();
        foreach (var script in Directory.GetFiles(Shipped.PathOf(Terminal.ScriptFolder)))
            home.Write($"keda/scripts/{Path.GetFileName(script)}", File.ReadAllText(script));
        home.Write("keda/base/keda/values/values.yaml", "{}\n");
        home.Write("keda/base/keda/values/values-dev.yaml", "{}\n");
        foreach (var environment in new[] { "dev", "prod" })
        {
            home.Write($"keda/gitops/overlays/{environment}/kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [all.yaml]\n");
            home.Write($"keda/gitops/overlays/{environment}/all.yaml", Overlay);
        }

        home.Scripts = home.PathOf("keda/scripts");

        var world = await ScriptCluster.StartAsync(terminal: home);
        await world.KubectlAsync("apply -f -", """
            apiVersion: v1
            kind: Namespace
            metadata: {name: keda-reactor}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: sophia-keda-reactor, namespace: keda-reactor}
            data: {Keys__Operator: YQ==, Keys__Sender: Yg==, Memory__Key: Yw==}
            """);
        return world;
    }

    private const string Overlay = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: notes, namespace: keda-system}
        data: {redis: CHANGE_ME}
        ---
        apiVersion: example.com/v1
        kind: Unknown
        metadata: {name: something, namespace: keda-system}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: more, namespace: sophia-mesh}
        spec:
          selector: {matchLabels: {app: more}}
          template:
            metadata: {labels: {app: more}}
            spec: {containers: [{name: app, image: x, resources: {requests: {cpu: 100m}}}]}
        ---
        apiVersion: keda.sh/v1alpha1
        kind: ScaledObject
        metadata: {name: more, namespace: sophia-mesh}
        spec:
          scaleTargetRef: {name: more}
          maxReplicaCount: 5
          triggers:
            - {type: redis, metadata: {address: "redis:6379", listName: more, listLength: "5"}}
        """;
}
