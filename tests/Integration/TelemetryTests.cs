using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Telemetry;

namespace Sophia.Keda.Reactor.Integration.Tests;

/// <summary>The standalone host beside a collector that speaks OTLP over HTTP.</summary>
public sealed class TelemetryTests
{
    private const string Key = "a-key-that-no-collector-may-see";

    [Fact]
    public async Task Requests_and_logs_reach_the_collector_that_the_environment_names_and_no_key_does()
    {
        await using var collector = await Collector.StartAsync();
        await using (var host = Host(new() { [TelemetryExport.Endpoint] = collector.Address }))
        {
            await host.StartAsync();
            using var http = new HttpClient { BaseAddress = host.Address };
            using var answer = await http.GetAsync($"api/health/live?code={Key}");
            Assert.True(answer.IsSuccessStatusCode);
        }

        // What was gathered is sent when the host ends.
        Assert.Contains("/v1/traces", collector.Got.Keys);
        Assert.Contains("/api/health/live", collector.Got["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("sophia-keda-reactor", collector.Got["/v1/traces"], StringComparison.Ordinal);
        Assert.Contains("/v1/logs", collector.Got.Keys);
        Assert.All(collector.Got.Values, body => Assert.DoesNotContain(Key, body, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_endpoint_for_one_signal_sends_that_one_alone()
    {
        await using var collector = await Collector.StartAsync();
        await using (var host = Host(new() { [TelemetryExport.LogsEndpoint] = collector.Address + "v1/logs", ["OTEL_SERVICE_NAME"] = "ours-in-prod" }))
        {
            await host.StartAsync();
            host.Services.GetRequiredService<ILogger<TelemetryTests>>().LogWarning("said by {Who}", "this test");
        }

        var (path, body) = Assert.Single(collector.Got);
        Assert.Equal("/v1/logs", path);
        Assert.Contains("ours-in-prod", body, StringComparison.Ordinal);
        Assert.Contains("said by this test", body, StringComparison.Ordinal);
    }

    private static StandaloneHost Host(Dictionary<string, string?> settings)
    {
        foreach (var (name, value) in new Dictionary<string, string?>
        {
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf", ["Insecure"] = "true", ["Cluster:Name"] = GuardedCluster.Name,
            ["Kubernetes:Server"] = "http://127.0.0.1:9", ["Pages:None"] = "accepted", ["State:Path"] = ":memory:", ["State:Durability"] = "relaxed", ["Memory:Key"] = "only-for-these-tests-not-a-secret",
        }) settings[name] = value;
        return StandaloneHost.Build(new StandaloneOptions { Settings = settings, Port = 0, Logging = logging => logging.SetMinimumLevel(LogLevel.Information) });
    }

    private sealed class Collector(WebApplication app, ConcurrentDictionary<string, string> got) : IAsyncDisposable
    {
        public IReadOnlyDictionary<string, string> Got => got;

        public string Address => app.Urls.Single() + "/";

        public static async Task<Collector> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var made = builder.Build();
            made.Urls.Add("http://127.0.0.1:0");
            ConcurrentDictionary<string, string> got = [];
            made.Run(async context =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                // Protobuf keeps strings as they are.
                got.AddOrUpdate(context.Request.Path, _ => Encoding.Latin1.GetString(body.ToArray()), (_, before) => before + Encoding.Latin1.GetString(body.ToArray()));
            });
            await made.StartAsync();
            return new Collector(made, got);
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
