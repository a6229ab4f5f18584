using System.Diagnostics;
using k8s;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>
/// The rendered platform, read strictly by Kubernetes' own client, whose types are generated from its published OpenAPI: an unknown field or one of another
/// type is an error there, where an API server would drop it or refuse it.
/// </summary>
public sealed class PlatformManifestTests
{
    [TheoryWithProgram("kubectl")]
    [InlineData("dev")]
    [InlineData("staging")]
    [InlineData("prod")]
    public async Task Every_object_of_Kubernetes_own_kinds_is_what_its_schema_says(string overlay)
    {
        var objects = (await RenderAsync($"infra/keda/gitops/overlays/{overlay}")).Split("\n---\n").Where(IsOwn).ToList();

        Assert.True(objects.Count > 40, $"{objects.Count} objects");
        Assert.All(objects, text => Assert.Single(KubernetesYaml.LoadAllFromString(text, null, strict: true)));
    }

    [Theory]
    [InlineData("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {podSelector: {}, ingres: []}")]
    [InlineData("apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: a}\nspec: {hard: [1]}")]
    [InlineData("apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {selector: {matchlabels: {a: b}}}")]
    public void A_misspelt_field_is_found(string text) => Assert.ThrowsAny<Exception>(() => KubernetesYaml.LoadAllFromString(text, null, strict: true));

    private static bool IsOwn(string text) =>
        new[] { "v1", "apps/v1", "policy/v1", "networking.k8s.io/v1", "rbac.authorization.k8s.io/v1", "admissionregistration.k8s.io/v1", "flowcontrol.apiserver.k8s.io/v1" }
            .Any(version => text.StartsWith($"apiVersion: {version}\n", StringComparison.Ordinal));

    private static async Task<string> RenderAsync(string folder)
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Sophia.Keda.Reactor.sln")))
            root = Path.GetDirectoryName(root)!;
        using var kubectl = Process.Start(new ProcessStartInfo("kubectl", ["kustomize", Path.Combine(root, folder)]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var errors = kubectl.StandardError.ReadToEndAsync();
        var text = await kubectl.StandardOutput.ReadToEndAsync();
        await kubectl.WaitForExitAsync();
        Assert.True(kubectl.ExitCode == 0, await errors);
        return text;
    }
}
