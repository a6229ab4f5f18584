using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Receivers;
using Sophia.Keda.Reactor.Sandbox.Story.Invariants;

namespace Sophia.Keda.Reactor.Sandbox.Story;

/// <summary>Reads what arrived at the receivers as a person would: which incident, which news.</summary>
public static class Arrivals
{
    public static string TitleOf(ReceivedMessage message) => message.Channel == "slack"
        ? message.Body?["blocks"]?[0]?["text"]?["text"]?.ToString() ?? message.Body?["text"]?.ToString() ?? "(empty)"
        : $"{message.Body?["event_action"]}: {message.Body?["payload"]?["summary"]?.ToString() ?? message.Body?["dedup_key"]?.ToString()}";

    /// <summary>Every text of a body, in its order.</summary>
    public static IEnumerable<string> Words(JsonNode? body) => body switch
    {
        JsonObject all => all.Where(one => one.Key is not "type").SelectMany(one => Words(one.Value)),
        JsonArray all => all.SelectMany(Words),
        JsonValue one when one.TryGetValue<string>(out var text) => [text],
        _ => [],
    };

    /// <summary>The pages of an incident in the order of their arrival, each channel read by its own marks.</summary>
    public static IEnumerable<PageFact> Of(IReadOnlyList<ReceivedMessage> messages, IReadOnlyList<Incident> incidents)
    {
        foreach (var message in messages.Where(m => m.AnsweredWith is 200 or 202 && m.Body is not null))
        {
            var text = message.Body!.ToJsonString();
            if (incidents.FirstOrDefault(i => IsOf(i, text)) is not { } incident)
                continue;
            var first = !messages.TakeWhile(m => m != message).Any(m => m.Channel == message.Channel && m.Body is { } body && IsOf(incident, body.ToJsonString()));
            yield return new PageFact(message.Channel, incident.DedupKey, KindOf(message.Channel, message.Body, first));
        }
    }

    /// <summary>By its key or by where it says to look: a page may name other incidents too.</summary>
    private static bool IsOf(Incident incident, string text) =>
        new[] { $"/{incident.Id}\"", $"incidents/{incident.Id}", $"incident={incident.Id}" }.Any(mark => text.Contains(mark, StringComparison.Ordinal));

    private static PageKind KindOf(string channel, JsonObject body, bool first)
    {
        var resolved = channel == "slack" ? TitleIsResolved(body) : body["event_action"]?.ToString() == "resolve";
        return resolved ? PageKind.Resolve : first ? PageKind.Trigger : PageKind.Update;
    }

    private static bool TitleIsResolved(JsonObject body) => body["blocks"]?[0]?["text"]?["text"]?.ToString().Contains("RESOLVED") == true;
}
