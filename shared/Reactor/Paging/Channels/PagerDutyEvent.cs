using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging.Links;

namespace Sophia.Keda.Reactor.Paging.Channels;

/// <summary>A page as an event. The limits below keep the worst text under the 512 KB that PagerDuty takes.</summary>
internal static class PagerDutyEvent
{
    private const int Summary = 1_024;
    private const int DedupKey = 255;
    private const int ShortField = 255;
    private const int Detail = 4_000;
    private const int ShownTargets = 100;
    private const int TargetLine = 300;

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Of(Page told, string routingKey, LinkSettings settings)
    {
        var page = AlertUrls.Shown(told, settings);
        var sent = new JsonObject
        {
            ["routing_key"] = routingKey,
            ["event_action"] = Action(page.Kind),
            ["dedup_key"] = Shortened(page.DedupKey),
            ["client"] = "Sophia.Keda.Reactor",
        };
        if (page.Kind is PageKind.Acknowledge) return Bytes(sent);
        // A resolve needs no payload, and PagerDuty takes one (Alertmanager sends it too): the end of the story, with the trail's head, goes with it.
        sent["payload"] = Payload(page);
        if (page.Kind is PageKind.Resolve) return Bytes(sent);
        if (PageLinks.IncidentPage(told, settings) is { } incident) sent["client_url"] = incident.AbsoluteUri;
        if (PageLinks.Of(told, settings) is { IsEmpty: false } links)
            sent["links"] = new JsonArray([.. links.Select(link => (JsonNode)new JsonObject { ["href"] = link.Url.AbsoluteUri, ["text"] = link.Text })]);
        return Bytes(sent);
    }

    private static byte[] Bytes(JsonObject sent) => Encoding.UTF8.GetBytes(sent.ToJsonString(Readable));

    /// <summary>News of an open incident are a trigger with its key: PagerDuty adds it to the incident and opens no second one.</summary>
    private static string Action(PageKind kind) => kind switch
    {
        PageKind.Trigger or PageKind.Update => "trigger",
        PageKind.Resolve => "resolve",
        PageKind.Acknowledge => "acknowledge",
        _ => throw new UnreachableException($"page kind {kind}"),
    };

    /// <summary>The severity is the page's, which the core chose by its cause: README, "Channels", has the table.</summary>
    private static JsonObject Payload(Page page) => new()
    {
        ["summary"] = PageText.Fit($"[{page.Cluster}] {page.Title}", Summary),
        ["source"] = PageText.Fit(page.Cluster, ShortField),
        ["severity"] = page.Severity switch
        {
            Severity.Critical => "critical",
            Severity.Error => "error",
            Severity.Warning => "warning",
            Severity.Info => "info",
            _ => throw new UnreachableException($"severity {page.Severity}"),
        },
        ["timestamp"] = page.At.UtcDateTime.ToString("O"),
        ["component"] = "keda",
        ["group"] = PageText.Fit(page.Cluster, ShortField),
        ["class"] = page.Cause is { } cause ? Causes.Slug(cause) : "notice",
        ["custom_details"] = Details(page),
    };

    private static JsonObject Details(Page page)
    {
        var (lines, more) = PageText.First(page.Targets, ShownTargets, TargetLine);
        var details = new JsonObject { ["happened"] = PageText.Fit(page.Happened, Detail) };
        Add(details, "did", page.Did);
        Add(details, "next", page.Next);
        if (page.NextAt is { } at) details["next_at"] = PageText.When(at);
        Add(details, "you_may", page.YouMay);
        Add(details, "incident", page.IncidentId ?? "");
        if (lines.Count > 0)
            details["targets"] = new JsonArray([.. lines.Concat(more > 0 ? [$"+{more} more"] : []).Select(line => (JsonNode)line)]);
        return details;
    }

    private static void Add(JsonObject details, string name, string text)
    {
        if (text.Length > 0) details[name] = PageText.Fit(text, Detail);
    }

    /// <summary>Cut keys that begin alike must stay apart, and each page of an incident must come to the same one: so a hash ends it.</summary>
    private static string Shortened(string key)
    {
        if (key.Length <= DedupKey) return key;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        return PageText.Fit(key, DedupKey - hash.Length - 1) + "-" + hash;
    }
}
