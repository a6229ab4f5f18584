namespace Sophia.Keda.Reactor.Paging.Channels;

/// <summary>Checks and hides addresses that carry a secret.</summary>
internal static class WebhookUrl
{
    /// <summary>Plain http would show the secret to the network; it is for stand-ins on this machine only.</summary>
    public static Uri Require(Uri url, string setting) =>
        url.IsAbsoluteUri && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
            ? url
            : throw new ArgumentException($"{setting} must be an https address (http only to this machine).", setting);

    /// <summary>Every part of the address that could be a secret; a word hidden too much does no harm.</summary>
    public static IReadOnlyList<string> Secrets(Uri url) =>
        [.. url.PathAndQuery.Split('/', '?', '&', '=').Append(url.UserInfo).Where(part => part.Length >= 6).OrderByDescending(part => part.Length)];

    public static string Hide(string text, IReadOnlyList<string> secrets) =>
        secrets.Aggregate(text, (hidden, secret) => hidden.Replace(secret, "***", StringComparison.OrdinalIgnoreCase));
}
