using System.Collections.Immutable;
using Sophia.Keda.Reactor.Paging.Channels;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>What holds for the values of one secret setting.</summary>
/// <param name="Name">The setting.</param>
/// <param name="Fault">What is wrong with a value, without showing it; null when nothing is.</param>
internal sealed record SecretRule(string Name, Func<string, (string Found, string Expected)?> Fault)
{
    public const string MemoryKey = "Memory:Key";
    public const string KubernetesToken = "Kubernetes:Token";
    public const string RedisPassword = "State:Redis:Password";
    public const string SlackWebhookUrl = "Pages:Slack:WebhookUrl";
    public const string PagerDutyRoutingKey = "Pages:PagerDuty:RoutingKey";
    public const string EmailPassword = "Pages:Email:Password";
    public const string WebhookUrl = "Pages:Webhook:Url";
    public const string WebhookSecret = "Pages:Webhook:Secret";

    public const string EventGridKey = "Audit:EventGrid:Key";

    private const int ShortestMemoryKey = 16;
    private const int RoutingKeyLength = 32;
    private const int ShortestSigningKey = 16;

    public static ImmutableArray<SecretRule> All { get; } =
    [
        new(EventGridKey, Header),
        new(MemoryKey, text => text.Length < ShortestMemoryKey ? ($"{text.Length} characters", $"at least {ShortestMemoryKey} characters") : null) { Two = true },
        new(KubernetesToken, Header),
        new(RedisPassword, _ => null) { MayAppear = true },
        new(SlackWebhookUrl, Address),
        new(PagerDutyRoutingKey, text => text.Length != RoutingKeyLength || !text.All(char.IsAsciiLetterOrDigit)
            ? ($"{text.Length} characters", $"an Events API v2 integration key: {RoutingKeyLength} letters and digits") : null) { Two = true },
        new(EmailPassword, _ => null),
        new(WebhookUrl, Address),
        new(WebhookSecret, ShorterThanSigningKey),
    ];

    /// <summary>May be two values at once: what the old one signed or opened must still be verified or closed. Else a comma belongs to the value.</summary>
    public bool Two { get; init; }

    /// <summary>One that was not set at the start counts as soon as it is. Else the part that would use it was never made.</summary>
    public bool MayAppear { get; init; }

    /// <summary>It goes into a header as it is. No token of Kubernetes (RFC 6750, 2.1) and no key of a topic (base64) holds a comma: those were two values.</summary>
    private static (string Found, string Expected)? Header(string text) =>
        text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) ? ("white space in it", "a token or key without any")
        : text.Contains(',', StringComparison.Ordinal) ? TwoOf("a comma in it")
        : null;

    /// <summary>A comma may stand in a URL, but a second URL behind it was a second value.</summary>
    private static (string Found, string Expected)? Address(string text) =>
        text.Split(',')[1..].Any(part => Uri.TryCreate(part.Trim(), UriKind.Absolute, out var second) && second.Scheme is "http" or "https") ? TwoOf("two addresses")
        : SettingsReader.SafeUrl(text) is { } url && OutboundRules.Allows(url) ? null
        : ("another value", SettingsReader.SafeUrlExpected);

    private static (string Found, string Expected) TwoOf(string found) => (found, RemovedSettings.OneValue);

    private static (string Found, string Expected)? ShorterThanSigningKey(string text) =>
        text.Length < ShortestSigningKey ? ($"{text.Length} characters", $"at least {ShortestSigningKey} characters") : null;

    public SecretPair? Read(SettingsReader read)
    {
        var values = Two ? read.Values(Name) : read.Text(Name) is { } one ? [(Name, one)] : [];
        foreach (var (name, text) in values)
        {
            if (Fault(text) is { } fault) read.Fault(name, fault.Found, fault.Expected);
        }

        return values.Length == 0 ? null : new SecretPair(new Secret(values[0].Text), values.Length > 1 ? new Secret(values[1].Text) : null);
    }
}
