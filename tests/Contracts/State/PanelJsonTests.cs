using System.Text.Json;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

public sealed class PanelJsonTests
{
    private static readonly TargetId Worker = new("sophia", "worker");

    [Fact]
    public void What_is_written_names_its_writer_and_may_be_read_by_the_version_before()
    {
        var json = JsonNode.Parse(PanelJson.Write(Panel.Empty("prod"), UnknownMembers.None))!;

        // The first version checks just this number, and passes over what it does not know.
        Assert.Equal(1, (int?)json["version"]);
        Assert.Equal(2, (int?)json["writer"]);
    }

    [Fact]
    public void Whatever_was_read_the_numbers_that_are_written_are_our_own()
    {
        var (newer, unknown) = Read(Newer(Trouble()));
        Assert.Equal((2, 3), (newer.Version, newer.Writer));

        var (again, _) = Read(PanelJson.Write(newer, unknown));

        Assert.Equal((1, 2), (again.Version, again.Writer));
    }

    [Fact]
    public void A_panel_comes_back_whole_with_nothing_unknown()
    {
        var panel = Filled.Of<Panel>();

        var (back, unknown) = PanelJson.Read(PanelJson.Write(panel, UnknownMembers.None), panel.Cluster, Refused);

        Same.Assert(panel, back);
        Assert.True(unknown.IsEmpty);
    }

    [Fact]
    public void The_version_before_is_read()
    {
        var (panel, unknown) = Read(Version1.PanelJson);

        Assert.Equal((1, null), (panel.Version, panel.Writer));
        Assert.True(unknown.IsEmpty);
        Version1.AssertFinds(JsonNode.Parse(Version1.PanelJson), JsonNode.Parse(PanelJson.Write(panel, unknown)));
    }

    /// <summary>Of 0.8: when more people were called. What replaced it begins anew, and the old one is carried along for a version that goes back.</summary>
    [Fact]
    public void A_panel_of_before_that_remembers_an_escalation_is_read_and_its_incident_is_whole()
    {
        var json = Parse(PanelJson.Write(Trouble(), UnknownMembers.None));
        var incident = json["incidents"]!["i1"]!.AsObject();
        incident.Remove("humanAskedAt");
        incident["escalatedAt"] = "2026-08-01T12:00:00+00:00";

        var (panel, unknown) = Read(json.ToJsonString());

        Same.Assert(Trouble().Incidents["i1"] with { HumanAskedAt = null }, panel.Incidents["i1"]);
        Assert.Equal("2026-08-01T12:00:00+00:00", (string?)At(Parse(PanelJson.Write(panel, unknown)), "incidents/i1/escalatedAt"));
    }

    [Theory]
    [InlineData("""{"version":2,"writer":3,"cluster":"prod"}""")]
    [InlineData("""{"version":1,"writer":9,"cluster":"prod"}""")]
    [InlineData("""{"version":2,"writer":2,"cluster":"prod"}""")]
    [InlineData("""{"version":1,"cluster":"prod"}""")]
    public void Whoever_wrote_it_says_who_may_read_it(string json) => Assert.Equal("prod", Read(json).Panel.Cluster);

    [Theory]
    [InlineData("""{"version":3,"writer":3,"cluster":"prod"}""", "a panel of version 3")]
    [InlineData("""{"version":3,"writer":4,"cluster":["not","ours"]}""", "a panel of version 3")]
    [InlineData("""{"version":3,"cluster":"prod"}""", "a panel of version 3")]
    [InlineData("""{"version":0,"cluster":"prod"}""", "a panel of version 0")]
    [InlineData("""{"version":0,"writer":0,"cluster":"prod"}""", "a panel of version 0")]
    [InlineData("""{"writer":2,"cluster":"prod"}""", "a panel of version (none)")]
    [InlineData("""{"version":1,"writer":2,"cluster":"other"}""", "the panel of cluster 'other'")]
    public void Another_one_is_refused_by_name(string json, string found) =>
        Assert.StartsWith($"found {found}, expected ", Assert.Throws<RefusedException>(() => Read(json)).Message);

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{ not json")]
    [InlineData("""{"version":1,"cluster":null}""")]
    [InlineData("""{"version":1,"cluster":"prod","incidents":null}""")]
    [InlineData("""{"version":2,"writer":3,"cluster":"prod","new":1,"new":2}""")]
    [InlineData("""{"version":2,"writer":3,"cluster":"prod","new":"\ud800"}""")]
    [InlineData("""{"version":"1","cluster":"prod"}""")]
    [InlineData("""{"version":99999999999,"cluster":"prod"}""")]
    public void What_is_no_panel_is_a_fault_of_the_JSON(string json) => Assert.Throws<JsonException>(() => Read(json));

    [Fact]
    public void What_a_newer_version_added_anywhere_survives_our_save()
    {
        var stored = Newer(Trouble());

        var (panel, unknown) = Read(stored);
        var saved = Parse(PanelJson.Write(panel with { LastProbeAt = DateTimeOffset.UnixEpoch }, unknown));

        Assert.Equal(NewPlaces, NewPlaces.Where(place => At(saved, place) is not null));
        foreach (var place in NewPlaces)
            Assert.True(JsonNode.DeepEquals(At(Parse(stored), place), At(saved, place)), place);
        Assert.Equal("1970-01-01T00:00:00+00:00", (string?)saved["lastProbeAt"]);
    }

    [Fact]
    public void It_survives_many_saves_of_ours_in_a_row()
    {
        var stored = Newer(Trouble());

        for (var save = 0; save < 3; save++)
        {
            var (panel, unknown) = Read(stored);
            stored = PanelJson.Write(panel, unknown);
        }

        Assert.Equal(NewPlaces, NewPlaces.Where(place => At(Parse(stored), place) is not null));
    }

    [Fact]
    public void It_goes_with_the_place_it_stood_at()
    {
        var (panel, unknown) = Read(Newer(Trouble()));

        var saved = Parse(PanelJson.Write(panel with { Incidents = panel.Incidents.Clear(), Targets = panel.Targets.Remove(Worker) }, unknown));

        Assert.Equal(["new", "newByTarget", "signs/new"], NewPlaces.Where(place => At(saved, place) is not null));
        Assert.Empty(saved["incidents"]!.AsObject());
        Assert.Empty(saved["targets"]!.AsObject());
    }

    [Fact]
    public void What_is_unknown_never_takes_the_place_of_what_we_say()
    {
        // By its own saying unknown: a name that this version writes too, as after an upgrade in between.
        var unknown = UnknownMembers.Of(Parse("""{"cluster":"theirs","signs":{"leaseMoved":"theirs"},"new":1}"""), Parse("""{"signs":{}}"""));

        var saved = Parse(PanelJson.Write(Panel.Empty("ours"), unknown));

        Assert.Equal(("ours", false, 1), ((string?)saved["cluster"], (bool?)saved["signs"]!["leaseMoved"], (int?)saved["new"]));
    }

    [Fact]
    public void Members_inside_lists_are_not_kept()
    {
        var (panel, unknown) = Read("""
            {"version":2,"writer":3,"cluster":"prod","windows":{"sophia/worker":{"rescales":[{"at":"2026-08-01T00:00:00+00:00","size":1,"new":1}],"new":2}}}
            """);

        var window = Parse(PanelJson.Write(panel, unknown))["windows"]!["sophia/worker"]!.AsObject();

        Assert.Equal(2, (int?)window["new"]);
        Assert.False(window["rescales"]![0]!.AsObject().ContainsKey("new"));
    }

    private static string[] NewPlaces { get; } =
    [
        "new", "newByTarget", "incidents/i1/new", "incidents/i1/recovery/new", "incidents/i1/members/sophia%worker/new",
        "targets/sophia%worker/new", "targets/sophia%worker/memory/new", "signs/new",
    ];

    private static Panel Trouble()
    {
        var incident = Filled.Of<Incident>() with
        {
            Id = "i1",
            Members = Filled.Of<Incident>().Members.Clear().Add(Worker, Filled.Of<Member>()),
        };
        var empty = Panel.Empty("prod");
        return empty with
        {
            Incidents = empty.Incidents.Add(incident.Id, incident),
            Targets = empty.Targets.Add(Worker, Filled.Of<TrippedTarget>() with { Id = Worker }),
        };
    }

    /// <summary>As the version after this one would write it.</summary>
    private static string Newer(Panel panel)
    {
        var json = Parse(PanelJson.Write(panel, UnknownMembers.None));
        (json["version"], json["writer"]) = (2, 3);
        foreach (var place in NewPlaces)
            Parent(json, place)[place.Split('/')[^1]] = JsonNode.Parse("""{"text":"<é🚨>","number":12345678901234567890.10,"list":[{"a":null}]}""");
        return json.ToJsonString();
    }

    private static JsonObject Parent(JsonObject json, string place) =>
        place.Split('/')[..^1].Aggregate(json, (at, name) => at[name.Replace('%', '/')]!.AsObject());

    private static JsonNode? At(JsonObject json, string place) =>
        place.Split('/').Aggregate((JsonNode?)json, (at, name) => (at as JsonObject)?[name.Replace('%', '/')]);

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    private static (Panel Panel, UnknownMembers Unknown) Read(string json) => PanelJson.Read(json, "prod", Refused);

    private static RefusedException Refused(string found, string expected, Reactor.State.Misfit misfit) => new($"found {found}, expected {expected}");

    private sealed class RefusedException(string message) : Exception(message);
}
