using System.Text.Json;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

public sealed class JsonTests
{
    public static TheoryData<Type> Kept =>
    [
        typeof(Panel), typeof(Incident), typeof(Page), typeof(AuditRecord), typeof(TargetMemory),
        .. typeof(Signal).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Signal)) && !type.IsAbstract),
    ];

    [Theory]
    [MemberData(nameof(Kept))]
    public void Everything_that_is_kept_comes_back_as_it_was(Type type)
    {
        var filled = typeof(Filled).GetMethod(nameof(Filled.Of))!.MakeGenericMethod(type).Invoke(null, [1])!;
        var declared = filled is Signal ? typeof(Signal) : type;

        var json = JsonSerializer.Serialize(filled, declared, ReactorJson.Options);
        var back = JsonSerializer.Deserialize(json, declared, ReactorJson.Options);

        Same.Assert(filled, back, type.Name);
    }

    [Fact]
    public void An_empty_panel_comes_back_as_it_was() =>
        Same.Assert(Panel.Empty("prod"), ReactorJson.Read<Panel>(ReactorJson.Write(Panel.Empty("prod"))));

    [Fact]
    public void Members_that_an_older_row_lacks_read_as_their_initial_values()
    {
        var panel = ReactorJson.Read<Panel>("""{"cluster":"prod"}""");

        Same.Assert(Panel.Empty("prod"), panel);
    }

    [Fact]
    public void An_incident_of_the_version_before_has_no_failed_hand_back_and_is_none_of_what_was_left()
    {
        var incident = ReactorJson.Read<Incident>("""
            {"id":"x","cluster":"prod","cause":"OperatorUnhealthy","openedAt":"2026-03-02T02:00:00+00:00","why":"down","recovery":{"stage":"Wave","batch":["sophia/worker"]},
             "members":{"sophia/worker":{"state":"Protected","reason":"GateNotReady","note":"","since":"2026-03-02T02:00:00+00:00"}}}
            """);

        var member = Assert.Single(incident!.Members.Values);
        Assert.Equal((0, null, null), (member.Failures, member.FailedAt, member.RetryAt));
        Assert.Equal((false, 0), (incident.Left, incident.Recovery.Failed.Count));
    }

    [Fact]
    public void A_target_is_written_as_namespace_slash_name_as_value_and_as_key()
    {
        var json = ReactorJson.Write(new Recovery { Stage = Stage.Wave, Batch = [new TargetId("sophia", "worker")] });

        Assert.Contains("\"batch\":[\"sophia/worker\"]", json);
        Assert.Contains("\"stage\":\"Wave\"", json);
        Assert.Contains("\"sophia/worker\":{\"rescales\"", ReactorJson.Write(
            Panel.Empty("prod") with { Windows = Panel.Empty("prod").Windows.Add(new TargetId("sophia", "worker"), new ProbeWindow()) }));
    }

    [Theory]
    [InlineData("""{"stage":"Wave","batch":["no-slash"]}""")]
    [InlineData("""{"stage":"Wave","batch":["too/many/slashes"]}""")]
    [InlineData("""{"stage":"NoSuchStage"}""")]
    [InlineData("""{"stage":4}""")]
    [InlineData("""{"stage":"Wave","batch":null}""")]
    [InlineData("""{"batch":[]}""")]
    [InlineData("null")]
    public void What_can_not_be_meant_is_refused(string json) => Assert.Throws<JsonException>(() => ReactorJson.Read<Recovery>(json));
}
