using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Sophia.Keda.Reactor.Contracts.Tests.State.Redis;
using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Receivers;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Integration.Tests.AnyHost;

/// <summary>The standalone host, started as people start it, on a Redis of its own.</summary>
internal sealed class StandaloneUnderTest : IAsyncDisposable
{
    private readonly RedisServer _redis = new RedisServer().Start();
    private readonly ConcurrentQueue<string> _said = new();
    private readonly int _port = FreePort.Take();
    private KubernetesHttpHost _kubernetes = null!;
    private ReceiverHost _receivers = null!;
    private Process? _process;

    public Uri Host => new($"http://127.0.0.1:{_port}/");

    public Uri Cluster => _kubernetes.Address;

    public Uri Receivers => _receivers.Address;

    /// <summary>The end of its log, for a test that fails.</summary>
    public string Said => string.Join('\n', _said.TakeLast(30));

    public static async Task<StandaloneUnderTest> StartAsync()
    {
        var own = new StandaloneUnderTest();
        var time = TimeProvider.System;
        own._kubernetes = await KubernetesHttpHost.StartAsync(SandboxSeed.Create(time.GetUtcNow(), seed: 7), time);
        own._receivers = await ReceiverHost.StartAsync(time);
        own.Start();
        return own;
    }

    public async Task KillAndStartAsync()
    {
        await KillAsync();
        Start();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        await _receivers.DisposeAsync();
        await _kubernetes.DisposeAsync();
        _redis.Dispose();
    }

    private void Start()
    {
        var start = new ProcessStartInfo("dotnet", [typeof(StandaloneHost).Assembly.Location, "--port", $"{_port}"])
        {
            WorkingDirectory = _redis.Folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        foreach (var (name, value) in Settings()) start.Environment[name.Replace(":", "__")] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => _said.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _said.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private async Task KillAsync()
    {
        if (_process is null) return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    private Dictionary<string, string> Settings() =>
        new(JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Beside("settings.json")))!)
        {
            ["Kubernetes:Server"] = Cluster.AbsoluteUri,
            ["Pages:Slack:WebhookUrl"] = _receivers.SlackUrl.AbsoluteUri,
            ["Pages:PagerDuty:Url"] = _receivers.PagerDutyUrl.AbsoluteUri,
            ["Policy:File"] = Beside("policy.yaml"),
            ["State:Redis:Endpoints"] = _redis.Endpoint,
        };

    private static string Beside(string name) => Path.Combine(AppContext.BaseDirectory, "AnyHost", name);
}
