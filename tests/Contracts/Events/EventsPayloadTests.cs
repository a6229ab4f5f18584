using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Contracts.Tests.Alerts;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Events;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Contracts.Tests.Events;

public sealed class EventsPayloadTests
{
    private static readonly DateTimeOffset Sent = new DateTimeOffset(2026, 8, 1, 9, 59, 58, TimeSpan.Zero).AddTicks(1234567);

    [Theory]
    [InlineData("application/cloudevents+json", false)]
    [InlineData("application/cloudevents+json; charset=utf-8", false)]
    [InlineData("application/cloudevents-batch+json", true)]
    [InlineData("application/json", false)]
    [InlineData("application/json", true)]
    public void A_failed_event_is_evidence_for_the_target_in_its_subject(string contentType, bool batch)
    {
        var signal = Signal(batch ? new JsonArray(Event()) : Event(), contentType);

        Assert.Equal(
            (KedaEventTypes.Failed, Cause.ScalerErrors, true, "sophia-mesh", "sophia-ai-services", SignalOrigin.KedaEvent),
            (signal.AlertName, signal.Cause, signal.Firing, signal.Namespace, signal.ScaledObject, signal.Origin));
        Assert.Equal((Sent, Given.Now, null), (signal.StartsAt, signal.ReceivedAt, signal.EndsAt));
        Assert.Equal("ScaledObjectCheckFailed: failed to ensure HPA is correctly created for ScaledObject: no such Deployment", signal.Summary);
    }

    [Fact]
    public void KEDA_s_own_sender_puts_the_same_into_headers()
    {
        var structured = Signal(Event());
        var headers = BinaryHeaders();

        Assert.True(EventsPayload.Parse(Encoding.UTF8.GetBytes(Event()["data"]!.ToJsonString()), headers, Given.Policy, Given.Now).Succeeded(out var events, out _));

        Assert.Equal(structured, Assert.Single(events.Notification.Signals));
    }

    [Theory]
    [InlineData("ce-id")]
    [InlineData("ce-source")]
    [InlineData("ce-type")]
    [InlineData("ce-time")]
    [InlineData("ce-subject")]
    public void A_header_that_is_missing_costs_the_event(string header)
    {
        var headers = BinaryHeaders();
        headers.Remove(header);

        Assert.True(EventsPayload.Parse("{}"u8.ToArray(), headers, Given.Policy, Given.Now).Succeeded(out var events, out _));

        Assert.Equal(Reason.AlertInvalid, Assert.Single(events.Notification.Ignored).Reason);
    }

    [Fact]
    public void Values_of_headers_are_percent_encoded()
    {
        var headers = BinaryHeaders();
        headers["ce-subject"] = "/prod%2Dwest/sophia-mesh/scaledobject/sophia-ai-services";

        Assert.True(EventsPayload.Parse("{}"u8.ToArray(), headers, Given.Policy, Given.Now).Succeeded(out var events, out _));

        Assert.Equal("", Assert.Single(events.Notification.Signals).Summary);
    }

    [Theory]
    [InlineData(KedaEventTypes.Ready)]
    [InlineData(KedaEventTypes.Paused)]
    [InlineData(KedaEventTypes.Unpaused)]
    [InlineData(KedaEventTypes.Removed)]
    public void Every_other_event_of_a_ScaledObject_is_of_the_same_evidence_and_not_firing(string type)
    {
        var signal = Signal(Event(e => e["type"] = type));

        Assert.Equal((Signal(Event()).Fingerprint, false, type), (signal.Fingerprint, signal.Firing, signal.AlertName));
        Assert.NotEqual(Signal(Event()).Key, signal.Key);
    }

    [Fact]
    public void The_same_event_again_has_the_same_key_and_a_later_one_another()
    {
        Assert.Equal(Signal(Event()).Key, Signal(Event(e => e["id"] = "another-delivery")).Key);
        Assert.NotEqual(Signal(Event()).Key, Signal(Event(e => e["time"] = "2026-08-01T09:59:59Z")).Key);
    }

    [Theory]
    [InlineData("/prod-west/sophia-mesh/scaledobject/sophia-ai-services")]
    [InlineData("/kubernetes-default/sophia-mesh/scaledobject/sophia-ai-services")]
    [InlineData("//sophia-mesh/scaledobject/sophia-ai-services")]
    [InlineData("/prod-west/sophia-mesh//sophia-ai-services")]
    public void A_subject_of_this_cluster_or_of_none_is_taken(string subject) =>
        Assert.Equal("sophia-mesh", Signal(Event(e => e["subject"] = subject)).Namespace);

    public static TheoryData<string, JsonNode?, Reason, string> Ignored => new()
    {
        { "type", "keda.scaledjob.failed.v1", Reason.EventUnknownType, "not acted on" },
        { "type", "Microsoft.Storage.BlobCreated", Reason.EventUnknownType, "not acted on" },
        { "type", null, Reason.AlertInvalid, "no CloudEvent 1.0" },
        { "type", 5, Reason.AlertInvalid, "no CloudEvent 1.0" },
        { "id", null, Reason.AlertInvalid, "no CloudEvent 1.0" },
        { "id", "a\nb", Reason.AlertInvalid, "id" },
        { "source", null, Reason.AlertInvalid, "no CloudEvent 1.0" },
        { "specversion", "0.3", Reason.AlertInvalid, "no CloudEvent 1.0" },
        { "specversion", null, Reason.AlertInvalid, "no CloudEvent 1.0" },
        { "subject", null, Reason.AlertInvalid, "subject" },
        { "subject", "sophia-mesh/sophia-ai-services", Reason.AlertInvalid, "subject" },
        { "subject", "/prod-west/sophia-mesh/scaledjob/x", Reason.AlertInvalid, "scaledjob" },
        { "subject", "/prod-west/Sophia/scaledobject/x", Reason.AlertInvalid, "namespace" },
        { "subject", "/prod-west/sophia-mesh/scaledobject/..", Reason.AlertInvalid, "object name" },
        { "subject", "/prod-west/sophia-mesh/scaledobject/x?y", Reason.AlertInvalid, "object name" },
        { "subject", "/prod-\u202ewest/sophia-mesh/scaledobject/x", Reason.AlertInvalid, "subject" },
        { "subject", "/prod-east/sophia-mesh/scaledobject/x", Reason.AlertOtherCluster, "prod-east" },
        { "subject", "/a/prod-west/sophia-mesh/scaledobject/x", Reason.AlertOtherCluster, "a/prod-west" },
        { "time", null, Reason.AlertInvalid, "time" },
        { "time", "2026-08-01T09:59:58", Reason.AlertInvalid, "time" },
        { "time", "yesterday", Reason.AlertInvalid, "no CloudEvent 1.0" },
        { "time", "2026-08-01T10:05:01Z", Reason.AlertInFuture, "clock" },
    };

    [Theory]
    [MemberData(nameof(Ignored))]
    public void What_does_not_fit_costs_its_event_only_and_says_why(string member, JsonNode? value, Reason reason, string because)
    {
        var bad = Event(e =>
        {
            if (value is null) e.Remove(member);
            else e[member] = value.DeepClone();
        });

        var notification = Parsed(new JsonArray(bad, Event(), "no event"));

        Assert.Single(notification.Signals);
        Assert.Equal(2, notification.Ignored.Length);
        Assert.Equal(reason, notification.Ignored[0].Reason);
        Assert.Contains(because, notification.Ignored[0].Because, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", 400)]
    [InlineData("", 400)]
    [InlineData("{", 400)]
    [InlineData("5", 400)]
    [InlineData("\"text\"", 400)]
    public void What_is_no_events_at_all_is_refused(string body, int status) => Assert.Equal(status, Refused(body).Status);

    [Fact]
    public void A_thousand_events_in_a_batch_are_a_thousand_signals()
    {
        var batch = new JsonArray([.. Enumerable.Range(0, 1000).Select(i => Event(e => e["subject"] = $"/prod-west/sophia-mesh/scaledobject/target-{i}"))]);

        Assert.Equal(1000, Parsed(batch).Signals.Select(s => s.Fingerprint).Distinct().Count());
    }

    [Fact]
    public void More_events_than_Event_Grid_ever_puts_in_a_batch_are_refused() =>
        Assert.Equal(413, Refused($"[{string.Join(',', Enumerable.Repeat("1", EventsPayload.MaxEvents + 1))}]").Status);

    [Fact]
    public void A_body_over_the_limit_is_refused() => Assert.Equal(413, Refused(new string(' ', EventsPayload.MaxBytes + 1)).Status);

    [Fact]
    public void The_question_of_Event_Grid_s_own_schema_is_answered_with_its_code() =>
        Assert.Equal("3C9F2E71-A5D4-4E1B-9C0E-7F6D5B4A3C2D", Events(Given.Fixture("subscription-validation", "Events")).ValidationCode);

    [Fact]
    public void A_question_without_a_code_or_among_events_is_an_event_that_is_ignored()
    {
        var question = JsonNode.Parse(Given.Fixture("subscription-validation", "Events"))!.AsArray();
        question[0]!["data"]!.AsObject().Remove("validationCode");
        var among = JsonNode.Parse(Given.Fixture("subscription-validation", "Events"))!.AsArray();
        among.Add(Event());

        foreach (var events in (ParsedEvents[])[Events(question.ToJsonString()), Events(among.ToJsonString())])
        {
            Assert.Null(events.ValidationCode);
            Assert.Equal(Reason.EventUnknownType, Assert.Single(events.Notification.Ignored).Reason);
        }
    }

    [Theory]
    [InlineData("eventgrid.azure.net", true)]
    [InlineData("a.b\r\nX: y", false)]
    [InlineData("*", false)]
    [InlineData("", false)]
    public void Only_a_DNS_name_is_sent_back_as_the_one_who_asked(string header, bool taken) =>
        Assert.Equal(taken ? header : null, EventGridHandshake.OriginOf(header));

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void No_body_raises_an_exception_and_every_signal_is_sound(int seed, bool structured)
    {
        var (read, refused) = (0, 0);
        var original = structured ? $"[{Event().ToJsonString()},{Event().ToJsonString()}]" : Event()["data"]!.ToJsonString();
        foreach (var body in Mutations.Of(original, seed, rounds: 3000))
        {
            if (!EventsPayload.Parse(body, structured ? new HeaderDictionary() : BinaryHeaders(), Given.Policy, Given.Now).Succeeded(out var events, out var refusal))
            {
                refused++;
                Assert.InRange(refusal.Status, 400, 499);
                continue;
            }

            read++;
            foreach (var signal in events.Notification.Signals)
                Assert.DoesNotContain(signal.Key + signal.Namespace + signal.ScaledObject + signal.Summary, char.IsControl);
        }

        Assert.True(read > 200 && refused > 200, $"seed {seed}: {read} read, {refused} refused");
    }

    private static HeaderDictionary BinaryHeaders()
    {
        var headers = new HeaderDictionary { ["Content-Type"] = "application/json", ["ce-traceparent"] = "00-x" };
        foreach (var name in (string[])["specversion", "id", "source", "type", "subject", "time"])
            headers["ce-" + name] = (string?)Event()[name];
        return headers;
    }

    private static JsonObject Event(Action<JsonObject>? bend = null)
    {
        var made = JsonNode.Parse(Given.Fixture("failed", "Events"))!.AsObject();
        bend?.Invoke(made);
        return made;
    }

    private static AlertSignal Signal(JsonNode body, string contentType = "application/json")
    {
        var notification = Parsed(body, contentType);
        Assert.Empty(notification.Ignored);
        return Assert.Single(notification.Signals);
    }

    private static ParsedNotification Parsed(JsonNode body, string contentType = "application/json") => Events(body.ToJsonString(), contentType).Notification;

    private static ParsedEvents Events(string body, string contentType = "application/json")
    {
        Assert.True(Parse(body, contentType).Succeeded(out var events, out var refusal), refusal?.Detail);
        return events!;
    }

    private static Refusal Refused(string body)
    {
        Assert.False(Parse(body, "application/json").Succeeded(out _, out var refusal));
        return refusal!;
    }

    private static Reading<ParsedEvents> Parse(string body, string contentType) =>
        EventsPayload.Parse(Encoding.UTF8.GetBytes(body), new HeaderDictionary { ["Content-Type"] = contentType }, Given.Policy, Given.Now);
}
