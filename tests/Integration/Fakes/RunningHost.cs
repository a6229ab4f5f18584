using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Functions;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests.Fakes;

/// <summary>The standalone host on real Kestrel and a free loopback port, with the loop and the store replaced.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 8, 1, 10, 0, 0, TimeSpan.Zero);

    private readonly StandaloneHost host;

    private RunningHost(StandaloneHost host, HttpClient client) => (this.host, Client) = (host, client);

    public HttpClient Client { get; }

    public IServiceProvider Services => host.Services;

    public required FakeLoop Loop { get; init; }

    public required FakeStore Store { get; init; }

    public required ManualTime Time { get; init; }

    public required ConcurrentQueue<string> Log { get; init; }

    public static string KeyOf(string role) => $"the-key-of-the-{role}";

    public static Dictionary<string, string?> Keys => new()
    {
        ["Keys:Sender"] = KeyOf("sender"),
        ["Keys:Viewer"] = KeyOf("viewer"),
        ["Keys:Operator"] = KeyOf("operator"),
        ["Memory:Key"] = "some-memory-key-for-tests",
        ["Cluster:Name"] = "test",
        ["Pages:None"] = "accepted",
    };

    /// <summary>No host starts without a cluster to guard, or is well without a channel; the loop is a fake, so that nothing is ever sent there.</summary>
    public static Dictionary<string, string?> WithCluster(Dictionary<string, string?> settings) =>
        new(settings) { ["Kubernetes:Server"] = "http://127.0.0.1:1", ["Pages:Slack:WebhookUrl"] = "http://127.0.0.1:1/slack" };

    public static async Task<RunningHost> StartAsync(Dictionary<string, string?>? settings = null, Action<IServiceCollection>? more = null)
    {
        var (loop, store, time, log) = (new FakeLoop(), new FakeStore(), new ManualTime(Start), new ConcurrentQueue<string>());
        loop.Seen = FakeLoop.EmptyCluster(Start);
        var built = StandaloneHost.Build(new StandaloneOptions
        {
            Settings = WithCluster(settings ?? Keys),
            Port = 0,
            Time = time,
            Logging = logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new Recorder(log)),
            Configure = services =>
            {
                services.AddSingleton<IStateStore>(store).AddSingleton(loop.Access).AddSingleton<IdSource>(() => "drawn-id")
                    // Nobody listens where the rig's channel should be, and a test may not depend on how soon that is found out.
                    .AddSingleton(new LatestChannelCheck(_ => Task.FromResult<ImmutableArray<ChannelCheck>>([]), time));
                more?.Invoke(services);
            },
        });
        await built.StartAsync();
        return new RunningHost(
            built, new HttpClient { BaseAddress = built.Address }) { Loop = loop, Store = store, Time = time, Log = log };
    }

    /// <summary>A request with the role's key; role null sends none.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        string method, string path, string? role, string? body = null, Action<HttpRequestMessage>? bend = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "api/" + path);
        if (role is not null) request.Headers.Add("x-functions-key", KeyOf(role));
        if (method == "POST")
        {
            request.Headers.Add("X-Reactor-Order", "1");
            request.Content = new StringContent(body ?? "{}", Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        }

        bend?.Invoke(request);
        return await Client.SendAsync(request);
    }

    /// <summary>Lets time go on in steps, so that every timer comes to its turn, until it is as it should be.</summary>
    public async Task TickAsync(TimeSpan atMost, Func<Task<bool>> until)
    {
        for (var passed = TimeSpan.Zero; passed < atMost && !await until(); passed += TimeSpan.FromSeconds(10))
        {
            Time.Advance(TimeSpan.FromSeconds(10));
            for (var i = 0; i < 40 && !await until(); i++) await Task.Delay(TimeSpan.FromMilliseconds(25), TimeProvider.System);
        }
    }

    public static async Task<JsonObject> JsonOf(HttpResponseMessage response) =>
        JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await host.DisposeAsync();
    }

    internal sealed class Recorder(ConcurrentQueue<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
