using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Receivers;

/// <summary>What arrived, as a person would have read it on a phone, newest first.</summary>
public static partial class ReceivedPage
{
    public static JsonArray Document(IReadOnlyList<ReceivedMessage> messages) => new([.. messages.Select(m => new JsonObject
    {
        ["at"] = Json.Micros(m.At),
        ["channel"] = m.Channel,
        ["path"] = m.Path,
        ["answeredWith"] = m.AnsweredWith,
        ["body"] = m.Body?.DeepClone(),
    })]);

    public static string Html(IReadOnlyList<ReceivedMessage> messages)
    {
        var page = new StringBuilder("""
            <!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="3"><title>What the receivers got</title>
            <style>body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
            article{border-left:4px solid #767676;padding:.25rem 1rem;margin:1rem 0}.slack{border-color:#611f69}.pagerduty{border-color:#048a24}
            header{color:#595959;font-size:.875rem}.refused{color:#b00020}pre{white-space:pre-wrap;margin:.25rem 0;font:inherit}
            @media(prefers-color-scheme:dark){body{background:#121212;color:#eee}header{color:#aaa}.refused{color:#ff8a80}}</style><h1>What the receivers got</h1>
            """);
        if (messages.Count == 0)
            page.Append("<p>Nothing yet.</p>");
        foreach (var message in messages.Reverse())
        {
            var refused = message.AnsweredWith >= 300 ? $" <strong class=\"refused\">refused with {message.AnsweredWith}</strong>" : "";
            page.Append($"<article class=\"{message.Channel}\"><header>{Json.Seconds(message.At)} · {NameOf(message.Channel)}{refused}</header>")
                .Append($"<pre>{Bold(WebUtility.HtmlEncode(Readable(message)))}</pre></article>");
        }

        return page.Append("</html>").ToString();
    }

    /// <summary>Slack shows *this* bold; so does this page.</summary>
    private static string Bold(string encoded) => BoldMark().Replace(encoded, "<b>${words}</b>");

    [GeneratedRegex(@"\*(?<words>[^*\n]+)\*", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: RegexPatience.Milliseconds)]
    private static partial Regex BoldMark();

    private static string Readable(ReceivedMessage message)
    {
        if (message.Body is not { } body)
            return "(not JSON)";
        return message.Channel switch
        {
            "slack" => Slack(body),
            "pagerduty" => PagerDuty(body),
            _ => string.Join('\n', body.Select(member => $"{member.Key}: {(member.Value is JsonValue value ? value.ToString() : Json.Line(member.Value))}")),
        };
    }

    private static string NameOf(string channel) => channel switch
    {
        "slack" => "Slack",
        "pagerduty" => "PagerDuty",
        _ => "Webhook",
    };

    /// <summary>&lt;address|words&gt; is a link.</summary>
    [GeneratedRegex(@"<(?<url>https?://[^|>]+)\|(?<words>[^>]+)>", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: RegexPatience.Milliseconds)]
    private static partial Regex LinkMark();

    private static string PagerDuty(JsonObject body)
    {
        var payload = body.Object("payload");
        var lines = new List<string> { $"{body.Text("event_action")?.ToUpperInvariant()} {payload.Text("summary")}".TrimEnd() };
        if (payload.Text("severity") is { } severity)
            lines.Add($"severity {severity}, source {payload.Text("source")}");
        lines.Add($"dedup_key {body.Text("dedup_key")}");
        foreach (var (name, value) in payload.Object("custom_details") ?? [])
            lines.Add($"{name}: {(value is JsonValue ? value.ToString() : Json.Line(value))}");
        return string.Join('\n', lines);
    }

    private static string Slack(JsonObject body)
    {
        var lines = new List<string>();
        void Collect(JsonNode? node)
        {
            if (node is JsonArray list)
            {
                foreach (var item in list)
                    Collect(item);
            }
            else if (node is JsonObject map)
            {
                if (map["text"] is JsonValue text)
                    lines.Add(text.ToString());
                else
                    Collect(map["text"]);
                foreach (var name in (ReadOnlySpan<string>)["fields", "elements", "blocks", "attachments"])
                    Collect(map[name]);
            }
        }

        Collect(body["blocks"]);
        Collect(body["attachments"]);
        if (lines.Count == 0)
            lines.Add(body.Text("text") ?? "");
        return LinkMark().Replace(string.Join('\n', lines), "${words}: ${url}").Replace("&lt;", "<").Replace("&gt;", ">").Replace("&amp;", "&");
    }
}
