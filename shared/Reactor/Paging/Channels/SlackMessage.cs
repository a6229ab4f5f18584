using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging.Links;

namespace Sophia.Keda.Reactor.Paging.Channels;

/// <summary>
/// A page as Block Kit. Limits: header 150, section 3,000, 50 blocks, and about 13,200 characters in all (measured by users, not
/// documented): the parts below add up to less.
/// </summary>
internal static class SlackMessage
{
    private const int Header = 150;
    private const int Fallback = 400;
    private const int ContextPart = 300;
    private const int ShownTargets = 10;
    private const int TargetLine = 200;
    private const int AllLinks = 1_500;

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Of(Page told, LinkSettings settings)
    {
        var (page, links) = (AlertUrls.Shown(told, settings), PageLinks.Of(told, settings));
        var headline = $"{Sign(page)}: {page.Title}";
        var blocks = new JsonArray(new JsonObject
        {
            ["type"] = "header",
            ["text"] = new JsonObject { ["type"] = "plain_text", ["text"] = Fit(headline, Header), ["emoji"] = true },
        });
        AddSection(blocks, "What happened", page.Happened, limit: 2_800);
        AddSection(blocks, "What the reactor did", page.Did, limit: 2_400);
        AddSection(blocks, "What comes next", page.NextAt is { } at ? $"{page.Next}\nAt {PageText.When(at)}.".TrimStart() : page.Next, limit: 1_400);
        AddSection(blocks, "What you may do", page.YouMay, limit: 1_900);
        AddTargets(blocks, page.Targets);
        AddLinks(blocks, links);
        blocks.Add(new JsonObject { ["type"] = "context", ["elements"] = Context(page) });
        var message = new JsonObject
        {
            // What notifications and screen readers show.
            ["text"] = Fit($"[{page.Cluster}] {headline} - {page.Happened}", Fallback),
            ["unfurl_links"] = false,
            ["unfurl_media"] = false,
            ["blocks"] = blocks,
        };
        return Encoding.UTF8.GetBytes(message.ToJsonString(Readable));
    }

    private static string Sign(Page page) => page.Kind switch
    {
        PageKind.Resolve => "✅ RESOLVED",
        PageKind.Acknowledge => "👀 TAKEN OVER",
        PageKind.Update => $"{Light(page.Severity)} UPDATE ({page.Severity.ToString().ToLowerInvariant()})",
        PageKind.Trigger => $"{Light(page.Severity)} {page.Severity.ToString().ToUpperInvariant()}",
        _ => throw new UnreachableException($"page kind {page.Kind}"),
    };

    private static string Light(Severity severity) => severity switch
    {
        Severity.Critical => "🚨",
        Severity.Error => "🔴",
        Severity.Warning => "⚠️",
        Severity.Info => "ℹ️",
        _ => throw new UnreachableException($"severity {severity}"),
    };

    private static void AddSection(JsonArray blocks, string label, string text, int limit)
    {
        if (text.Length > 0) blocks.Add(Section($"*{label}*\n{Fit(text, limit)}"));
    }

    private static void AddTargets(JsonArray blocks, IReadOnlyCollection<string> targets)
    {
        if (targets.Count == 0) return;
        var (lines, more) = PageText.First(targets, ShownTargets, TargetLine, Escape);
        var list = string.Join('\n', lines.Select(line => $"• {line}"));
        blocks.Add(Section($"*Targets ({targets.Count})*\n{list}{(more > 0 ? $"\n+{more} more" : "")}"));
    }

    /// <summary>Links in text and no buttons: a click on a button asks the app behind the webhook, which most have not and Slack then warns of.</summary>
    private static void AddLinks(JsonArray blocks, IReadOnlyCollection<PageLink> links)
    {
        var shown = new StringBuilder();
        foreach (var link in links)
        {
            var one = $"{(shown.Length > 0 ? "  ·  " : "")}<{Escape(link.Url.AbsoluteUri)}|{Escape(link.Text)}>";
            if (shown.Length + one.Length <= AllLinks) shown.Append(one);
        }

        if (shown.Length > 0) blocks.Add(Section(shown.ToString()));
    }

    private static JsonArray Context(Page page)
    {
        string[] parts =
        [
            $"cluster *{Fit(page.Cluster, ContextPart)}*",
            page.IncidentId is { } id ? $"incident `{Fit(id, ContextPart)}`" : "no incident",
            PageText.When(page.At),
        ];
        return new JsonArray([.. parts.Select(part => (JsonNode)Text(part))]);
    }

    private static JsonObject Section(string text) => new() { ["type"] = "section", ["text"] = Text(text) };

    /// <summary>Verbatim: "@channel" in an alert's text must not wake a channel, nor a name become a link.</summary>
    private static JsonObject Text(string text) => new() { ["type"] = "mrkdwn", ["text"] = text, ["verbatim"] = true };

    private static string Fit(string text, int limit) => PageText.Fit(text, limit, Escape);

    private static string Escape(string text) => string.Concat(text.EnumerateRunes().Select(Escape));

    private static string Escape(Rune rune) => rune.Value switch
    {
        '&' => "&amp;",
        '<' => "&lt;",
        '>' => "&gt;",
        _ => rune.ToString(),
    };
}
