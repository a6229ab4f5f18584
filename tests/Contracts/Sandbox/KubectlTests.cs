using System.Diagnostics;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>Runs only where kubectl is on the PATH.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class KubectlFactAttribute : FactAttribute
{
    public KubectlFactAttribute()
    {
        var paths = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!paths.Any(p => File.Exists(Path.Combine(p, "kubectl")) || File.Exists(Path.Combine(p, "kubectl.exe"))))
            Skip = "skipped: no kubectl";
    }
}

public sealed class KubectlTests
{
    private const string Fallback = """
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata:
          name: by-kubectl
          annotations: {validations.keda.sh/hpa-ownership: "false"}
        spec:
          scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: sophia-ai-services}
          minReplicas: 4
          maxReplicas: 15
        """;

    [KubectlFact]
    public async Task Kubectl_gets_annotates_applies_and_deletes()
    {
        await using var host = await KubernetesHttpHost.StartAsync(SandboxSeed.Create(TimeProvider.System.GetUtcNow(), 1), TimeProvider.System);
        var cache = Directory.CreateTempSubdirectory("kubectl-cache");
        try
        {
            Task<string> Run(string arguments, string? input = null) => Kubectl(host.Address, cache.FullName, arguments, input);
            Assert.Contains("scaledobject.keda.sh/sophia-ai-services", await Run("get so,hpa,deploy"), StringComparison.Ordinal);
            Assert.Contains("annotated", await Run("annotate so sophia-ai-services autoscaling.keda.sh/paused=true"), StringComparison.Ordinal);
            Assert.Contains("condition met", await Run("wait --for=condition=Paused so/sophia-ai-services --timeout=5s"), StringComparison.Ordinal);
            Assert.Contains("serverside-applied", await Run("apply --server-side --field-manager=me -f -", Fallback), StringComparison.Ordinal);
            Assert.Contains("by-kubectl", await Run("get hpa"), StringComparison.Ordinal);
            Assert.Contains("deleted", await Run("delete hpa by-kubectl"), StringComparison.Ordinal);
            Assert.Contains("created", await Run("apply -f -", Fallback), StringComparison.Ordinal);
            Assert.Contains("configured", await Run("apply -f -", Fallback.Replace("minReplicas: 4", "minReplicas: 5")), StringComparison.Ordinal);
            Assert.Contains("ScaledObjectPaused", await Run("describe so sophia-ai-services"), StringComparison.Ordinal);
            Assert.Contains("yes", await Run("auth can-i patch scaledobjects.keda.sh"), StringComparison.Ordinal);
        }
        finally
        {
            cache.Delete(recursive: true);
        }
    }

    /// <summary>kubectl create sends protobuf. What it says must be what is there, zeros that are meant among it.</summary>
    [KubectlFact]
    public async Task Kubectl_creates_by_its_own_words()
    {
        await using var host = await KubernetesHttpHost.StartAsync(SandboxSeed.Create(TimeProvider.System.GetUtcNow(), 1), TimeProvider.System);
        var cache = Directory.CreateTempSubdirectory("kubectl-cache");
        try
        {
            foreach (var (said, kind, spec) in Creates)
            {
                Assert.Contains(" created", await Kubectl(host.Address, cache.FullName, $"create {said}", null), StringComparison.Ordinal);
                Assert.Equal(spec, await Kubectl(host.Address, cache.FullName, $"get {kind} made -o jsonpath={{{(spec.StartsWith('[') ? ".rules" : kind is "cm" or "secret" ? ".data" : ".spec")}}}", null));
            }

            Assert.Contains("created", await Kubectl(host.Address, cache.FullName, "create serviceaccount robot", null), StringComparison.Ordinal);
            Assert.Contains("created", await Kubectl(host.Address, cache.FullName, "create rolebinding made --role=made --serviceaccount=sophia-mesh:robot", null), StringComparison.Ordinal);
            var token = (await Kubectl(host.Address, cache.FullName, "create token robot", null)).Trim();
            Assert.Equal("yes", (await Kubectl(host.Address, cache.FullName, $"--token {token} auth can-i get configmaps", null)).Trim());
        }
        finally
        {
            cache.Delete(recursive: true);
        }
    }

    private static readonly (string Said, string Kind, string Spec)[] Creates =
    [
        ("quota made --hard=pods=5,requests.cpu=0.5", "quota", """{"hard":{"pods":"5","requests.cpu":"500m"}}"""),
        ("ns made", "ns", """{"finalizers":["kubernetes"]}"""),
        ("deployment made --image=a:1 --replicas=0 --port=8080",
            "deploy", """{"replicas":0,"selector":{"matchLabels":{"app":"made"}},"strategy":{},"template":{"metadata":{"labels":{"app":"made"}},"spec":{"containers":[{"image":"a:1","name":"a","ports":[{"containerPort":8080,"protocol":"TCP"}],"resources":{}}]}}}"""),
        ("configmap made --from-literal=a=ä", "cm", """{"a":"ä"}"""),
        ("secret generic made --from-literal=a=b", "secret", """{"a":"Yg=="}"""),
        ("service clusterip made --tcp=80:web", "svc", """{"ports":[{"name":"80-web","port":80,"protocol":"TCP","targetPort":"web"}],"selector":{"app":"made"},"sessionAffinity":"None","type":"ClusterIP"}"""),
        ("pdb made --selector=a=b --min-available=50%", "pdb", """{"minAvailable":"50%","selector":{"matchLabels":{"a":"b"}}}"""),
        ("role made --verb=get --resource=configmaps", "role", """[{"apiGroups":[""],"resources":["configmaps"],"verbs":["get"]}]"""),
        ("clusterrole made --verb=get --non-resource-url=/x", "clusterrole", """[{"nonResourceURLs":["/x"],"verbs":["get"]}]"""),
    ];

    private static async Task<string> Kubectl(Uri server, string cache, string arguments, string? input)
    {
        using var process = Process.Start(new ProcessStartInfo("kubectl", $"--server={server} --cache-dir={cache} --kubeconfig=/dev/null -n sophia-mesh {arguments}")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await process.StandardInput.WriteAsync(input ?? "");
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output + await errors;
    }
}
