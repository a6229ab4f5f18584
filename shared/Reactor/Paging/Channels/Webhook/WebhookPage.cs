using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging.Links;

namespace Sophia.Keda.Reactor.Paging.Channels.Webhook;

/// <summary>A page as JSON for programs: the body when there is no template, and the values of a template's placeholders.</summary>
internal static class WebhookPage
{
    private const int Text = 10_000;
    private const int Short = 1_000;
    private const int ShownTargets = 500;
    private const int TargetLine = 300;

    /// <summary>The names of <see cref="Of"/>, each of which a template may ask for.</summary>
    public static ImmutableArray<string> Names { get; } =
    [
        "id", "kind", "dedupKey", "incident", "cluster", "severity", "cause", "at", "title", "happened", "did", "next", "nextAt", "youMay",
        "targets", "targetCount", "links",
    ];

    public static JsonObject Of(Page told, LinkSettings linked)
    {
        var page = AlertUrls.Shown(told, linked);
        var (lines, _) = PageText.First(page.Targets, ShownTargets, TargetLine);
        return new JsonObject
        {
            ["id"] = PageText.Fit(page.Id, Short),
            ["kind"] = page.Kind.ToString().ToLowerInvariant(),
            ["dedupKey"] = PageText.Fit(page.DedupKey, Short),
            ["incident"] = page.IncidentId is { } id ? PageText.Fit(id, Short) : null,
            ["cluster"] = PageText.Fit(page.Cluster, Short),
            ["severity"] = page.Severity.ToString().ToLowerInvariant(),
            ["cause"] = page.Cause is { } cause ? Causes.Slug(cause) : null,
            ["at"] = When(page.At),
            ["title"] = PageText.Fit(page.Title, Short),
            ["happened"] = PageText.Fit(page.Happened, Text),
            ["did"] = PageText.Fit(page.Did, Text),
            ["next"] = PageText.Fit(page.Next, Text),
            ["nextAt"] = page.NextAt is { } at ? When(at) : null,
            ["youMay"] = PageText.Fit(page.YouMay, Text),
            ["targets"] = new JsonArray([.. lines.Select(line => (JsonNode)line)]),
            ["targetCount"] = page.Targets.Length,
            ["links"] = new JsonArray([.. PageLinks.Of(told, linked).Select(link => (JsonNode)new JsonObject { ["text"] = link.Text, ["url"] = link.Url.AbsoluteUri })]),
        };
    }

    private static string When(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
