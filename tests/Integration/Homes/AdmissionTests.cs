using System.Diagnostics;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

/// <summary>The shipped admission policies against what RBAC alone would let the reactor's account do.</summary>
public sealed class AdmissionTests
{
    private const string Ns = "sophia-mesh";
    private const string Name = "sophia-ai-services";
    private const string ScaledObject = $"/apis/keda.sh/v1alpha1/namespaces/{Ns}/scaledobjects/{Name}";
    private const string Hpas = $"/apis/autoscaling/v2/namespaces/{Ns}/horizontalpodautoscalers";
    private const string Merge = "application/merge-patch+json";
    private const string Labelled = """{"app.kubernetes.io/managed-by":"sophia-keda-reactor"}""";
    private static readonly string Owner = $$"""{"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","name":"{{Name}}","uid":"u"}""";

    private readonly SandboxCluster _cluster = SandboxSeed.Create(new DateTimeOffset(2026, 3, 2, 12, 0, 0, TimeSpan.Zero), seed: 7);
    private readonly KubernetesApi _api;
    private readonly string _token;

    public AdmissionTests()
    {
        _api = new KubernetesApi(_cluster);
        _token = ShippedAccess.ApplyAsync(ShippedAccess.Over(_api)).GetAwaiter().GetResult();
        Assert.Equal(200, Admin("PATCH", ScaledObject, """{"metadata":{"labels":{"team":"a"},"annotations":{"other.example/x":"1","autoscaling.keda.sh/paused-replicas":"2"}}}""").Status);
    }

    [Theory]
    [InlineData("""{"spec":{"maxReplicaCount":99}}""", "may not change a ScaledObject's spec")]
    [InlineData("""{"metadata":{"labels":{"team":"b"}}}""", "may not change a ScaledObject's labels")]
    [InlineData("""{"metadata":{"labels":{"new":"b"}}}""", "may not change a ScaledObject's labels")]
    [InlineData("""{"metadata":{"labels":null}}""", "may not change a ScaledObject's labels")]
    [InlineData("""{"metadata":{"annotations":{"other.example/x":"2"}}}""", "of a ScaledObject's annotations")]
    [InlineData("""{"metadata":{"annotations":{"other.example/x":null}}}""", "of a ScaledObject's annotations")]
    [InlineData("""{"metadata":{"annotations":{"other.example/y":"2"}}}""", "of a ScaledObject's annotations")]
    [InlineData("""{"metadata":{"annotations":null}}""", "of a ScaledObject's annotations")]
    [InlineData("""{"metadata":{"annotations":{"autoscaling.keda.sh/paused-replicas":"0"}}}""", "of a ScaledObject's annotations")]
    [InlineData("""{"metadata":{"annotations":{"autoscaling.keda.sh/paused-scale-in":"true"}}}""", "of a ScaledObject's annotations")]
    [InlineData("""{"metadata":{"annotations":{"reactor.sophia-intel.ai.evil/x":"true"}}}""", "of a ScaledObject's annotations")]
    [InlineData("""{"metadata":{"finalizers":["a.example/b"]}}""", "owners or finalizers")]
    [InlineData("""{"metadata":{"finalizers":null}}""", "owners or finalizers")]
    [InlineData("""{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"a","uid":"u"}]}}""", "owners or finalizers")]
    [InlineData("""{"spec":{"maxReplicaCount":99},"metadata":{"annotations":{"autoscaling.keda.sh/paused":"true"}}}""", "may not change a ScaledObject's spec")]
    public void On_a_ScaledObject_nothing_may_change_but_its_own_annotations_and_the_pause(string patch, string why) =>
        Refused(Mine("PATCH", ScaledObject, patch), $"scaledobjects.keda.sh \"{Name}\"", "scaledobjects", why);

    [Fact]
    public void Its_own_annotations_and_the_pause_may_come_change_and_go()
    {
        foreach (var value in new[] { "\"true\"", "\"false\"", "null" })
            Assert.Equal(200, Mine("PATCH", ScaledObject, $$$"""{"metadata":{"annotations":{"autoscaling.keda.sh/paused":{{{value}}},"reactor.sophia-intel.ai/incident":{{{value}}} } } }""").Status);
    }

    /// <summary>The first annotations at all, and the last ones.</summary>
    [Fact]
    public void An_object_without_any_annotations_or_labels_is_no_special_case()
    {
        Admin("PATCH", ScaledObject, """{"metadata":{"annotations":null,"labels":null}}""");

        Assert.Equal(200, Mine("PATCH", ScaledObject, """{"metadata":{"annotations":{"autoscaling.keda.sh/paused":"true"}}}""").Status);
        Assert.Equal(200, Mine("PATCH", ScaledObject, """{"metadata":{"annotations":null}}""").Status);
    }

    [Theory]
    [InlineData("x-fallback", "{}", "[OWNER]", "only HPAs that it labels as its own")]
    [InlineData("x-fallback", """{"app.kubernetes.io/managed-by":"Helm"}""", "[OWNER]", "only HPAs that it labels as its own")]
    [InlineData("x", Labelled, "[OWNER]", "only HPAs that it labels as its own")]
    [InlineData("x-fallback", Labelled, "[]", "must have a ScaledObject as owner")]
    [InlineData("x-fallback", Labelled, """[{"apiVersion":"apps/v1","kind":"Deployment","name":"a","uid":"u"}]""", "must have a ScaledObject as owner")]
    [InlineData("x-fallback", Labelled, """[{"apiVersion":"other.example/v1","kind":"ScaledObject","name":"a","uid":"u"}]""", "must have a ScaledObject as owner")]
    [InlineData("x-fallback", Labelled, """[OWNER,{"apiVersion":"apps/v1","kind":"Deployment","name":"a","uid":"u","controller":true}]""", "must have no controller")]
    [InlineData("x-fallback", Labelled, """[{"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","name":"a","uid":"u","controller":true}]""", "must have no controller")]
    public void An_HPA_that_does_not_look_like_its_own_is_not_made(string name, string labels, string owners, string why)
    {
        Refused(Apply(name, labels, owners.Replace("OWNER", Owner)), $"horizontalpodautoscalers.autoscaling \"{name}\"", "hpas", why);
        Assert.Null(_cluster.Store.Find(Resources.Hpas, Ns, name));
    }

    [Fact]
    public void Its_own_HPA_is_made_changed_and_deleted()
    {
        Assert.Equal(201, Apply("x-fallback", Labelled, $"[{Owner}]").Status);
        Assert.Equal(200, Apply("x-fallback", Labelled, $"[{Owner}]", max: 9).Status);
        Refused(Apply("x-fallback", "{}", $"[{Owner}]"), "horizontalpodautoscalers.autoscaling \"x-fallback\"", "hpas", "only HPAs that it labels as its own");
        Assert.Equal(200, Mine("DELETE", $"{Hpas}/x-fallback").Status);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"app.kubernetes.io/managed-by":"Helm"}""")]
    public void A_foreign_HPA_is_neither_taken_over_nor_deleted_even_with_such_a_name(string labels)
    {
        Assert.Equal(201, Admin("POST", Hpas, Hpa("x-fallback", labels, "[]", 8)).Status);

        Refused(Apply("x-fallback", Labelled, $"[{Owner}]"), "horizontalpodautoscalers.autoscaling \"x-fallback\"", "hpas", "may not take over");
        Refused(Mine("DELETE", $"{Hpas}/x-fallback"), "horizontalpodautoscalers.autoscaling \"x-fallback\"", "hpas", "may delete its own HPAs");
    }

    [Fact]
    public void KEDAs_HPA_may_be_deleted_and_not_be_changed()
    {
        Refused(Mine("PATCH", $"{Hpas}/keda-hpa-{Name}", """{"spec":{"maxReplicas":3}}"""), $"horizontalpodautoscalers.autoscaling \"keda-hpa-{Name}\"", "hpas", "only HPAs that it labels as its own");
        Assert.Equal(200, Mine("DELETE", $"{Hpas}/keda-hpa-{Name}").Status);
    }

    [Theory]
    [InlineData("""{"spec":{"replicas":4}}""", 200)]
    [InlineData("""{"spec":{"replicas":0}}""", 200)]
    [InlineData("""{"spec":{"replicas":4},"metadata":{"labels":{"a":"b"}}}""", 422)]
    [InlineData("""{"spec":{"replicas":4},"metadata":{"annotations":{"a":"b"}}}""", 422)]
    [InlineData("""{"spec":{"replicas":4},"status":{"replicas":9}}""", 422)]
    public void Of_a_scale_only_the_number_may_change(string patch, int status) =>
        Assert.Equal(status, Mine("PATCH", $"/apis/apps/v1/namespaces/{Ns}/deployments/{Name}/scale", patch).Status);

    [Fact]
    public void Others_are_not_held_back()
    {
        Assert.Equal(200, Admin("PATCH", ScaledObject, """{"spec":{"maxReplicaCount":99},"metadata":{"labels":{"team":"b"}}}""").Status);
        Assert.Equal(201, Admin("POST", Hpas, Hpa("anything", "{}", "[]", 3)).Status);
    }

    /// <summary>Rights that somebody grants by mistake are not used either.</summary>
    [Fact]
    public void With_an_administrators_rights_it_still_makes_and_deletes_no_ScaledObject()
    {
        Admin("POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles", """{"metadata":{"name":"all"},"rules":[{"apiGroups":["*"],"resources":["*","scaledobjects/status","horizontalpodautoscalers/status"],"verbs":["*"]}]}""");
        Admin("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", $$"""
            {"metadata":{"name":"all"},"roleRef":{"kind":"ClusterRole","name":"all"},"subjects":[{"kind":"ServiceAccount","name":"{{ShippedAccess.Account}}","namespace":"{{ShippedAccess.Home}}"}]}
            """);

        Refused(Mine("DELETE", ScaledObject), $"scaledobjects.keda.sh \"{Name}\"", "scaledobjects", "may annotate ScaledObjects and do nothing else");
        Refused(Mine("PATCH", ScaledObject + "/status", """{"status":{"x":"y"}}"""), $"scaledobjects.keda.sh \"{Name}\"", "scaledobjects", "may annotate ScaledObjects and do nothing else");
        Refused(Mine("PATCH", $"{Hpas}/keda-hpa-{Name}/status", "{}"), $"horizontalpodautoscalers.autoscaling \"keda-hpa-{Name}\"", "hpas", "may not write an HPA's status");
        Assert.NotNull(_cluster.Store.Find(Resources.ScaledObjects, Ns, Name));
    }

    [FactWithProgram("kubectl")]
    public async Task Kubectl_applies_them_and_shows_them()
    {
        await using var host = await KubernetesHttpHost.StartAsync(SandboxSeed.Create(TimeProvider.System.GetUtcNow(), seed: 7), TimeProvider.System);
        var cache = Directory.CreateTempSubdirectory("kubectl-cache-").FullName;
        try
        {
            Assert.Equal(6, Lines(await RunAsync($"apply -f {Shipped.PathOf($"{Manifests.Folder}/admission.yaml")}"), " created"));
            Assert.Equal(6, Lines(await RunAsync("get validatingadmissionpolicies,validatingadmissionpolicybindings -o name"), "admissionregistration.k8s.io/sophia-keda-reactor-"));
        }
        finally
        {
            Directory.Delete(cache, recursive: true);
        }

        static int Lines(string said, string with) => said.Split('\n').Count(line => line.Contains(with, StringComparison.Ordinal));

        async Task<string> RunAsync(string arguments)
        {
            using var kubectl = Process.Start(new ProcessStartInfo("kubectl", $"--server={host.Address} --cache-dir={cache} {arguments}")
            {
                RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
            })!;
            var errors = kubectl.StandardError.ReadToEndAsync();
            var text = await kubectl.StandardOutput.ReadToEndAsync();
            await kubectl.WaitForExitAsync();
            Assert.True(kubectl.ExitCode == 0, await errors);
            return text;
        }
    }

    private static void Refused(ApiResponse response, string what, string policy, string why)
    {
        var said = response.Document().Text("message")!;
        Assert.True(response.Status == 422, $"{response.Status}: {said}");
        Assert.StartsWith($"{what} is forbidden: ValidatingAdmissionPolicy 'sophia-keda-reactor-{policy}' with binding 'sophia-keda-reactor-{policy}' denied request: ", said, StringComparison.Ordinal);
        Assert.Contains(why, said, StringComparison.Ordinal);
    }

    private ApiResponse Apply(string name, string labels, string owners, int max = 8) =>
        Mine("PATCH", $"{Hpas}/{name}?fieldManager=sophia-keda-reactor&force=true", Hpa(name, labels, owners, max), "application/apply-patch+yaml");

    private static string Hpa(string name, string labels, string owners, int max) => $$$"""
        {"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"{{{name}}}","labels":{{{labels}}},"ownerReferences":{{{owners}}} },
         "spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"{{{Name}}}"},"maxReplicas":{{{max}}} } }
        """;

    private ApiResponse Mine(string method, string path, string? body = null, string type = Merge) =>
        _api.Handle(ApiRequest.From(method, path, body, type) with { UserAgent = "sophia-keda-reactor/1", Token = _token });

    private ApiResponse Admin(string method, string path, string body) =>
        _api.Handle(ApiRequest.From(method, path, body, method == "PATCH" ? Merge : "application/json") with { UserAgent = "kubectl/1" });
}
