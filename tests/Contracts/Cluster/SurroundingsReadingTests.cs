using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

/// <summary>What stands around a workload, read from namespaces, pod templates, VPAs, managed fields and other HPAs.</summary>
public sealed class SurroundingsReadingTests
{
    private readonly FakeApi _api = new();

    private async Task<TargetView> ReadAsync()
    {
        var look = await _api.Client().ObserveAsync(CancellationToken.None);
        return Assert.Single(look.Observation!.Targets).Value;
    }

    private void Deployment(string template = "{}", string status = "{}")
    {
        _api.OnList(FakeApi.ScaledObjects, Make.ScaledObject());
        _api.OnList(FakeApi.Deployments, Make.Deployment("work", spec: $$"""{"replicas":2,"template":{{template}} }""", status: status));
    }

    [Theory]
    [InlineData("{}", "{}", false)]
    [InlineData("""{"labels":{"istio-injection":"enabled"}}""", "{}", true)]
    [InlineData("""{"labels":{"istio-injection":"disabled","istio.io/rev":"1-24"}}""", "{}", false)]
    [InlineData("""{"labels":{"istio.io/rev":"1-24"}}""", "{}", true)]
    [InlineData("""{"labels":{"istio-injection":"enabled"}}""", """{"labels":{"sidecar.istio.io/inject":"false"}}""", false)]
    [InlineData("""{"labels":{"istio-injection":"enabled"}}""", """{"annotations":{"sidecar.istio.io/inject":"false"}}""", false)]
    [InlineData("{}", """{"labels":{"sidecar.istio.io/inject":"true"}}""", true)]
    [InlineData("{}", """{"labels":{"istio.io/rev":"canary"}}""", true)]
    [InlineData("""{"annotations":{"linkerd.io/inject":"enabled"}}""", "{}", true)]
    [InlineData("""{"annotations":{"linkerd.io/inject":"enabled"}}""", """{"annotations":{"linkerd.io/inject":"disabled"}}""", false)]
    [InlineData("{}", """{"annotations":{"linkerd.io/inject":"ingress"}}""", true)]
    public async Task A_mesh_injects_by_the_pods_own_word_and_then_by_its_namespaces(string ofNamespace, string ofPod, bool injects)
    {
        Deployment($$"""{"metadata":{{ofPod}} }""");
        _api.OnList(FakeApi.Namespaces, $$"""{"metadata":{"name":"mesh","uid":"n",{{ofNamespace[1..]}} }""".Replace(",}", "}", StringComparison.Ordinal));

        Assert.Equal(injects, !(await ReadAsync()).Injected.IsEmpty);
    }

    [Theory]
    [InlineData("{}", """{"annotations":{"dapr.io/enabled":"true"}}""", "daprd")]
    [InlineData("{}", """{"annotations":{"dapr.io/enabled":"true","dapr.io/sidecar-cpu-request":"100m"}}""", "daprd with CPU")]
    [InlineData("{}", """{"annotations":{"dapr.io/enabled":"false"}}""", "")]
    [InlineData("""{"annotations":{"dapr.io/enabled":"true"}}""", "{}", "")]
    [InlineData("""{"annotations":{"linkerd.io/inject":"enabled","config.linkerd.io/proxy-cpu-request":"50m"}}""", "{}", "linkerd-proxy with CPU")]
    [InlineData("{}", """{"labels":{"sidecar.istio.io/inject":"true"},"annotations":{"dapr.io/enabled":"True"}}""", "istio-proxy with CPU, daprd")]
    [InlineData("""{"labels":{"istio.io/dataplane-mode":"ambient","istio.io/rev":"1-26"}}""", "{}", "")]
    [InlineData("""{"labels":{"istio.io/dataplane-mode":"ambient"}}""", """{"labels":{"sidecar.istio.io/inject":"true"}}""", "istio-proxy with CPU")]
    [InlineData("{}", """{"annotations":{"consul.hashicorp.com/connect-inject":"true"}}""", "consul-dataplane")]
    [InlineData("""{"labels":{"kuma.io/sidecar-injection":"enabled"}}""", "{}", "kuma-sidecar with CPU")]
    [InlineData("""{"labels":{"kuma.io/sidecar-injection":"enabled"}}""", """{"labels":{"kuma.io/sidecar-injection":"disabled"}}""", "")]
    [InlineData("""{"labels":{"appmesh.k8s.aws/sidecarInjectorWebhook":"enabled"}}""", "{}", "envoy with CPU")]
    [InlineData("""{"annotations":{"openservicemesh.io/sidecar-injection":"enabled"}}""", "{}", "envoy")]
    [InlineData("{}", """{"annotations":{"vault.hashicorp.com/agent-inject":"true"}}""", "vault-agent with CPU")]
    [InlineData("{}", """{"annotations":{"vault.hashicorp.com/agent-inject":"true","vault.hashicorp.com/agent-pre-populate-only":"true"}}""", "")]
    [InlineData("{}", """{"labels":{"agent.datadoghq.com/sidecar":"fargate"}}""", "datadog-agent-injected with CPU")]
    [InlineData("""{"annotations":{"sidecar.opentelemetry.io/inject":"collectors/side"}}""", "{}", "otc-container")]
    [InlineData("""{"annotations":{"sidecar.opentelemetry.io/inject":"true"}}""", """{"annotations":{"sidecar.opentelemetry.io/inject":"false"}}""", "")]
    [InlineData("{}", """{"annotations":{"azure.workload.identity/inject-proxy-sidecar":"true"}}""", "azwi-proxy")]
    [InlineData("{}", """{"annotations":{"gke-gcsfuse/volumes":"true"}}""", "gke-gcsfuse-sidecar with CPU")]
    public async Task Each_known_injector_is_told_by_its_public_marks_and_what_it_injects_by_name(string ofNamespace, string ofPod, string injected)
    {
        Deployment($$"""{"metadata":{{ofPod}} }""");
        _api.OnList(FakeApi.Namespaces, $$"""{"metadata":{"name":"mesh","uid":"n",{{ofNamespace[1..]}} }""".Replace(",}", "}", StringComparison.Ordinal));

        Assert.Equal(injected, string.Join(", ", (await ReadAsync()).Injected.Select(c => c.Name + (c.HasCpuRequest ? " with CPU" : ""))));
    }

    [Theory]
    [InlineData("26", false)]
    [InlineData("30+", true)]
    public async Task Whether_Kubernetes_has_ContainerResource_metrics_the_look_knows_from_preflight(string minor, bool has)
    {
        Deployment();
        _api.On("GET", "/version", 200, $$"""{"major":"1","minor":"{{minor}}","gitVersion":"v1.{{minor}}.3"}""");
        var client = _api.Client();
        Assert.True((await client.ObserveAsync(CancellationToken.None)).Observation!.ContainerMetrics);

        await client.PreflightAsync(CancellationToken.None);

        Assert.Equal(has, (await client.ObserveAsync(CancellationToken.None)).Observation!.ContainerMetrics);
    }

    [Theory]
    [InlineData("", "work-vpa")] // updateMode is Auto (Recreate) without a word
    [InlineData(""","updatePolicy":{"updateMode":"Off"}""", "")]
    [InlineData(""","updatePolicy":{"updateMode":"Initial"}""", "work-vpa")]
    [InlineData(""","resourcePolicy":{"containerPolicies":[{"containerName":"*","controlledResources":["memory"]}]}""", "")]
    [InlineData(""","resourcePolicy":{"containerPolicies":[{"containerName":"*","controlledResources":["memory","cpu"]}]}""", "work-vpa")]
    [InlineData(""","resourcePolicy":{"containerPolicies":[{"containerName":"app","mode":"Off"}]}""", "")]
    [InlineData(""","resourcePolicy":{"containerPolicies":[{"containerName":"side","mode":"Off"}]}""", "work-vpa")]
    public async Task A_VPA_counts_when_it_sets_the_CPU_request_of_a_container(string spec, string expected)
    {
        Deployment("""{"spec":{"containers":[{"name":"app"}]}}""");
        _api.OnList(FakeApi.Vpas, $$"""{"metadata":{"name":"work-vpa","namespace":"mesh","uid":"v"},"spec":{"targetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"work"}{{spec}} } }""");

        Assert.Equal(expected, (await ReadAsync()).VpaOnCpu);
    }

    [Fact]
    public async Task A_VPA_of_another_workload_or_namespace_counts_for_nothing()
    {
        Deployment();
        _api.OnList(
            FakeApi.Vpas,
            """{"metadata":{"name":"one","namespace":"mesh","uid":"v1"},"spec":{"targetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"other"}}}""",
            """{"metadata":{"name":"two","namespace":"elsewhere","uid":"v2"},"spec":{"targetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"work"}}}""");

        Assert.Equal("", (await ReadAsync()).VpaOnCpu);
    }

    [Theory]
    [InlineData(403)]
    [InlineData(404)]
    public async Task What_the_reactor_gets_along_without_may_be_missing_or_forbidden(int status)
    {
        Deployment();
        foreach (var path in new[] { FakeApi.Vpas, FakeApi.Namespaces, FakeApi.ControllerLeases })
            _api.On("GET", path, status, FakeApi.Status("no"));
        _api.OnApiServiceList(FakeApi.ResourceMetricsApi, status, FakeApi.Status("no"));

        var seen = (await _api.Client().ObserveAsync(CancellationToken.None)).Observation!;

        Assert.Equal((null, null), (seen.ResourceMetrics, seen.ControllerManagerRenewTime));
        Assert.Equal(("", false), (seen.Targets[Make.Target].VpaOnCpu, !seen.Targets[Make.Target].Injected.IsEmpty));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(FakeApi.Available, true)]
    [InlineData("""{"conditions":[{"type":"Available","status":"False","reason":"MissingEndpoints"}]}""", false)]
    public async Task The_resource_metrics_API_is_there_or_not(string? status, bool there)
    {
        Deployment();
        _api.OnApiService(FakeApi.ResourceMetricsApi, status);

        Assert.Equal(there, (await _api.Client().ObserveAsync(CancellationToken.None)).Observation!.ResourceMetrics);
    }

    [Fact]
    public async Task The_controller_managers_lease_is_read_from_kube_system()
    {
        _api.OnList(FakeApi.ControllerLeases, """{"metadata":{"name":"kube-controller-manager","namespace":"kube-system","uid":"l"},"spec":{"renewTime":"2026-11-21T23:22:29.570344Z"}}""");

        var seen = (await _api.Client().ObserveAsync(CancellationToken.None)).Observation!;

        Assert.Equal(new DateTimeOffset(2026, 11, 21, 23, 22, 29, 570, 344, TimeSpan.Zero), seen.ControllerManagerRenewTime);
    }

    [Fact]
    public async Task An_HPA_with_the_name_of_the_fallback_on_another_workload_is_seen_and_whose_it_is()
    {
        Deployment();
        _api.OnList(FakeApi.Hpas, Make.Hpa("work-fallback", target: """{"apiVersion":"apps/v1","kind":"Deployment","name":"other"}"""));

        var view = await ReadAsync();

        Assert.Empty(view.Hpas);
        Assert.Equal(("work-fallback", HpaOwner.Other), (view.NamesakeElsewhere!.Name, view.NamesakeElsewhere.Owner));
    }

    [Fact]
    public async Task Of_our_fallback_its_owner_and_its_stopped_directions_are_read()
    {
        Deployment();
        const string Behavior = ""","spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"work"},"maxReplicas":9,"behavior":{"scaleDown":{"selectPolicy":"Disabled"},"scaleUp":{"selectPolicy":"Max"}}}}""";
        var meta = ""","labels":{"app.kubernetes.io/managed-by":"sophia-keda-reactor"}""" + Make.OwnedBy(Make.Uid, "false");
        _api.OnList(FakeApi.Hpas, $$"""{"metadata":{"name":"work-fallback","namespace":"mesh","uid":"f"{{meta}} }{{Behavior}}""");

        var fallback = (await ReadAsync()).FallbackHpa!;

        Assert.Equal((Make.Uid, true, false), (fallback.OwnerUid, fallback.NeverDown, fallback.NeverUp));
    }

    [Fact]
    public async Task Who_wrote_last_is_neither_KEDA_nor_we_nor_a_status()
    {
        const string Fields = ""","managedFields":[{"manager":"argocd-controller","operation":"Update","time":"2026-11-21T10:00:00Z"},{"manager":"kubectl-annotate","operation":"Update","time":"2026-11-21T09:00:00Z"},{"manager":"sophia-keda-reactor","time":"2026-11-21T11:00:00Z"},{"manager":"keda","time":"2026-11-21T12:00:00Z"},{"manager":"other","time":"2026-11-21T12:00:00Z","subresource":"status"}]""";
        _api.OnList(FakeApi.ScaledObjects, $$$$"""{"metadata":{"name":"work","namespace":"mesh","uid":"{{{{Make.Uid}}}}"{{{{Fields}}}}},"spec":{"scaleTargetRef":{"name":"work"}}}""");

        Assert.Equal(new FieldWriter("argocd-controller", new DateTimeOffset(2026, 11, 21, 10, 0, 0, TimeSpan.Zero)), (await ReadAsync()).LastWriter);
    }
}
