using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>What another version has written, or damage has made, past this version's code.</summary>
public abstract partial class StoreContract
{
    private const string OfTomorrow = """{"$type":"of tomorrow","key":"k"}""";
    private const string Damaged = """{"$type":"alert","key":""";

    /// <summary>An undecided signal, behind those that are there.</summary>
    protected abstract Task PlantSignalAsync(string key, string json);

    /// <summary>A page that waits on one channel and is due at noon, behind those that are there.</summary>
    protected abstract Task PlantPageAsync(string id, string channel, string dedupKey, string json);

    /// <summary>The next record of the trail.</summary>
    protected abstract Task PlantAuditAsync(string json);

    protected abstract Task PlantClosedIncidentAsync(string id, DateTimeOffset closedAt, string json);

    /// <summary>The panel, in the place of the one that is there.</summary>
    protected abstract Task PlantPanelAsync(string json, long revision);

    protected abstract Task<string?> ReadPanelJsonAsync();

    [StoreFact]
    public async Task Signals_that_can_not_be_read_are_kept_and_hide_none_behind_them()
    {
        var store = Connect();
        await store.OpenAsync(None);
        foreach (var n in Enumerable.Range(0, 4))
            await PlantSignalAsync($"strange-{n}", n % 2 == 0 ? OfTomorrow : Damaged);
        await store.AppendAsync([Alert("a")], None);
        await PlantSignalAsync("strange-4", OfTomorrow);
        await store.AppendAsync([Trip("b"), Alert("c")], None);

        var pending = await store.PendingAsync(2, None);

        Assert.Equal(["a", "b"], pending.Select(entry => entry.Signal.Key));
        Assert.Equal(["a", "b", "c"], await KeysAsync(store));
        Assert.Equal(5, (await store.OpenAsync(None)).Unreadable);
        Assert.True(await store.SaveAsync(await NextAsync(store) with { Decided = [.. pending.Select(entry => entry.Sequence)] }, None));
        Assert.Equal(["c"], await KeysAsync(store));
        Assert.Equal(5, (await store.OpenAsync(None)).Unreadable);
    }

    [StoreFact]
    public async Task A_signal_that_can_not_be_read_gives_way_to_a_newer_one_of_its_key()
    {
        var store = Connect();
        await store.OpenAsync(None);
        await PlantSignalAsync("a", OfTomorrow);

        await store.AppendAsync([Alert("a", "new")], None);

        Same.Assert(Alert("a", "new"), Assert.Single(await store.PendingAsync(10, None)).Signal);
        Assert.Equal(0, (await store.OpenAsync(None)).Unreadable);
    }

    [StoreFact]
    public async Task Signals_that_can_not_be_read_count_towards_the_bound()
    {
        var store = Connect(Relaxed with { InboxBound = 2 });
        await store.OpenAsync(None);
        await PlantSignalAsync("strange", OfTomorrow);

        Assert.False(await store.AppendAsync([Alert("a"), Alert("b")], None));
        Assert.True(await store.AppendAsync([Alert("a")], None));
    }

    [StoreFact]
    public async Task Pages_that_can_not_be_read_hold_back_the_later_ones_of_their_incident_on_their_channel_and_no_others()
    {
        var store = Connect();
        await store.OpenAsync(None);
        foreach (var n in Enumerable.Range(1, 3))
            await PlantPageAsync($"strange-{n}", "slack", $"incident-{n}", n % 2 == 0 ? """{"kind":"OfTomorrow"}""" : "{ damaged");
        await QueueAsync(store, ["slack", "email"], NewPage("later"), NewPage("other", "incident-8"), NewPage("last", "incident-9"));

        Assert.Equal(["later@email", "other@slack"], await DueAsync(store, limit: 1));
        Assert.Equal(["later@email", "other@slack", "other@email", "last@slack", "last@email"], await DueAsync(store));
        Assert.Equal(3, (await store.OpenAsync(None)).Unreadable);
        Assert.Equal(
            [("email", 3), ("slack", 6)],
            (await store.CountPagesAsync(None)).OrderBy(count => count.Channel, StringComparer.Ordinal).Select(count => (count.Channel, count.Waiting)));
    }

    [StoreFact]
    public async Task Audit_records_that_can_not_be_read_are_shown_as_far_as_they_can_and_leave_no_hole()
    {
        var store = Connect();
        await store.AppendAuditAsync([Audited("first")], None);
        await PlantAuditAsync("""{"at":"2026-08-01T12:00:00+00:00","kind":"Write","reason":"OfTomorrow","actor":"ana","target":"sophia/worker","text":"second"}""");
        await PlantAuditAsync("{ damaged");
        await store.AppendAuditAsync([Audited("fourth")], None);

        var trail = await store.AuditAsync(new AuditQuery(), None);

        Assert.Equal([1L, 2, 3, 4], trail.Select(stored => stored.Sequence));
        Assert.Equal(["first", "second", "A record that this version can't read.", "fourth"], trail.Select(stored => stored.Record.Text));
        Assert.Equal(
            [Reason.IncidentOpened, Reason.RecordOfOtherVersion, Reason.RecordOfOtherVersion, Reason.IncidentOpened],
            trail.Select(stored => stored.Record.Reason));
        Assert.Equal((Noon, AuditKind.Write, "ana", new TargetId("sophia", "worker")), (trail[1].Record.At, trail[1].Record.Kind, trail[1].Record.Actor, trail[1].Record.Target));
        Assert.Equal("OfTomorrow", trail[1].Record.Facts["reason"]);
        Assert.Equal("{ damaged", trail[2].Record.Facts["record"]);
        Assert.Equal(["fourth", "A record that this version can't read."], await TextsAsync(store, new AuditQuery { Latest = true, Limit = 2 }));
    }

    [StoreFact]
    public async Task Closed_incidents_that_can_not_be_read_hide_no_other()
    {
        var store = Connect();
        await store.SaveAsync(await NextAsync(store) with { Closed = [Closed("older", Noon.AddMinutes(-9)), Closed("old", Noon.AddMinutes(-8))] }, None);
        await PlantClosedIncidentAsync("strange-1", Noon.AddMinutes(-2), """{"cause":"OfTomorrow"}""");
        await PlantClosedIncidentAsync("strange-2", Noon.AddMinutes(-1), "{ damaged");

        Assert.Equal(["old"], (await store.ClosedIncidentsAsync(1, None)).Select(incident => incident.Id));
        Assert.Equal(["old", "older"], (await store.ClosedIncidentsAsync(10, None)).Select(incident => incident.Id));
        Assert.Null(await store.ClosedIncidentAsync("strange-1", None));
    }

    [StoreFact]
    public async Task A_panel_that_can_not_be_read_is_refused_and_never_written_over()
    {
        var store = Connect();
        await QueueAsync(store, ["slack"], NewPage("p"));
        var decided = await NextAsync(store) with { Audit = [Audited("decided")] };
        string[] unreadable =
        [
            """{"version":3,"writer":3,"cluster":"prod"}""",
            """{"version":2,"writer":3,"cluster":"prod","incidents":{"i1":{"cause":"OfTomorrow"}}}""",
            """{"version":1,"writer":2,"cluster":"other"}""",
            "{ damaged",
        ];
        foreach (var json in unreadable)
        {
            // Without a new revision: the very one that this commit was decided from.
            await PlantPanelAsync(json, revision: 1);

            await Assert.ThrowsAsync<StoreContentException>(() => store.SaveAsync(decided, None));
            await Assert.ThrowsAsync<StoreContentException>(() => store.OpenAsync(None));
            await Assert.ThrowsAsync<StoreContentException>(() => store.LoadAsync(None));
            await Assert.ThrowsAsync<StoreContentException>(() => Connect().SaveAsync(decided, None));
            foreach (var revision in new[] { 0L, 2 })
                Assert.False(await store.SaveAsync(decided with { ExpectedRevision = revision }, None));

            Assert.Equal(json, await ReadPanelJsonAsync());
            Assert.Empty(await store.AuditAsync(new AuditQuery(), None));
            // The rest goes on: what is heard is kept, and what was to be told is told.
            Assert.True(await store.AppendAsync([Alert("a")], None));
            Assert.Equal(["a"], await KeysAsync(store));
            Assert.Equal(["p@slack"], await DueAsync(store));
        }
    }

    [StoreFact]
    public async Task A_newer_version_that_saved_meanwhile_is_somebody_else_who_saved()
    {
        var store = Connect();
        Assert.True(await store.SaveAsync(await NextAsync(store), None));
        var decided = await NextAsync(store);
        const string newer = """{"version":3,"writer":3,"cluster":"prod"}""";
        await PlantPanelAsync(newer, revision: 2);

        Assert.False(await store.SaveAsync(decided, None));

        Assert.Contains("a panel of version 3", (await Assert.ThrowsAsync<StoreContentException>(() => store.LoadAsync(None))).Message);
        Assert.Equal(newer, await ReadPanelJsonAsync());
    }

    [StoreFact]
    public async Task Two_versions_take_turns_in_the_middle_of_an_incident_and_neither_loses_anything()
    {
        var worker = new TargetId("sophia", "worker");
        var store = Connect();
        var begun = await NextAsync(store);
        Assert.True(await store.SaveAsync(
            begun with
            {
                Panel = begun.Panel with
                {
                    Incidents = begun.Panel.Incidents.Add("i1", Filled.Of<Incident>() with { Id = "i1", Attempts = 0 }),
                    Targets = begun.Panel.Targets.Add(worker, Filled.Of<TrippedTarget>() with { Id = worker }),
                },
            },
            None));

        for (var turn = 1; turn <= 3; turn++)
        {
            var seen = await NewerVersionSavesAsync(turn);
            Assert.Equal((turn - 1) * 2, (int?)seen["incidents"]!["i1"]!["attempts"]);

            // Twice in a row: what the first of our saves has given back, the second must find.
            await OursAsync(panel => panel with { Incidents = panel.Incidents.SetItem("i1", panel.Incidents["i1"] with { Attempts = (turn * 2) - 1 }) });
            await OursAsync(panel => panel with { Incidents = panel.Incidents.SetItem("i1", panel.Incidents["i1"] with { Attempts = turn * 2 }) });
            Assert.Equal((1, 2), ((int?)(await PanelAsync())["version"], (int?)(await PanelAsync())["writer"]));
            Assert.Equal([turn, turn, turn, turn], await NewMembersAsync());
        }

        await OursAsync(panel => panel with { Incidents = panel.Incidents.Clear() });
        Assert.Equal([3, null, 3, 3], await NewMembersAsync());

        async Task<JsonObject> NewerVersionSavesAsync(int turn)
        {
            var panel = await PanelAsync();
            (panel["version"], panel["writer"], panel["new"]) = (2, 3, new JsonObject { ["by"] = new JsonObject { ["sophia/worker"] = turn } });
            panel["incidents"]!["i1"]!["new"] = turn;
            panel["targets"]!["sophia/worker"]!["memory"]!["new"] = turn;
            panel["signs"]!["new"] = turn;
            await PlantPanelAsync(panel.ToJsonString(), (await store.LoadAsync(None)).Revision + 1);
            return panel;
        }

        async Task OursAsync(Func<Panel, Panel> change)
        {
            var next = await NextAsync(store);
            Assert.True(await store.SaveAsync(next with { Panel = change(next.Panel) }, None));
        }

        async Task<JsonObject> PanelAsync() => JsonNode.Parse((await ReadPanelJsonAsync())!)!.AsObject();

        async Task<int?[]> NewMembersAsync()
        {
            var panel = await PanelAsync();
            return
            [
                (int?)panel["new"]?["by"]?["sophia/worker"], (int?)panel["incidents"]!["i1"]?["new"],
                (int?)panel["targets"]!["sophia/worker"]?["memory"]?["new"], (int?)panel["signs"]!["new"],
            ];
        }
    }
}
