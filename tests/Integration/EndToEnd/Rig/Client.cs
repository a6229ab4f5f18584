using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Story;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;

internal sealed record Reply(int Status, JsonNode? Json, string Text);

/// <summary>Calls the reactor with the key of a role.</summary>
internal sealed class Client(Uri address, StoryClock clock) : IDisposable
{
    private readonly HttpClient _http = new(new InRealTimeWhileSending(clock, new SocketsHttpHandler())) { BaseAddress = address };

    public Uri Address => address;

    public static string KeyOf(string role) => $"the-key-of-the-{role}";

    public async Task<JsonNode> GetAsync(string path)
    {
        var reply = await SendAsync(HttpMethod.Get, path, "viewer");
        Assert.Equal(200, reply.Status);
        return reply.Json!;
    }

    public Task<Reply> TryGetAsync(string path) => SendAsync(HttpMethod.Get, path, "viewer");

    public Task<Reply> AlertAsync(string body, string mediaType = "application/json") => AlertAsync(Encoding.UTF8.GetBytes(body), mediaType);

    public Task<Reply> AlertAsync(byte[] body, string mediaType = "application/json") => SendAsync(HttpMethod.Post, "alerts", "sender", Content(body, mediaType));

    public Task<Reply> EventAsync(string body) =>
        SendAsync(HttpMethod.Post, "events", "sender", Content(Encoding.UTF8.GetBytes(body), "application/cloudevents+json"));

    public Task<Reply> OrderAsync(string path, JsonObject order) =>
        SendAsync(HttpMethod.Post, path, "operator", Content(Encoding.UTF8.GetBytes(order.ToJsonString()), "application/json"));

    /// <summary>Asked of a process that may not listen yet.</summary>
    public async Task<bool> IsLiveAsync()
    {
        try
        {
            return (await TryGetAsync("health/live")).Status == 200;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    public void Dispose() => _http.Dispose();

    private static ByteArrayContent Content(byte[] body, string mediaType)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return content;
    }

    private async Task<Reply> SendAsync(HttpMethod method, string path, string role, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, "api/" + path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", KeyOf(role));
        request.Headers.Add("X-Reactor-Order", "1");
        // A body that is refused for its size need not be sent first.
        request.Headers.ExpectContinue = content?.Headers.ContentLength > 1024 * 1024;
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        var isJson = response.Content.Headers.ContentType?.MediaType is "application/json" or "application/problem+json";
        return new Reply((int)response.StatusCode, isJson ? JsonNode.Parse(text) : null, text);
    }
}
