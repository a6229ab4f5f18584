using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;

/// <summary>Where the real Alertmanager is to send what. Whoever is not named has a port on which nobody listens.</summary>
internal sealed record AlertmanagerWays(Uri Reactor, string SenderKey)
{
    public static readonly Uri Nobody = new("http://127.0.0.1:9/");

    public Uri Heartbeat { get; init; } = Nobody;

    public Uri PagerDuty { get; init; } = Nobody;

    public Uri Slack { get; init; } = Nobody;

    /// <summary>By how much its waits are shortened.</summary>
    public double Pace { get; init; } = 1;
}

/// <summary>The real Alertmanager, alone, on a free loopback port, with the shipped configuration.</summary>
internal sealed partial class Alertmanager : IAsyncDisposable
{
    public const string Program = "prometheus-alertmanager";

    private readonly Process _process;
    private readonly HttpClient _http;
    private readonly string _folder;

    private Alertmanager(Process process, HttpClient http, string folder) => (_process, _http, _folder) = (process, http, folder);

    public static string ShippedFile => Path.Combine(AppContext.BaseDirectory, "alertmanager.yml");

    public Uri Address => _http.BaseAddress!;

    public static Task<Alertmanager> StartAsync(Uri reactor, string senderKey) => StartAsync(new AlertmanagerWays(reactor, senderKey));

    public static async Task<Alertmanager> StartAsync(AlertmanagerWays ways)
    {
        var folder = Directory.CreateTempSubdirectory("alertmanager-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "keda-reactor-sender.key"), ways.SenderKey + "\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "reactor-watchers-pagerduty.key"), "fedcba9876543210fedcba9876543210\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "reactor-watchers-slack.url"), ways.Slack.AbsoluteUri + "\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "alertmanager.yml"), Adapted(ways, folder));
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

    /// <summary>The URLs and files that a user changes, the waits where they are to be shorter, and nothing else.</summary>
    private static string Adapted(AlertmanagerWays ways, string folder)
    {
        var config = File.ReadAllText(ShippedFile);
        foreach (var (theirs, ours) in new[]
        {
            ("http://127.0.0.1:7071/", ways.Reactor.AbsoluteUri),
            ("https://heartbeat.example.com/CHANGE_ME", ways.Heartbeat.AbsoluteUri),
            ("https://events.pagerduty.com/v2/enqueue", ways.PagerDuty.AbsoluteUri),
        })
        {
            Assert.Single(config.Split('\n'), line => line.Contains(theirs, StringComparison.Ordinal));
            config = config.Replace(theirs, ours);
        }

        Assert.Equal(3, config.Split('\n').Count(line => line.Contains("/etc/alertmanager/", StringComparison.Ordinal)));
        config = config.Replace("/etc/alertmanager/", folder + "/");
        return Wait().Replace(config, m => $"{m.Groups["name"].Value}: {Math.Round(Seconds(m) * 1000 / ways.Pace)}ms");
    }

    private static double Seconds(Match match) => double.Parse(match.Groups["count"].Value) * match.Groups["unit"].Value switch
    {
        "s" => 1,
        "m" => 60,
        _ => 3600,
    };

    [GeneratedRegex(@"(?<name>group_wait|group_interval|repeat_interval): (?<count>\d+)(?<unit>[smh])", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Wait();

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
