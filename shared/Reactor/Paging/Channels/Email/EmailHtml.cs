using System.Diagnostics;
using System.Text;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging.Links;

namespace Sophia.Keda.Reactor.Paging.Channels.Email;

/// <summary>
/// A page as HTML for mail programs: tables and inline styles, since some know nothing else (Outlook's engine is Word's); no image, no script,
/// nothing fetched. Under the 102 kB at which Gmail cuts.
/// </summary>
internal static class EmailHtml
{
    private const int Line = 300;
    private const string Font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";

    public static string Of(Page page, IReadOnlyCollection<PageLink> links)
    {
        var html = new StringBuilder();
        html.Append("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>")
            .Append(Fit(page.Title, Line)).Append("</title></head><body style=\"margin:0;padding:0;background:#f2f4f6\">")
            .Append("<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"background:#f2f4f6\"><tr><td align=\"center\" style=\"padding:16px 8px\">")
            .Append($"<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" style=\"width:100%;max-width:640px;background:#ffffff;border:1px solid #d9dee3;{Font};color:#1c2733\">");
        html.Append($"<tr><td dir=\"auto\" style=\"padding:14px 20px;background:{ColourOf(page)};color:#ffffff\">")
            .Append($"<div style=\"font-size:12px;letter-spacing:.5px;font-weight:600\">{Fit(EmailMessage.SignOf(page), Line).ToUpperInvariant()}</div>")
            .Append($"<div style=\"font-size:19px;line-height:25px;font-weight:600;overflow-wrap:anywhere\">{Fit(page.Title, Line)}</div></td></tr>");
        foreach (var (label, words) in EmailText.SectionsOf(page)) AddSection(html, label, Fit(words, EmailText.Section).Replace("\n", "<br>", StringComparison.Ordinal));
        if (!page.Targets.IsEmpty) AddSection(html, $"Targets ({page.Targets.Length})", TargetsOf(page));
        if (links.Count > 0) html.Append($"<tr><td style=\"padding:16px 20px 4px\">{string.Concat(links.Select(LinkOf))}</td></tr>");
        html.Append("<tr><td dir=\"auto\" style=\"padding:12px 20px 16px;font-size:12px;line-height:18px;color:#5b6875;overflow-wrap:anywhere\">")
            .Append(string.Join(" &middot; ", EmailText.FootOf(page).Select(part => Fit(part, Line)))).Append("<br>Sent by Sophia.Keda.Reactor</td></tr>");
        return html.Append("</table></td></tr></table></body></html>").ToString();
    }

    private static void AddSection(StringBuilder html, string label, string words) =>
        html.Append("<tr><td dir=\"auto\" style=\"padding:14px 20px 0\">")
            .Append($"<div style=\"font-size:12px;font-weight:600;color:#5b6875\">{label}</div>")
            .Append($"<div style=\"font-size:15px;line-height:22px;overflow-wrap:anywhere\">{words}</div></td></tr>");

    private static string TargetsOf(Page page)
    {
        var (lines, more) = PageText.First(page.Targets, EmailText.ShownTargets, EmailText.TargetLine, Encode);
        return string.Join("<br>", lines.Select(line => $"• {line}").Concat(more > 0 ? [$"+{more} more"] : []));
    }

    private static string LinkOf(PageLink link) =>
        $"<a href=\"{Encode(link.Url.AbsoluteUri)}\" style=\"display:inline-block;margin:0 8px 8px 0;padding:8px 14px;border:1px solid #2f5d8a;color:#2f5d8a;font-size:14px;text-decoration:none\">{Encode(link.Text)}</a>";

    /// <summary>Each with white text readable on it (contrast above 4.5 to 1).</summary>
    private static string ColourOf(Page page) => page.Kind switch
    {
        PageKind.Resolve => "#1e7a3c",
        PageKind.Acknowledge => "#4a5a6a",
        PageKind.Trigger or PageKind.Update => page.Severity switch
        {
            Severity.Critical => "#a31621",
            Severity.Error => "#b4431a",
            Severity.Warning => "#8a6100",
            Severity.Info => "#2f5d8a",
            _ => throw new UnreachableException($"severity {page.Severity}"),
        },
        _ => throw new UnreachableException($"page kind {page.Kind}"),
    };

    private static string Fit(string text, int limit) => PageText.Fit(text, limit, Encode);

    private static string Encode(string text) => string.Concat(text.EnumerateRunes().Select(Encode));

    private static string Encode(Rune rune) => rune.Value switch
    {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        '"' => "&quot;",
        '\'' => "&#39;",
        _ => rune.ToString(),
    };
}
