using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Integration.Tests.AnyHost;

internal sealed record HostReply(int Status, string Text)
{
    public JsonNode Json => JsonNode.Parse(Text)!;
}

/// <summary>
/// A reactor in a process of its own, with the sandbox as its cluster and receivers for its pages, in real time; known by addresses only, so
/// that the same tests hold for every host.
/// </summary>
public sealed class HostUnderTest : IAsyncLifetime
{
    /// <summary>Only a test that fails waits so long: func builds and starts a process of its own after a kill.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(120);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly RunningElsewhere? _elsewhere = RunningElsewhere.FromEnvironment();
    private StandaloneUnderTest? _own;

    private Uri Host => _elsewhere?.Host ?? _own!.Host;

    private Uri Cluster => _elsewhere?.Cluster ?? _own!.Cluster;

    private Uri Receivers => _elsewhere?.Receivers ?? _own!.Receivers;

    public async Task InitializeAsync()
    {
        // The tests are all skipped then; a fixture is made all the same.
        if (_elsewhere is null && Programs.Missing(Contracts.Tests.State.Redis.RedisServer.Program) is not null) return;
        if (_elsewhere is null) _own = await StandaloneUnderTest.StartAsync();
        await UntilAsync("the host answers", IsLiveAsync);
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        if (_own is not null) await _own.DisposeAsync();
    }

    /// <summary>kill -9; comes back when it answers again.</summary>
    public async Task KillAndComeBackAsync()
    {
        if (_own is not null)
        {
            await _own.KillAndStartAsync();
        }
        else
        {
            using var kill = Process.Start("bash", ["-c", _elsewhere!.Kill]);
            await kill.WaitForExitAsync();
            Assert.Equal(0, kill.ExitCode);
        }

        await UntilAsync("the host answers again", IsLiveAsync);
    }

    internal Task<HostReply> GetAsync(string path, string? role = "viewer") => SendAsync(HttpMethod.Get, path, role, body: null);

    internal Task<HostReply> PostAsync(string path, string role, JsonNode body) => SendAsync(HttpMethod.Post, path, role, body.ToJsonString());

    /// <param name="role">Whose key is shown; null for nobody's.</param>
    internal async Task<HostReply> SendAsync(HttpMethod method, string path, string? role, string? body)
    {
        using var request = new HttpRequestMessage(method, new Uri(Host, "api/" + path));
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        if (role is not null) request.Headers.Add("x-functions-key", $"the-key-of-the-{role}");
        request.Headers.Add("X-Reactor-Order", "1");
        using var response = await _http.SendAsync(request);
        return new HostReply((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>What the sandbox says of one target.</summary>
    internal async Task<JsonNode> TargetAsync(string target)
    {
        var state = JsonNode.Parse(await _http.GetStringAsync(new Uri(Cluster, "sandbox/state")))!;
        return state["targets"]!.AsArray().Single(t => (string?)t!["target"] == target)!;
    }

    internal async Task<bool> OnFallbackAsync(string target) =>
        await TargetAsync(target) is var seen && (string?)seen["paused"] == "true" && HpasOf(seen) is [var hpa] && hpa.EndsWith("-fallback", StringComparison.Ordinal);

    internal async Task<bool> WithKedaAloneAsync(string target) =>
        await TargetAsync(target) is var seen && seen["paused"] is null && HpasOf(seen) is [var hpa] && hpa.StartsWith("keda-hpa-", StringComparison.Ordinal);

    /// <summary>PagerDuty's events of one incident, in order.</summary>
    internal async Task<IReadOnlyList<string>> PagerDutyAsync(string dedupKey) =>
        [.. (await TakenAsync("pagerduty")).Where(body => (string?)body["dedup_key"] == dedupKey).Select(body => (string)body["event_action"]!)];

    /// <summary>The bodies that a receiver took.</summary>
    internal async Task<IReadOnlyList<JsonNode>> TakenAsync(string channel)
    {
        var received = JsonNode.Parse(await _http.GetStringAsync(new Uri(Receivers, "received.json")))!.AsArray();
        return [.. received.Where(message => (string?)message!["channel"] == channel && (int)message["answeredWith"]! < 300).Select(message => message!["body"]!)];
    }

    internal async Task UntilAsync(string what, Func<Task<bool>> holds)
    {
        for (var began = TimeProvider.System.GetTimestamp(); !await holds();)
        {
            if (TimeProvider.System.GetElapsedTime(began) > LongestWait)
                throw new TimeoutException($"Still not: {what}\n{_own?.Said}");
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }
    }

    private async Task<bool> IsLiveAsync()
    {
        try
        {
            return (await GetAsync("health/live", role: null)).Status == 200;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static List<string> HpasOf(JsonNode target) => [.. target["hpas"]!.AsArray().Select(hpa => (string)hpa!["name"]!)];
}

/// <summary>One host for all: each test has a target of its own.</summary>
[CollectionDefinition(Name)]
public sealed class AnyHostGroup : ICollectionFixture<HostUnderTest>
{
    public const string Name = "any host";
}
