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
/// it is and, with a key, proves who sent it: X-Reactor-Signature is v1=HMAC-SHA256 of "timestamp.body" in hex.
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
        UrlOf(settings.Url.Now!);
        (this.settings, this.time) = (settings, time);
        this.links = links ?? LinkSettings.None;
        call = new WebhookCall(http, (status, _) => status is >= 200 and < 300);
    }

    public string Name => "webhook";

    /// <summary>Four a second, what the strictest known receivers (chat programs' webhooks) take.</summary>
    public TimeSpan MinimumSpacing => TimeSpan.FromSeconds(0.25);

    public object? Credential => (settings.Url.Whole, settings.SigningKey?.Whole);

    /// <summary>No request at all: a program of somebody's own may take any for a page.</summary>
    public Task<string?> CheckAsync(CancellationToken cancel) => Reach.OfAsync(UrlOf(settings.Url.Now!), cancel);

    public Task<SendResult> SendAsync(Page page, CancellationToken cancel)
    {
        var (url, key, body) = (UrlOf(settings.Url.Now!), settings.SigningKey?.Now, BodyOf(page));
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        List<(string Name, string Value)> headers = [("Idempotency-Key", IdOf(page))];
        if (key is not null)
        {
            headers.Add(("X-Reactor-Timestamp", timestamp));
            headers.Add(("X-Reactor-Signature", $"v1={Sign(key, timestamp, body)}"));
        }

        IReadOnlyList<string> secrets = [.. key is null ? [] : new[] { key.Reveal() }, .. WebhookUrl.Secrets(url)];
        return call.PostAsync(url, body, secrets, cancel, [.. headers]);
    }

    private byte[] BodyOf(Page page)
    {
        var whole = WebhookPage.Of(page, links);
        return Encoding.UTF8.GetBytes((settings.Template?.Fill(whole) ?? whole).ToJsonString(Readable));
    }

    private static string Sign(Secret key, string timestamp, byte[] body) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key.Reveal()), (byte[])[.. Encoding.ASCII.GetBytes(timestamp + "."), .. body]));

    /// <summary>A header holds ASCII, and no line break: an id with anything else is told by its hash.</summary>
    private static string IdOf(Page page) => page.Id.Length <= 200 && page.Id.All(c => c is > ' ' and < '\x7f')
        ? page.Id
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(page.Id)));

    private static Uri UrlOf(Secret address) => WebhookUrl.Of(address, "The webhook's Url");
}
