using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Story;

/// <summary>Those who act over HTTP in a story: people with their orders, Alertmanager, KEDA with its events, and whoever else writes to the cluster.</summary>
public sealed class People(Uri reactor, Uri cluster, TimeProvider clock) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri(reactor, "api/") };

    public async Task<Answered> OrderAsync(string path, string json)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, MediaTypeNames.Application.Json) };
        request.Headers.Add("X-Reactor-Order", "1");
        return await SendAsync(request);
    }

    /// <summary>Why a target is as it is, as text for a terminal.</summary>
    public async Task<string> WhyAsync(TargetState target)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"breakers/{target.Namespace}/{target.Name}/why");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(MediaTypeNames.Text.Plain));
        using var response = await _http.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }

    public async Task<Answered> AlertAsync(string name, TargetState target, DateTimeOffset started, bool resolved)
    {
        var status = resolved ? "resolved" : "firing";
        var body = new JsonObject
        {
            ["version"] = "4",
            ["groupKey"] = $"{{}}:{{alertname=\"{name}\"}}",
            ["truncatedAlerts"] = 0,
            ["receiver"] = "keda-reactor",
            ["status"] = status,
            ["alerts"] = new JsonArray(new JsonObject
            {
                ["status"] = status,
                ["labels"] = new JsonObject { ["alertname"] = name, ["namespace"] = target.Namespace, ["scaledObject"] = target.Name },
                ["annotations"] = new JsonObject { ["summary"] = $"{target.Name}: {name}" },
                ["startsAt"] = Instant(started),
                ["endsAt"] = resolved ? Instant(clock.GetUtcNow()) : "0001-01-01T00:00:00Z",
                ["fingerprint"] = "7a1f3c5e9b2d4806",
            }),
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "alerts") { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, MediaTypeNames.Application.Json) };
        return await SendAsync(request);
    }

    /// <summary>As KEDA's CloudEventSource sends it.</summary>
    public async Task<Answered> EventAsync(string type, TargetState target)
    {
        var now = clock.GetUtcNow();
        var body = new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = $"{target.Name}-{now.UtcTicks}",
            ["source"] = "/sandbox/keda-system/keda",
            ["type"] = type,
            ["subject"] = $"/sandbox/{target.Namespace}/scaledobject/{target.Name}",
            ["time"] = Instant(now),
            ["datacontenttype"] = "application/json",
            ["data"] = new JsonObject { ["reason"] = "ScaledObjectUnpaused", ["message"] = "" },
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "events") { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/cloudevents+json") };
        return await SendAsync(request);
    }

    /// <summary>A merge patch of a ScaledObject's annotations by another field manager; null removes a key.</summary>
    public Task<Answered> AnnotateAsync(TargetState target, string manager, JsonObject annotations) => PatchAsync(
        $"apis/keda.sh/v1alpha1/namespaces/{target.Namespace}/scaledobjects/{target.Name}?fieldManager={manager}",
        new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = annotations } });

    /// <summary>A merge patch of any object of the cluster.</summary>
    public async Task<Answered> PatchAsync(string path, JsonObject body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, new Uri(cluster, path)) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/merge-patch+json") };
        return await SendAsync(request);
    }

    public void Dispose() => _http.Dispose();

    private static string Instant(DateTimeOffset at) => $"{at.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fff}Z";

    private async Task<Answered> SendAsync(HttpRequestMessage request)
    {
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Answered((int)response.StatusCode, text.StartsWith('{') ? JsonSerializer.Deserialize<JsonObject>(text) : null);
    }
}
