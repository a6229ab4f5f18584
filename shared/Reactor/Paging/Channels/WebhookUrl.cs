namespace Sophia.Keda.Reactor.Paging.Channels;

/// <summary>Hides addresses that carry a secret.</summary>
internal static class WebhookUrl
{
    /// <summary>Every part of the address that could be a secret; a word hidden too much does no harm.</summary>
    public static IReadOnlyList<string> Secrets(Uri url) =>
        [.. url.PathAndQuery.Split('/', '?', '&', '=').Append(url.UserInfo).Where(part => part.Length >= 6).OrderByDescending(part => part.Length)];

    /// <summary>The address that a secret setting holds.</summary>
    public static Uri Of(Settings.Secret address, string setting) => Uri.TryCreate(address.Reveal(), UriKind.Absolute, out var url)
        ? OutboundRules.Require(url, setting)
        : throw new ArgumentException($"{setting} must be an https address (http only to this machine).", nameof(address));

    public static string Hide(string text, IReadOnlyList<string> secrets) =>
        secrets.Aggregate(text, (hidden, secret) => hidden.Replace(secret, "***", StringComparison.OrdinalIgnoreCase));
}
