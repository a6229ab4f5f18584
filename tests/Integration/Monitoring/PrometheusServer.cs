using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Contracts.Tests.Monitoring;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;

namespace Sophia.Keda.Reactor.Integration.Tests.Monitoring;

/// <summary>The real Prometheus on a free loopback port, with the shipped rules, scraping a sandbox and a reactor.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    public const string Program = "prometheus";

    private readonly Process _process;
    private readonly HttpClient _http;
    private readonly string _folder;

    private PrometheusServer(Process process, HttpClient http, string folder) => (_process, _http, _folder) = (process, http, folder);

    public static async Task<PrometheusServer> StartAsync(Pace pace, Uri kubernetes, Uri reactor, string viewerKey, Uri alertmanager)
    {
        var folder = Directory.CreateTempSubdirectory("prometheus-").FullName;
        foreach (var file in MonitoringFolder.RuleFiles)
            MonitoringFolder.Write(pace.Rules(file), Path.Combine(folder, file));
        await File.WriteAllTextAsync(Path.Combine(folder, "viewer.key"), viewerKey);
        await File.WriteAllTextAsync(Path.Combine(folder, "prometheus.yml"), Configuration(pace, kubernetes, reactor, alertmanager));
        var port = FreePort.Take();
        var start = new ProcessStartInfo(Programs.Find(Program)!)
        {
            ArgumentList =
            {
                "--config.file=prometheus.yml",
                "--storage.tsdb.path=data",
                $"--web.listen-address=127.0.0.1:{port}",
                // Its own defaults, at this pace.
                $"--query.lookback-delta={pace.Real(TimeSpan.FromMinutes(5))}",
                $"--rules.alert.resend-delay={pace.Real(TimeSpan.FromMinutes(1))}",
            },
            WorkingDirectory = folder,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        var process = Process.Start(start)!;
        var said = process.StandardError.ReadToEndAsync();
        var server = new PrometheusServer(process, new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") }, folder);
        while (!await server.IsReadyAsync())
        {
            if (process.HasExited) throw new InvalidOperationException($"Prometheus ended: {await said}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        return server;
    }

    /// <summary>The value of an expression that has one, now; null when it has none.</summary>
    public async Task<double?> AskAsync(string expression)
    {
        var answer = await GetAsync("/api/v1/query?query=" + Uri.EscapeDataString(expression));
        return answer["data"]!["result"]!.AsArray() is [var one] ? double.Parse((string)one!["value"]![1]!, CultureInfo.InvariantCulture) : null;
    }

    /// <summary>When the alert of this name became active, pending or firing; null while it is not.</summary>
    public async Task<DateTimeOffset?> ActiveSinceAsync(string alert)
    {
        var answer = await GetAsync("/api/v1/alerts");
        return answer["data"]!["alerts"]!.AsArray()
            .Where(a => (string?)a!["labels"]!["alertname"] == alert)
            .Select(a => (DateTimeOffset?)DateTimeOffset.Parse((string)a!["activeAt"]!, CultureInfo.InvariantCulture))
            .Min();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>What the ServiceMonitors say, for addresses that stand still.</summary>
    private static string Configuration(Pace pace, Uri kubernetes, Uri reactor, Uri alertmanager)
    {
        var every = pace.Real(ServiceMonitors.Interval);
        return $$"""
            global:
              scrape_interval: {{every}}
              scrape_timeout: {{every}}
              evaluation_interval: {{every}}
            rule_files: [{{string.Join(", ", MonitoringFolder.RuleFiles)}}]
            alerting:
              alertmanagers:
                - static_configs: [{targets: ["{{alertmanager.Authority}}"]}]
            scrape_configs:
              - {job_name: keda-operator, honor_labels: true, metrics_path: /sandbox/keda/metrics, static_configs: [{targets: ["{{kubernetes.Authority}}"]}]}
              - {job_name: keda-metrics-apiserver, honor_labels: true, metrics_path: /sandbox/keda/metrics-apiserver/metrics, static_configs: [{targets: ["{{kubernetes.Authority}}"]}]}
              - {job_name: kube-state-metrics, honor_labels: true, metrics_path: /sandbox/kube-state-metrics, static_configs: [{targets: ["{{kubernetes.Authority}}"]}]}
              - {job_name: apiserver, metrics_path: /sandbox/kube-apiserver/metrics, static_configs: [{targets: ["{{kubernetes.Authority}}"]}]}
              - {job_name: sophia-keda-reactor, honor_labels: true, metrics_path: /api/metrics, authorization: {credentials_file: viewer.key}, static_configs: [{targets: ["{{reactor.Authority}}"]}]}
            """;
    }

    private async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await _http.GetStringAsync(path))!;

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
