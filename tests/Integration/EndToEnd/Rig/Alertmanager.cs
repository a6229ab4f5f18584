using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;

/// <summary>The real Alertmanager, alone, on a free loopback port, with the shipped configuration.</summary>
internal sealed class Alertmanager : IAsyncDisposable
{
    public const string Program = "prometheus-alertmanager";

    private readonly Process _process;
    private readonly HttpClient _http;
    private readonly string _folder;

    private Alertmanager(Process process, HttpClient http, string folder) => (_process, _http, _folder) = (process, http, folder);

    public static string ShippedFile => Path.Combine(AppContext.BaseDirectory, "alertmanager.yml");

    public static async Task<Alertmanager> StartAsync(Uri reactor, string senderKey)
    {
        var folder = Directory.CreateTempSubdirectory("alertmanager-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "sender.key"), senderKey + "\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "alertmanager.yml"), Adapted(reactor, Path.Combine(folder, "sender.key")));
        var port = FreePort.Take();
        var start = new ProcessStartInfo(Programs.Find(Program)!)
        {
            ArgumentList =
            {
                $"--config.file={Path.Combine(folder, "alertmanager.yml")}",
                $"--storage.path={Path.Combine(folder, "data")}",
                $"--web.listen-address=127.0.0.1:{port}",
                "--cluster.listen-address=",
            },
            WorkingDirectory = folder,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        var process = Process.Start(start)!;
        var said = process.StandardError.ReadToEndAsync();
        var alertmanager = new Alertmanager(process, new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") }, folder);
        while (!await alertmanager.IsReadyAsync())
        {
            if (process.HasExited) throw new InvalidOperationException($"Alertmanager ended: {await said}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        return alertmanager;
    }

    /// <summary>Raises an alert as Prometheus does; with an end it resolves it.</summary>
    public async Task PostAsync(JsonObject labels, DateTimeOffset startsAt, DateTimeOffset? endsAt = null)
    {
        var alert = new JsonObject
        {
            ["labels"] = labels.DeepClone(),
            ["annotations"] = new JsonObject { ["summary"] = "Scaling oscillation detected" },
            ["startsAt"] = startsAt.ToString("O"),
            ["generatorURL"] = "http://127.0.0.1:9090/graph",
        };
        if (endsAt is { } end) alert["endsAt"] = end.ToString("O");
        using var response = await _http.PostAsJsonAsync("/api/v2/alerts", new JsonArray(alert));
        response.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The two things that a user changes, and nothing else.</summary>
    private static string Adapted(Uri reactor, string keyFile)
    {
        var shipped = File.ReadAllText(ShippedFile);
        Assert.Single(shipped.Split('\n'), line => line.Contains("http://127.0.0.1:7071/", StringComparison.Ordinal));
        Assert.Single(shipped.Split('\n'), line => line.Contains("/etc/alertmanager/keda-reactor-sender.key", StringComparison.Ordinal));
        return shipped
            .Replace("http://127.0.0.1:7071/", reactor.AbsoluteUri)
            .Replace("/etc/alertmanager/keda-reactor-sender.key", keyFile);
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var response = await _http.GetAsync("/-/ready");
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
