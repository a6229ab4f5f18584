using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

public sealed class AuditJsonTests
{
    private static readonly AuditRecord Whole = Filled.Of<AuditRecord>();

    [Fact]
    public void A_record_with_a_reason_of_another_version_keeps_everything_else()
    {
        var json = With("reason", "AReasonOfTomorrow");

        var read = AuditJson.Read(json);

        Same.Assert(Whole with { Reason = Reason.RecordOfOtherVersion, Facts = Whole.Facts.Clear().Add("reason", "AReasonOfTomorrow").Add("record", json) }, read);
    }

    [Fact]
    public void What_can_not_be_read_of_it_is_said_plainly()
    {
        var read = AuditJson.Read("""{"at":"tomorrow","kind":"Dream","reason":7,"actor":null,"target":"no slash","text":["a"]}""");

        Assert.Equal((DateTimeOffset.UnixEpoch, AuditKind.Decision, Reason.RecordOfOtherVersion, "unknown"), (read.At, read.Kind, read.Reason, read.Actor));
        Assert.Equal((null, null, "A record that this version can't read."), (read.IncidentId, read.Target, read.Text));
        Assert.Equal("(none)", read.Facts["reason"]);
    }

    [Theory]
    [InlineData("{ not json")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("""{"text":"a","text":"b","reason":"New"}""")]
    [InlineData("""{"text":"\ud800","reason":"New"}""")]
    public void What_is_not_even_a_record_is_shown_as_it_stands(string json)
    {
        var read = AuditJson.Read(json);

        Assert.Equal((Reason.RecordOfOtherVersion, "A record that this version can't read."), (read.Reason, read.Text));
        Assert.Equal(json, read.Facts["record"]);
    }

    private static string With(string member, string value)
    {
        var json = JsonNode.Parse(ReactorJson.Write(Whole))!.AsObject();
        json[member] = value;
        return json.ToJsonString(ReactorJson.Options);
    }
}
