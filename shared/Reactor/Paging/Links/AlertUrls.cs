using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Paging.Links;

/// <summary>
/// Addresses inside alerts' texts. Whoever may label a workload may write there, and mail and chat programs turn every address into
/// something to click: only hosts that the settings allow may stay one.
/// </summary>
internal static partial class AlertUrls
{
    /// <summary>Longer ones stay text: there would be no room for the others.</summary>
    private const int Longest = 300;

    public static IEnumerable<Uri> Allowed(string text, LinkSettings settings) => settings.AllowedHosts.IsEmpty || !MayHoldOne(text)
        ? []
        : Address().Matches(text).Select(match => AllowedUrl(match.Value, settings)).OfType<Uri>().DistinctBy(url => url.AbsoluteUri, StringComparer.Ordinal);

    /// <summary>The page with every other address readable and not clickable.</summary>
    public static Page Shown(Page page, LinkSettings settings)
    {
        return page with
        {
            Title = Shown(page.Title),
            Happened = Shown(page.Happened),
            Did = Shown(page.Did),
            Next = Shown(page.Next),
            YouMay = Shown(page.YouMay),
            Cluster = Shown(page.Cluster),
            Targets = page.Targets.Any(MayHoldOne) ? [.. page.Targets.Select(Shown)] : page.Targets,
        };

        string Shown(string text) => AlertUrls.Shown(text, settings);
    }

    public static string Shown(string text, LinkSettings settings) => MayHoldOne(text)
        ? Address().Replace(text, match => AllowedUrl(match.Value, settings) is null ? Broken(match.Value) : match.Value)
        : text;

    private static bool MayHoldOne(string text) => text.Contains("://", StringComparison.Ordinal) || text.Contains("www.", StringComparison.OrdinalIgnoreCase);

    private static Uri? AllowedUrl(string text, LinkSettings settings) =>
        text.Length <= Longest
        && Uri.TryCreate(text, UriKind.Absolute, out var url)
        && url is { Scheme: "https", IsDefaultPort: true, UserInfo: "" }
        && settings.AllowedHosts.Contains(url.IdnHost, StringComparer.OrdinalIgnoreCase)
            ? url
            : null;

    private static string Broken(string address) => address.Replace("://", "[:]//").Replace("www.", "www[.]", StringComparison.OrdinalIgnoreCase);

    /// <summary>Up to what ends an address in running text; a full stop or bracket after it is not its own.</summary>
    [GeneratedRegex("""(?:[A-Za-z][A-Za-z0-9+.-]{0,30}://|www\.)[^\s<>"'`|\\^{}]*[^\s<>"'`|\\^{}.,;:!?)\]]""", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 2_000)]
    private static partial Regex Address();
}
