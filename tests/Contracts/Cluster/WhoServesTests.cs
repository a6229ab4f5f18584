using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

/// <summary>To whom the external metrics API leads, by the Service and the pods that it selects.</summary>
public sealed class WhoServesTests
{
    private readonly FakeApi _api = new();
    private ClusterSettings _settings = new();

    public WhoServesTests()
    {
        _api.OnList(FakeApi.Deployments, Operator("keda-system"), MetricsServer("keda-system"));
        Services("keda-system", Service("keda-system", "keda-metrics-apiserver", "keda-metrics-apiserver"));
    }

    [Fact]
    public async Task KEDAs_own_Service_is_no_thief_and_no_doubt()
    {
        Leads("keda-system", "keda-metrics-apiserver");
        Assert.Equal((null, "", ""), await SeenAsync());
    }

    [Fact]
    public async Task A_Helm_release_that_renames_everything_in_a_namespace_of_its_own_is_KEDA()
    {
        _api.On("GET", "/apis/coordination.k8s.io/v1/namespaces/autoscaling/leases", 200, FakeApi.List(FakeApi.Leases));
        _settings = new ClusterSettings { KedaNamespace = "autoscaling", OperatorDeployment = "scaler" };
        _api.OnList(FakeApi.Deployments, Operator("autoscaling", "scaler", "scaler"), MetricsServer("autoscaling", "scaler-metrics-apiserver", "scaler"));
        Services("autoscaling", Service("autoscaling", "some-name", "scaler-metrics-apiserver"));
        Leads("autoscaling", "some-name");
        Assert.Equal((null, "", ""), await SeenAsync());
    }

    [Fact]
    public async Task By_its_image_it_is_found_without_any_label()
    {
        _api.OnList(FakeApi.Deployments, Operator("keda-system"), Deployment("keda-system", "x", """{"a":"b"}""", "mirror:5000/oss/kedacore/keda-metrics-apiserver:2.17.0@sha256:00", "x"));
        Services("keda-system", Service("keda-system", "y", "x"));
        Leads("keda-system", "y");
        Assert.Equal((null, "", ""), await SeenAsync());
    }

    [Theory]
    [InlineData("datadog", "datadog-cluster-agent-metrics-api")]
    [InlineData("monitoring", "keda-metrics-apiserver")]
    public async Task Somebody_elses_Service_is_named_with_who_wrote_it_and_the_command_that_gives_it_back(string ns, string name)
    {
        _api.OnList(FakeApi.Deployments, Operator("keda-system"), MetricsServer("keda-system"), Deployment(ns, "adapter", """{"app":"adapter"}""", "adapter:1", "adapter"));
        Services(ns, Service(ns, name, "adapter"));
        Leads(ns, name);
        var (taken, doubt, giveBack) = await SeenAsync();
        Assert.Equal(new Taken($"Service {ns}/{name}", "keda-system/keda-metrics-apiserver", new FieldWriter("helm", new DateTimeOffset(2026, 3, 2, 2, 0, 0, TimeSpan.Zero))), taken);
        Assert.Equal(
            """kubectl patch apiservice v1beta1.external.metrics.k8s.io --type=merge -p '{"spec":{"service":{"namespace":"keda-system","name":"keda-metrics-apiserver","port":8443},"insecureSkipTLSVerify":null}}'""",
            giveBack);
        Assert.Equal("", doubt);
    }

    [Fact]
    public async Task A_Service_of_KEDAs_own_name_whose_selector_was_turned_to_others_is_theirs()
    {
        _api.OnList(FakeApi.Deployments, Operator("keda-system"), MetricsServer("keda-system"), Deployment("keda-system", "adapter", """{"app":"adapter"}""", "adapter:1", "adapter"));
        Services("keda-system", Service("keda-system", "keda-metrics-apiserver", "adapter"));
        Leads("keda-system", "keda-metrics-apiserver");
        Assert.Equal("Service keda-system/keda-metrics-apiserver", (await SeenAsync()).Taken?.By);
    }

    [Fact]
    public async Task An_APIService_without_a_Service_is_served_by_the_API_server_itself()
    {
        ApiService("""{"service":null}""");
        Assert.Equal("the API server itself (it names no Service)", (await SeenAsync()).Taken?.By);
    }

    [Fact]
    public async Task A_Service_elsewhere_that_is_not_there_is_not_KEDAs_and_one_of_KEDAs_own_that_went_is_no_thief()
    {
        Services("monitoring");
        Leads("monitoring", "keda-metrics-apiserver");
        Assert.Equal("Service monitoring/keda-metrics-apiserver, which is not there", (await SeenAsync()).Taken?.By);
        Services("keda-system");
        Leads("keda-system", "keda-metrics-apiserver");
        Assert.Equal((null, "", ""), await SeenAsync());
    }

    [Fact]
    public async Task Without_the_right_to_read_Services_another_namespace_tells_and_the_same_one_is_doubt()
    {
        _api.On("GET", "/api/v1/namespaces/monitoring/services", 403, FakeApi.Status("services is forbidden"));
        _api.On("GET", "/api/v1/namespaces/keda-system/services", 403, FakeApi.Status("services is forbidden"));
        Leads("monitoring", "adapter");
        var (taken, _, giveBack) = await SeenAsync();
        Assert.Equal(("Service monitoring/adapter", "keda-system/keda-metrics-apiserver"), (taken!.By, taken.Instead));
        Assert.Contains("\"port\":443", giveBack);
        Leads("keda-system", "keda-metrics-apiserver");
        Assert.Equal((null, "", ""), await SeenAsync());
        Leads("keda-system", "adapter");
        Assert.Contains("services is forbidden", (await SeenAsync()).Doubt);
    }

    [Theory]
    [InlineData("""{"ports":[]}""", "selects no pods by labels")]
    [InlineData("""{"selector":{"app":"keda-metrics-apiserver"}}""", "looks like KEDA's metrics server too")]
    public async Task What_can_not_be_told_is_doubt(string spec, string why)
    {
        _api.OnList(FakeApi.Deployments, Operator("keda-system"), MetricsServer("keda-system"), MetricsServer("keda-old"));
        Services("keda-old", $$"""{"metadata":{"namespace":"keda-old","name":"s","uid":"s"},"spec":{{spec}} }""");
        Leads("keda-old", "s");
        var (taken, doubt, _) = await SeenAsync();
        Assert.Null(taken);
        Assert.Contains(why, doubt);
    }

    [Fact]
    public async Task Without_a_metrics_server_of_KEDAs_that_is_to_run_nobody_is_a_thief()
    {
        _api.OnList(FakeApi.Deployments, Operator("keda-system"), MetricsServer("keda-system", replicas: 0));
        Services("datadog", Service("datadog", "adapter", "adapter"));
        Leads("datadog", "adapter");
        var (taken, doubt, _) = await SeenAsync();
        Assert.Null(taken);
        Assert.Equal("no Deployment of KEDA's metrics server that is to run was found, by image or labels", doubt);
    }

    [Fact]
    public async Task Who_injected_only_the_certificate_is_not_named_as_who_took_it()
    {
        Services("datadog", Service("datadog", "adapter", "adapter"));
        ApiService("""{"service":{"namespace":"datadog","name":"adapter"}}""", """
            {"manager":"helm","time":"2026-03-02T02:00:00Z","fieldsV1":{"f:spec":{"f:service":{"f:name":{}}}}},
            {"manager":"keda","time":"2026-03-02T02:00:09Z","fieldsV1":{"f:spec":{"f:caBundle":{}}}},
            {"manager":"kube-apiserver","time":"2026-03-02T02:00:10Z","subresource":"status","fieldsV1":{"f:status":{}}}
            """);
        Assert.Equal("helm", (await SeenAsync()).Taken?.LastWriter?.Manager);
    }

    [Fact]
    public async Task An_APIService_that_is_gone_comes_with_the_command_of_the_Helm_release()
    {
        _api.OnList(FakeApi.Deployments, Operator("keda-system", annotations: """{"meta.helm.sh/release-name":"keda","meta.helm.sh/release-namespace":"keda-system"}"""), MetricsServer("keda-system"));
        _api.OnApiService(FakeApi.MetricsApi, null);
        Assert.Equal("helm -n keda-system get manifest keda | kubectl apply --server-side --force-conflicts -f -", (await SeenAsync()).GiveBack);
    }

    private async Task<(Taken? Taken, string Doubt, string GiveBack)> SeenAsync()
    {
        var look = await _api.Client(settings: _settings).ObserveAsync(default);
        Assert.Equal("", look.Problem);
        var seen = look.Observation!.MetricsServer;
        return (seen.Taken, seen.Doubt, seen.GiveBack);
    }

    private void Leads(string ns, string name) => ApiService($$"""{"service":{"namespace":"{{ns}}","name":"{{name}}","port":443} }""");

    private void ApiService(string spec, string managed = """{"manager":"helm","time":"2026-03-02T02:00:00Z","fieldsV1":{"f:spec":{"f:service":{"f:name":{}}}}}""") =>
        _api.OnApiServiceList(FakeApi.MetricsApi, 200, FakeApi.List(FakeApi.ApiServices,
            $$"""{"metadata":{"name":"{{FakeApi.MetricsApi}}","uid":"u","managedFields":[{{managed}}]},"spec":{{spec}},"status":{{FakeApi.Available}} }"""));

    private void Services(string ns, params string[] services) =>
        _api.On("GET", $"/api/v1/namespaces/{ns}/services", 200, $$"""{"kind":"ServiceList","metadata":{},"items":[{{string.Join(',', services)}}]}""");

    private static string Service(string ns, string name, string selects) =>
        $$"""{"metadata":{"namespace":"{{ns}}","name":"{{name}}","uid":"{{name}}"},"spec":{"selector":{"app":"{{selects}}"},"ports":[{"name":"metrics","port":8080,"targetPort":8080},{"name":"https","port":8443,"targetPort":6443}]} }""";

    private static string Operator(string ns, string name = "keda-operator", string whole = "keda-operator", string annotations = "{}") =>
        Deployment(ns, name, $$"""{"app.kubernetes.io/name":"{{name}}","app.kubernetes.io/part-of":"{{whole}}"}""", "ghcr.io/kedacore/keda:2.20.0", name, annotations: annotations);

    private static string MetricsServer(string ns, string name = "keda-metrics-apiserver", string whole = "keda-operator", int replicas = 1) =>
        Deployment(ns, name, $$"""{"app.kubernetes.io/name":"{{name}}","app.kubernetes.io/part-of":"{{whole}}"}""", "mirror/metrics:1", name, replicas);

    private static string Deployment(string ns, string name, string labels, string image, string app, int replicas = 1, string annotations = "{}") => $$"""
        {"metadata":{"namespace":"{{ns}}","name":"{{name}}","uid":"{{ns}}-{{name}}","labels":{{labels}},"annotations":{{annotations}} },
         "spec":{"replicas":{{replicas}},"template":{"metadata":{"labels":{"app":"{{app}}"} },"spec":{"containers":[{"name":"c","image":"{{image}}"}]} } },"status":{"availableReplicas":{{replicas}} } }
        """;
}
