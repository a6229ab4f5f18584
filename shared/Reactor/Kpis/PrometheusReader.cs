using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Kpis;

/// <summary>A number, or why there is none.</summary>
public sealed record Measured(double? Value, string Why);

/// <summary>Asks Prometheus for single numbers (https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries).</summary>
/// <param name="http">It must follow no redirect: the token would go along.</param>
/// <param name="url">Where /api/v1/query is.</param>
/// <param name="token">Sent as a bearer token; null: none.</param>
/// <param name="longest">How long one question may take, by the machine's clock.</param>
public sealed class PrometheusReader(HttpClient http, Uri url, LiveSecret? token, TimeSpan longest)
{
    private const int LargestAnswer = 64 * 1024;

    public async Task<Measured> AskAsync(string query, KpiPeriod period, CancellationToken cancel)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        late.CancelAfter(longest);
        try
        {
            var text = query.Replace(PrometheusQueries.Range, $"{(long)period.Length.TotalSeconds}s");
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{url.AbsoluteUri.TrimEnd('/')}/api/v1/query"))
            {
                Content = new FormUrlEncodedContent([new("query", text), new("time", period.To.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture))]),
            };
            if (token?.Now is { } secret) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret.Reveal());
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, late.Token);
            return Read(await TextAsync(response, late.Token), (int)response.StatusCode);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new Measured(null, $"Prometheus did not answer within {longest.TotalSeconds:0} s");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            return new Measured(null, "Prometheus was not reached");
        }
    }

    private static async Task<string> TextAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancel);
        var bytes = new byte[LargestAnswer];
        var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel);
        return System.Text.Encoding.UTF8.GetString(bytes, 0, length);
    }

    private static Measured Read(string text, int status)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var root = json.RootElement;
            if (root.GetProperty("status").GetString() != "success")
                return new Measured(null, $"Prometheus refused the query ({status}): {Text.Clean(root.GetProperty("error").GetString() ?? "", 200)}");
            var data = root.GetProperty("data");
            var value = data.GetProperty("resultType").GetString() switch
            {
                "scalar" => data.GetProperty("result"),
                "vector" when data.GetProperty("result").GetArrayLength() == 1 => data.GetProperty("result")[0].GetProperty("value"),
                "vector" when data.GetProperty("result").GetArrayLength() == 0 => (JsonElement?)null,
                _ => throw new FormatException(),
            };
            return value is { } found && double.TryParse(found[1].GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                ? new Measured(number, "")
                : new Measured(null, "Prometheus has nothing by that query in this period");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return new Measured(null, status == 200 ? "Prometheus answered with other than one number" : $"Prometheus answered {status}");
        }
    }
}
