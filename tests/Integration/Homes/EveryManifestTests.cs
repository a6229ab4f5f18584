using System.Diagnostics;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

/// <summary>Every folder that kubectl apply -k takes and every file beside them, against a server that holds objects against their kinds, as kubectl sends them: strictly.</summary>
public sealed class EveryManifestTests
{
    private static readonly string[] Namespaces = ["keda-reactor", "istio-system", "argocd", "flux-system", "monitoring"];

    /// <summary>Components are taken up by others and are nothing alone.</summary>
    public static TheoryData<string> Folders { get; } =
    [
        .. Directory.EnumerateFiles(Shipped.PathOf("infra/keda"), "kustomization.yaml", SearchOption.AllDirectories)
            .Where(file => !File.ReadAllText(file).Contains("kind: Component", StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(Shipped.PathOf("."), Path.GetDirectoryName(file)!)).Order(StringComparer.Ordinal),
    ];

    /// <summary>A search that finds nothing would pass.</summary>
    [Fact]
    public void The_bases_and_the_overlays_are_among_them() =>
        Assert.Superset(
            new HashSet<string>
            {
                "infra/keda/base/reactor", "infra/keda/base/reactor-with-redis",
                "infra/keda/gitops/overlays/dev", "infra/keda/gitops/overlays/staging", "infra/keda/gitops/overlays/prod",
            },
            Folders.Cast<object[]>().Select(row => (string)row[0]).ToHashSet());

    [TheoryWithProgram("kubectl")]
    [MemberData(nameof(Folders))]
    public async Task Every_overlay_and_base_is_taken_by_a_dry_run_both_ways(string folder)
    {
        await using var server = await Server.StartAsync();
        foreach (var way in new[] { "", "--server-side " })
        {
            var (code, said) = await server.KubectlAsync($"apply {way}-k {Shipped.PathOf(folder)} --dry-run=server");
            Assert.True(code == 0, said);
            Assert.All(said.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.True(
                line.EndsWith("(server dry run)", StringComparison.Ordinal) || line.StartsWith("Warning: ", StringComparison.Ordinal), line));
            Assert.DoesNotContain("unknown field", said, StringComparison.Ordinal);
        }
    }

    [FactWithProgram("kubectl")]
    public async Task What_Argo_CD_and_Flux_are_given_is_taken_too()
    {
        await using var server = await Server.StartAsync();
        var files = Directory.EnumerateFiles(Shipped.PathOf("infra/keda/gitops/flux"), "*.yaml").Append(Shipped.PathOf("infra/keda/gitops/argocd-application.yaml"));
        foreach (var file in files)
        {
            var (code, said) = await server.KubectlAsync($"apply --server-side --dry-run=server -f {file}");
            Assert.True(code == 0, said);
        }
    }

    /// <summary>The two READMEs once recommended one way each; people will have done both.</summary>
    [TheoryWithProgram("kubectl")]
    [InlineData("infra/keda/base/reactor")]
    [InlineData("infra/keda/base/reactor-with-redis")]
    [InlineData("infra/keda/gitops/overlays/prod")]
    [InlineData("infra/keda/monitoring")]
    public async Task A_folder_that_was_applied_is_applied_server_side_without_a_conflict_and_back(string folder)
    {
        await using var server = await Server.StartAsync();
        foreach (var way in new[] { "", "--server-side ", "", "--server-side " })
        {
            var (code, said) = await server.KubectlAsync($"apply {way}-k {Shipped.PathOf(folder)}");
            Assert.True(code == 0, $"kubectl apply {way}: {said}");
        }
    }

    private sealed class Server : IAsyncDisposable
    {
        private readonly string _cache = Directory.CreateTempSubdirectory("kubectl-cache-").FullName;

        private Server(KubernetesHttpHost host) => Host = host;

        private KubernetesHttpHost Host { get; }

        public static async Task<Server> StartAsync()
        {
            var now = TimeProvider.System.GetUtcNow();
            var cluster = SandboxSeed.Create(now - TimeSpan.FromMinutes(1), seed: 7, moreTargets: 0, new SandboxOptions().WithPlatform());

            // Those of the seed are others' objects by the same names.
            foreach (var scaledObject in cluster.Store.All(Resources.ScaledObjects).ToList())
                cluster.Store.Delete(scaledObject, "kubectl");
            cluster.Advance(now);
            foreach (var ns in Namespaces)
                cluster.Store.Create(Resources.Namespaces, SeedDocuments.Namespace(ns), "kubectl");
            return new Server(await KubernetesHttpHost.StartAsync(cluster, TimeProvider.System));
        }

        public async Task<(int Code, string Said)> KubectlAsync(string arguments)
        {
            using var kubectl = Process.Start(new ProcessStartInfo("kubectl", $"--server={Host.Address} --cache-dir={_cache} --kubeconfig=/dev/null {arguments}")
            {
                RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
            })!;
            var errors = kubectl.StandardError.ReadToEndAsync();
            var text = await kubectl.StandardOutput.ReadToEndAsync();
            await kubectl.WaitForExitAsync();
            return (kubectl.ExitCode, text + await errors);
        }

        public async ValueTask DisposeAsync()
        {
            await Host.DisposeAsync();
            Directory.Delete(_cache, recursive: true);
        }
    }
}
