using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Integration.Tests.SeveralHosts;

/// <summary>One of several reactors, as a process of its own. Its token at the API server is its name.</summary>
internal sealed class KillableHost : IDisposable
{
    private readonly Process process;
    private readonly HttpClient http;
    private readonly ConcurrentQueue<string> said = new();

    private KillableHost(string name, Process process, HttpClient http) => (Name, this.process, this.http) = (name, process, http);

    public string Name { get; }

    public bool IsAlive => !process.HasExited;

    /// <summary>The end of its log, for a test that fails.</summary>
    public string Said => string.Join('\n', said.TakeLast(20));

    public static async Task<KillableHost> StartAsync(string name, string folder, HostOrder order)
    {
        var file = Path.Combine(folder, $"{name}-{order.Port}.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(order));
        var started = Process.Start(new ProcessStartInfo("dotnet", [typeof(KillableHost).Assembly.Location, "host", file])
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        })!;
        var calls = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{order.Port}/api/"), Timeout = TimeSpan.FromSeconds(20) };
        calls.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", order.Settings["Keys:Operator"]);
        calls.DefaultRequestHeaders.Add("X-Reactor-Order", "1");
        var host = new KillableHost(name, started, calls);
        started.OutputDataReceived += (_, line) => host.said.Enqueue(line.Data ?? "");
        started.ErrorDataReceived += (_, line) => host.said.Enqueue(line.Data ?? "");
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        while (!await host.IsLiveAsync())
        {
            if (started.HasExited) throw new InvalidOperationException($"{name} ended: {host.Said}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        return host;
    }

    /// <summary>kill -9.</summary>
    public void Kill() => process.Kill();

    /// <summary>SIGTERM, as a Deployment stops a pod; returns when the process has ended.</summary>
    public async Task StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await kill.WaitForExitAsync();
        await process.WaitForExitAsync();
    }

    public async Task<JsonNode> GetAsync(string path)
    {
        using var response = await http.GetAsync(path);
        Assert.True(response.IsSuccessStatusCode, $"{Name} answers GET {path} with {(int)response.StatusCode}");
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    public async Task<(int Status, JsonNode Body)> PostAsync(string path, JsonObject body)
    {
        using var content = new StringContent(body.ToJsonString(), new MediaTypeHeaderValue("application/json"));
        using var response = await http.PostAsync(path, content);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    public void Dispose()
    {
        http.Dispose();
        if (IsAlive) Kill();
        process.WaitForExit();
        process.Dispose();
    }

    private async Task<bool> IsLiveAsync()
    {
        try
        {
            using var response = await http.GetAsync("health/live");
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
