using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Contracts.Tests.ClusterConformance;

/// <summary>What the API server answered to a plain request.</summary>
internal sealed record Reply(int Status, JsonObject Body, string Text, IReadOnlyList<string> Warnings)
{
    public const string Merge = "application/merge-patch+json";
    public const string Apply = "application/apply-patch+yaml";

    public static async Task<Reply> OfAsync(HttpClient http, string method, string path, string? body = null, string type = "application/json", string? token = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(type));
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Reply((int)response.StatusCode, Parse(text), text, [.. response.Headers.Warning.Select(w => w.ToString())]);
    }

    private static JsonObject Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
