using System.Diagnostics;
using System.Globalization;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Integration.Tests.Homes;
using Sophia.Keda.Reactor.Integration.Tests.SeveralHosts;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Integration.Tests.Kind;

/// <summary>tests/kind.sh against a sandbox, with kubectl as people have it; the clocks of sandbox and reactor run fast.</summary>
internal sealed class KindScript : IAsyncDisposable
{
    private const double Speed = 8;
    private readonly string _folder = Directory.CreateTempSubdirectory("reactor-kind-").FullName;
    private readonly PacedClock _clock = new(TimeProvider.System.GetUtcNow(), Speed, TimeSpan.Zero);

    public KubernetesHttpHost Kubernetes { get; private set; } = null!;

    public static async Task<KindScript> StartAsync()
    {
        var script = new KindScript();
        script.Kubernetes = await KubernetesHttpHost.StartAsync(SandboxSeed.Create(script._clock.GetUtcNow(), seed: 7), script._clock);
        await File.WriteAllTextAsync(script.KubeConfig, $$"""
            apiVersion: v1
            kind: Config
            current-context: sandbox
            contexts: [{name: sandbox, context: {cluster: sandbox, user: nobody} }]
            clusters: [{name: sandbox, cluster: {server: "{{script.Kubernetes.Address}}"} }]
            users: [{name: nobody, user: {} }]
            """);
        return script;
    }

    /// <summary>Its exit code and all that it said.</summary>
    /// <param name="patience">Seconds by the machine's clock for each step.</param>
    /// <param name="more">Arguments.</param>
    public async Task<(int Code, string Said)> RunAsync(int patience, params string[] more)
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "tests", "kind.sh"), .. more])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        start.Environment["KUBECONFIG"] = KubeConfig;
        start.Environment["KUBECACHEDIR"] = Path.Combine(_folder, "cache");
        start.Environment["HOME"] = _folder;
        start.Environment["TMPDIR"] = _folder;
        start.Environment["DOTNET_CLI_HOME"] = _folder;
        start.Environment["REACTOR_TEST_PORT"] = $"{FreePort.Take()}";
        start.Environment["REACTOR_TEST_PATIENCE"] = $"{patience}";
        start.Environment["REACTOR_TEST_COMMAND"] = string.Create(
            CultureInfo.InvariantCulture, $"dotnet {typeof(KindScript).Assembly.Location} paced-host {_clock.Agreed:O} {Speed}");
        start.Environment.Remove("REACTOR_TEST_KUBERNETES_MAY_STOP_KEDA");
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    public async ValueTask DisposeAsync()
    {
        await Kubernetes.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The script's own folders that are still there.</summary>
    public IEnumerable<string> Left => Directory.GetDirectories(_folder, "tmp.*");

    private string KubeConfig => Path.Combine(_folder, "config");
}
