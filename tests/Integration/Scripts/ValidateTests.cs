using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Integration.Tests.Scripts;

public sealed class ValidateTests
{
    private const string Validate = "validate-deployment.sh";

    [FactWithProgram("kubectl")]
    public async Task Of_a_cluster_where_all_is_well_it_says_so_line_by_line_and_writes_nothing()
    {
        await using var world = await ScriptCluster.StartAsync(new SandboxOptions { Istio = true });
        await world.KubectlAsync("apply -f -", Routing + Surroundings);
        var (objects, written) = (world.Objects(), world.Writes.Count);

        var said = await world.ScriptAsync(Validate, "--environment", "staging");

        said.Ended(0);
        foreach (var line in new[]
        {
            "ok    keda-system/keda-operator: 2 of 2 pods",
            "ok    external metrics are served",
            "ok    sophia-mesh/sophia-ai-services is Ready, keda-hpa-sophia-ai-services",
            "ok    KEDA's webhook refuses a second autoscaler",
            "ok    Service sophia-mesh/sophia-ai-services sends to 2 ready pods of sophia-ai-services",
            "ok    virtualservice sophia-mesh/mcp: sophia-ai-services is Service sophia-mesh/sophia-ai-services",
            "ok    destinationrule sophia-mesh/mcp: sophia-ai-services.sophia-mesh.svc.cluster.local is Service sophia-mesh/sophia-ai-services",
            "ok    1 network policies in keda-system",
            "ok    secret sophia-mesh/redis-credentials",
            "ok    KEDA's operator renews its lease",
        })
        {
            Assert.Contains(line, said.Text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("FAIL", said.Text, StringComparison.Ordinal);
        Assert.Equal((written, objects.Count), (world.Writes.Count, world.Objects().Count));
    }

    [FactWithProgram("kubectl")]
    public async Task What_is_wrong_is_named_with_what_to_do_and_no_secret_is_shown()
    {
        await using var world = await ScriptCluster.StartAsync(new SandboxOptions { Istio = true });
        await world.KubectlAsync("apply -f -", Routing.Replace("ready: true", "ready: false").Replace("host: sophia-ai-services.sophia-mesh", "host: nobody.sophia-mesh") + Surroundings.Replace("c2VjcmV0", "Q0hBTkdFX01F"));
        world.Fault(faults =>
        {
            faults.SetMetricsServer(up: false);
            faults.SetWebhook(running: false);
        });
        world.Pass(TimeSpan.FromSeconds(40));
        await world.KubectlAsync("apply -f -", SecondHpa);

        var said = await world.ScriptAsync(Validate);

        said.Ended(1);
        foreach (var line in new[]
        {
            "FAIL  keda-system/keda-metrics-apiserver has no available pod: kubectl -n keda-system describe deployment keda-metrics-apiserver",
            "FAIL  APIService v1beta1.external.metrics.k8s.io is not Available",
            "FAIL  sophia-mesh/Deployment/sophia-ai-services has 2 HPAs: insurance keda-hpa-sophia-ai-services",
            "FAIL  KEDA's webhook lets a second ScaledObject",
            "FAIL  Service sophia-mesh/sophia-ai-services has no ready endpoint",
            "FAIL  destinationrule sophia-mesh/mcp sends to nobody.sophia-mesh.svc.cluster.local, and there is no Service sophia-mesh/nobody",
            "FAIL  secret sophia-mesh/redis-credentials still holds CHANGE_ME",
            "FAIL  the reactor does not answer",
        })
        {
            Assert.Contains(line, said.Text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("Q0hBTkdFX01F", said.Text, StringComparison.Ordinal);
    }

    [FactWithProgram("kubectl")]
    public async Task External_metrics_that_somebody_else_serves_are_not_well_although_Available()
    {
        await using var world = await ScriptCluster.StartAsync(new SandboxOptions { Istio = true });
        world.Fault(faults => faults.SetMetricsService("datadog/adapter"));
        world.Pass(TimeSpan.FromSeconds(10));
        var said = await world.ScriptAsync(Validate);
        said.Ended(1);
        Assert.Contains("FAIL  APIService v1beta1.external.metrics.k8s.io leads to datadog/adapter, not to KEDA in keda-system", said.Text, StringComparison.Ordinal);
    }

    [FactWithProgram("kubectl")]
    public async Task The_reactor_is_asked_how_it_is()
    {
        await using var rig = await GuardedCluster.StartAsync();
        using var terminal = new Terminal();
        terminal.Environment["REACTOR_URL"] = rig.Client.Address.AbsoluteUri;
        await rig.UntilAsync("a first probe", async () => (string?)(await rig.Client.GetAsync("health"))["status"] == "healthy");
        using (rig.InRealTime())
        {
            var said = await terminal.ScriptAsync(Validate, "--server", rig.Kubernetes.Address.AbsoluteUri, "--environment", "dev");
            said.Ended(0);
            Assert.Contains("is healthy", said.Text, StringComparison.Ordinal);
        }
    }

    [FactWithProgram("kubectl")]
    public async Task A_host_of_two_labels_is_a_Service_only_where_the_second_is_a_namespace()
    {
        await using var world = await ScriptCluster.StartAsync(new SandboxOptions { Istio = true });
        await world.KubectlAsync("apply -f -", """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: outward, namespace: sophia-mesh}
            spec:
              hosts: [out]
              http:
                - route:
                    - destination: {host: example.com}
                    - destination: {host: nobody.artemis-mesh}
            """);

        var said = await world.ScriptAsync(Validate, "--environment", "dev", "--dry-run");

        said.Ended(1);
        Assert.Contains("ok    virtualservice sophia-mesh/outward: example.com is no Service of this cluster", said.Text, StringComparison.Ordinal);
        Assert.Contains("FAIL  virtualservice sophia-mesh/outward sends to nobody.artemis-mesh, and there is no Service artemis-mesh/nobody", said.Text, StringComparison.Ordinal);
    }

    /// <summary>Through the API server kubectl shows its own words in place of an answer that is no success.</summary>
    [FactWithProgram("kubectl")]
    public async Task A_reactor_that_answers_unhealthy_is_told_apart_from_none()
    {
        await using var world = await ScriptCluster.StartAsync();
        world.Terminal.BeforeKubectl("""case "$*" in *health) echo 'Error from server (ServiceUnavailable): the server is currently unable to handle the request' >&2; exit 1 ;; esac""");
        var ill = await world.ScriptAsync(Validate, "--environment", "dev", "--dry-run");
        ill.Ended(1);
        Assert.Contains("FAIL  the reactor at the Service keda-reactor/sophia-keda-reactor is unhealthy", ill.Text, StringComparison.Ordinal);

        world.Terminal.BeforeKubectl("""case "$*" in *health) echo 'Error from server (ServiceUnavailable): no endpoints available for service "sophia-keda-reactor:http"' >&2; exit 1 ;; esac""");
        var none = await world.ScriptAsync(Validate, "--environment", "dev", "--dry-run");
        Assert.Contains("warn  the reactor does not answer at the Service", none.Text, StringComparison.Ordinal);
    }

    [FactWithProgram("kubectl")]
    public async Task A_cluster_that_does_not_say_which_kinds_it_has_is_not_taken_for_one_without_KEDA()
    {
        await using var world = await ScriptCluster.StartAsync();
        world.Terminal.BeforeKubectl("""case "$*" in *api-resources*) echo 'error: the server has asked for the client to provide credentials' >&2; exit 1 ;; esac""");

        foreach (var words in new[] { "validate-deployment.sh --dry-run", "rollback-keda.sh --dry-run", "deploy-keda.sh --environment dev --skip-keda --dry-run" })
        {
            var said = await world.ScriptAsync(words.Split(' ')[0], words.Split(' ')[1..]);
            said.Ended(2);
            Assert.Contains("does not say which kinds it has: error: the server has asked for the client to provide credentials", said.Text, StringComparison.Ordinal);
        }
    }

    [FactWithProgram("kubectl")]
    public async Task A_server_that_does_not_answer_is_told_apart_from_one_that_is_not_well()
    {
        using var terminal = new Terminal();

        var said = await terminal.ScriptAsync(Validate, "--server", "http://127.0.0.1:1");

        said.Ended(2);
        Assert.Contains("does not answer", said.Text, StringComparison.Ordinal);
    }

    private const string Routing = """
        apiVersion: v1
        kind: Service
        metadata: {name: sophia-ai-services, namespace: sophia-mesh}
        spec: {selector: {app: sophia-ai-services}, ports: [{port: 80}]}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: sophia-ai-services-1, namespace: sophia-mesh, labels: {kubernetes.io/service-name: sophia-ai-services}}
        addressType: IPv4
        endpoints:
          - {addresses: [10.0.0.1], conditions: {ready: true}}
          - {addresses: [10.0.0.2], conditions: {ready: true}}
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: mcp, namespace: sophia-mesh}
        spec:
          hosts: [mcp.example]
          http:
            - route:
                - destination: {host: sophia-ai-services}
        ---
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: mcp, namespace: sophia-mesh}
        spec:
          host: sophia-ai-services.sophia-mesh.svc.cluster.local

        """;

    private const string Surroundings = """
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: keda, namespace: keda-system}
        spec: {podSelector: {}}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: redis-credentials, namespace: sophia-mesh}
        data: {redis-password: c2VjcmV0}
        ---
        apiVersion: keda.sh/v1alpha1
        kind: TriggerAuthentication
        metadata: {name: redis-trigger-auth, namespace: sophia-mesh}
        spec:
          secretTargetRef:
            - {parameter: password, name: redis-credentials, key: redis-password}
        """;

    private const string SecondHpa = """
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: {name: insurance, namespace: sophia-mesh}
        spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: sophia-ai-services}, minReplicas: 2, maxReplicas: 15}
        """;
}
