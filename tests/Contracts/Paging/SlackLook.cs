using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

/// <summary>Block Kit drawn roughly as Slack draws it, to be looked at: headers, sections, context, *bold*, `code` and links.</summary>
internal static partial class SlackLook
{
    public static string Html(JsonNode message)
    {
        var html = new StringBuilder("<article class=\"slack\">");
        foreach (var block in message["blocks"]!.AsArray())
        {
            html.Append((string?)block!["type"] switch
            {
                "header" => $"<h2>{WebUtility.HtmlEncode((string?)block["text"]!["text"])}</h2>",
                "section" => $"<p>{Mrkdwn((string)block["text"]!["text"]!)}</p>",
                "context" => $"<p class=\"context\">{string.Join("&nbsp; ", block["elements"]!.AsArray().Select(one => Mrkdwn((string)one!["text"]!)))}</p>",
                var other => throw new InvalidOperationException($"block {other}"),
            });
        }

        return html.Append("</article>").ToString();
    }

    /// <summary>Its own escapes are HTML's already.</summary>
    private static string Mrkdwn(string text) => Code().Replace(
        Bold().Replace(Link().Replace(text, "<a href=\"${url}\">${text}</a>"), "<b>${text}</b>"), "<code>${text}</code>").Replace("\n", "<br>", StringComparison.Ordinal);

    [GeneratedRegex(@"<(?<url>https://[^|>]+)\|(?<text>[^>]+)>", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"\*(?<text>[^*\n]+)\*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Bold();

    [GeneratedRegex("`(?<text>[^`\n]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Code();
}
