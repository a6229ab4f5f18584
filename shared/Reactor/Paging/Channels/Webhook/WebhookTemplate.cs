using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Paging.Channels.Webhook;

/// <summary>
/// A JSON document whose strings hold placeholders such as {{title}}. It is parsed first and filled then, value by value: whatever a label
/// holds stays inside its string. A string that is one placeholder and nothing else becomes its value as it is (a list, a number, null).
/// </summary>
public sealed partial class WebhookTemplate
{
    private readonly JsonNode document;

    private WebhookTemplate(JsonNode document) => this.document = document;

    /// <returns>The template, or what is wrong with it.</returns>
    public static (WebhookTemplate? Template, string? Fault) Read(string text)
    {
        try
        {
            var parsed = JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, MaxDepth = 32, AllowDuplicateProperties = false });
            if (parsed is not (JsonObject or JsonArray)) return (null, "neither an object nor an array");
            var unknown = Strings(parsed).SelectMany(one => Placeholder().Matches(one)).Select(match => match.Groups["name"].Value)
                .Where(name => !WebhookPage.Names.Contains(name)).Distinct(StringComparer.Ordinal).ToList();
            return unknown.Count == 0
                ? (new WebhookTemplate(parsed), null)
                : (null, $"{string.Join(", ", unknown.Select(name => $"{{{{{Wire.Text.Clean(name, 40)}}}}}"))}, which no page has");
        }
        catch (JsonException fault)
        {
            // A member that is given twice has no line.
            return (null, fault.LineNumber is { } line ? $"no JSON (line {line + 1})" : "a member that is given twice");
        }
    }

    internal JsonNode Fill(JsonObject page) => Filled(document, page) ?? new JsonObject();

    private static JsonNode? Filled(JsonNode? node, JsonObject page) => node switch
    {
        JsonObject map => new JsonObject(map.Select(member => KeyValuePair.Create(member.Key, Filled(member.Value, page)))),
        JsonArray list => new JsonArray([.. list.Select(item => Filled(item, page))]),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => Filled(value.GetValue<string>(), page),
        _ => node?.DeepClone(),
    };

    private static JsonNode? Filled(string text, JsonObject page)
    {
        var only = Placeholder().Match(text);
        return only.Success && only.Length == text.Length
            ? page[only.Groups["name"].Value]?.DeepClone()
            : Placeholder().Replace(text, match => Words(page[match.Groups["name"].Value]));
    }

    private static string Words(JsonNode? value) => value switch
    {
        null => "",
        JsonArray list => string.Join('\n', list.Select(item => item is JsonObject link ? $"{link["text"]}: {link["url"]}" : $"{item}")),
        _ => value.ToString(),
    };

    private static IEnumerable<string> Strings(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(member => Strings(member.Value)),
        JsonArray list => list.SelectMany(Strings),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => [value.GetValue<string>()],
        _ => [],
    };

    [GeneratedRegex(@"\{\{\s*(?<name>[^{}]*?)\s*\}\}", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: RegexPatience.Milliseconds)]
    private static partial Regex Placeholder();
}
