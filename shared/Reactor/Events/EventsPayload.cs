using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Events;

/// <summary>
/// A body of events, read into signals: CloudEvents 1.0 as Event Grid posts them (structured, one or a batch) and as KEDA itself does
/// (binary: attributes in <c>ce-…</c> headers), and the handshake of Event Grid's own schema. One bad event never costs the others.
/// </summary>
public static class EventsPayload
{
    /// <summary>Event Grid's largest batch has 1 MB, and an event of more than that is not taken there.</summary>
    public const int MaxBytes = 2 * 1024 * 1024;

    /// <summary>The most that Event Grid puts in a batch (Microsoft Learn, "Event Grid message delivery and retry").</summary>
    public const int MaxEvents = 5000;

    public static Reading<ParsedEvents> Parse(ReadOnlyMemory<byte> body, IHeaderDictionary headers, Policy policy, DateTimeOffset now) =>
        JsonBody.Read(body, MaxBytes, "Send smaller batches.", root => BinaryMode.IsUsed(headers)
            ? Several([BinaryMode.ToStructured(headers, root)], policy, now)
            : Read(root, policy, now));

    private static Reading<ParsedEvents> Read(JsonElement root, Policy policy, DateTimeOffset now) => root.ValueKind switch
    {
        JsonValueKind.Object => Several([root], policy, now),
        JsonValueKind.Array when root.GetArrayLength() is 0 => new Refusal(400, "No events", "The batch is empty: there is nothing to do."),
        JsonValueKind.Array when root.GetArrayLength() > MaxEvents =>
            new Refusal(413, "Too many events", $"The batch has {root.GetArrayLength()} events; at most {MaxEvents} are taken."),
        JsonValueKind.Array => Several([.. root.EnumerateArray()], policy, now),
        _ => new Refusal(400, "Not events", "Expected a CloudEvent 1.0 as JSON, or an array of them."),
    };

    private static Reading<ParsedEvents> Several(ImmutableArray<JsonElement> events, Policy policy, DateTimeOffset now)
    {
        // The validation event comes alone (Microsoft Learn, "Webhook event delivery").
        if (events is [var only] && EventGridHandshake.CodeIn(only) is { } code)
            return new ParsedEvents { ValidationCode = code };

        var signals = ImmutableArray.CreateBuilder<AlertSignal>();
        var ignored = ImmutableArray.CreateBuilder<IgnoredAlert>();
        foreach (var one in events)
        {
            if (EventReader.Read(one, policy, now, out var why) is { } signal) signals.Add(signal);
            else ignored.Add(why!);
        }

        return new ParsedEvents { Notification = new ParsedNotification { Signals = signals.ToImmutable(), Ignored = ignored.ToImmutable() } };
    }
}

public sealed record ParsedEvents
{
    public ParsedNotification Notification { get; init; } = new();

    /// <summary>When set, the body was Event Grid's question whether we want its events, and this is the answer.</summary>
    public string? ValidationCode { get; init; }
}
