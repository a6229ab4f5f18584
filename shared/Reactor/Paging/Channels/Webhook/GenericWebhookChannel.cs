using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging.Links;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Paging.Channels.Webhook;

/// <summary>
/// Pages for a program of somebody's own, as JSON: the whole page, or a template's document. Each request says with Idempotency-Key which page
/// it is and, with a key, proves who sent it: X-Reactor-Signature is v1=HMAC-SHA256 of "timestamp.body" in hex, with two keys both, comma separated.
/// </summary>
public sealed class GenericWebhookChannel : IPageChannel
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly GenericWebhookSettings settings;
    private readonly LinkSettings links;
    private readonly TimeProvider time;
    private readonly WebhookCall call;

    public GenericWebhookChannel(HttpClient http, GenericWebhookSettings settings, TimeProvider time, LinkSettings? links = null)
    {
        foreach (var url in settings.Url.All) UrlOf(url);
        (this.settings, this.time) = (settings, time);
        this.links = links ?? LinkSettings.None;
        call = new WebhookCall(http, (status, _) => status is >= 200 and < 300);
    }

    public string Name => "webhook";

    /// <summary>Four a second, what the strictest known receivers (chat programs' webhooks) take.</summary>
    public TimeSpan MinimumSpacing => TimeSpan.FromSeconds(0.25);

    public Task<string?> CheckAsync(CancellationToken cancel) => Reach.OfAsync(UrlOf(settings.Url.All[0]), cancel);

    /// <summary>To the first address; where that one is gone or refuses us, to the one that it replaces.</summary>
    public async Task<SendResult> SendAsync(Page page, CancellationToken cancel)
    {
        var (body, urls) = (BodyOf(page), settings.Url.All);
        var first = await PostAsync(urls[0], page, body, cancel);
        if (urls.Length == 1 || first.Status is not (401 or 403 or 404 or 410)) return first.Result;
        var second = (await PostAsync(urls[1], page, body, cancel)).Result;
        return second with { Detail = $"{second.Detail} (by the second address; the first answered {first.Result.Detail})" };
    }

    private byte[] BodyOf(Page page)
    {
        var whole = WebhookPage.Of(page, links);
        return Encoding.UTF8.GetBytes((settings.Template?.Fill(whole) ?? whole).ToJsonString(Readable));
    }

    private Task<WebhookAnswer> PostAsync(Secret address, Page page, byte[] body, CancellationToken cancel)
    {
        var (url, keys) = (UrlOf(address), settings.SigningKey?.All ?? []);
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        List<(string Name, string Value)> headers = [("Idempotency-Key", IdOf(page))];
        if (!keys.IsEmpty)
        {
            headers.Add(("X-Reactor-Timestamp", timestamp));
            headers.Add(("X-Reactor-Signature", string.Join(',', keys.Select(key => $"v1={Sign(key, timestamp, body)}"))));
        }

        return call.PostAsync(url, body, [.. keys.Select(key => key.Reveal()), .. WebhookUrl.Secrets(url)], cancel, [.. headers]);
    }

    private static string Sign(Secret key, string timestamp, byte[] body) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key.Reveal()), (byte[])[.. Encoding.ASCII.GetBytes(timestamp + "."), .. body]));

    /// <summary>A header holds ASCII, and no line break: an id with anything else is told by its hash.</summary>
    private static string IdOf(Page page) => page.Id.Length <= 200 && page.Id.All(c => c is > ' ' and < '\x7f')
        ? page.Id
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(page.Id)));

    private static Uri UrlOf(Secret address) => WebhookUrl.Of(address, "The webhook's Url");
}
