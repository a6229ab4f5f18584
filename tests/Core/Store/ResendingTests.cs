using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Store;

/// <summary>After a loss of the store pages go out again: the last word of each dedup key is how it stands now, whoever knew what.</summary>
public sealed class ResendingTests
{
    private const string Key = "sophia-keda-reactor/test/i1";
    private static readonly DateTimeOffset Now = World.Start;
    private static readonly Policy Policy = new() { Cluster = "test" };
    private static readonly Panel Closed = Panel.Empty("test");
    private static readonly Panel Open = Closed with
    {
        Incidents = Closed.Incidents.Add("i1", new Incident
        {
            Id = "i1", Cluster = "test", Cause = Cause.OperatorUnhealthy, OpenedAt = Now, Why = "seen", Pages = 2,
        }),
    };

    private static readonly Panel Noticed = Closed with
    {
        Notices = Closed.Notices.Add("n", new Notice { DedupKey = "notice", Since = Now, Title = "Blind", Severity = Severity.Error }),
    };

    private static Page NewPage(int number, PageKind kind, string key = Key, params string[] channels) => new()
    {
        Id = $"{key}#{number}", Kind = kind, DedupKey = key, IncidentId = key == Key ? "i1" : null, Cause = Cause.OperatorUnhealthy, Cluster = "test",
        Severity = Severity.Critical, At = Now, Title = "KEDA's operator is down", Happened = "h", Channels = channels.Length == 0 ? null : [.. channels],
    };

    private static OwnMemory Knows(Panel panel, params Page[] recent) => new() { Chain = "one", Revision = 7, Panel = panel, Recent = [.. recent] };

    private static OwnMemory WentOn(Panel panel, params Page[] said) => new() { Chain = "one", Revision = 7, Panel = panel, Ahead = true, Said = [.. said] };

    private static Continued After(OwnMemory mine, Panel? stored = null, long revision = 0, string chain = "two", Policy? policy = null) =>
        Continuity.Of(stored ?? Closed, revision, chain, mine, policy ?? Policy, Now);

    private static (PageKind, string)[] Kinds(Continued continued) => [.. continued.Pages.Select(page => (page.Kind, page.DedupKey))];

    public static TheoryData<string, Panel, long, string> Losses => new()
    {
        { "empty", Closed, 0, "two" },
        { "an older copy", Closed, 3, "one" },
        { "an older copy in which it was open", Open, 3, "one" },
        { "mended by another instance", Closed, 2, "two" },
    };

    [Theory]
    [MemberData(nameof(Losses))]
    public void A_trigger_that_goes_out_again_after_another_instance_closed_its_incident_is_followed_by_a_resolve(string what, Panel stored, long revision, string chain)
    {
        var continued = After(Knows(Closed, NewPage(1, PageKind.Trigger), NewPage(2, PageKind.Update)), stored, revision, chain);

        Assert.True(Kinds(continued) is [(PageKind.Trigger, Key), (PageKind.Update, Key), (PageKind.Resolve, Key)], what);
        var end = continued.Pages[^1];
        Assert.Equal(("Over: KEDA's operator is down", "i1"), (end.Title, end.IncidentId));
        Assert.DoesNotContain(continued.Pages.SkipLast(1), page => page.Id == end.Id);
        Assert.Equal((Reason.PageQueued, end.Id), (continued.Audit[^1].Reason, continued.Audit[^1].Facts["page"]));
    }

    [Fact]
    public void A_resolve_of_our_own_is_the_end_and_is_not_said_twice()
    {
        var mine = Knows(Closed, NewPage(1, PageKind.Trigger), NewPage(2, PageKind.Resolve));

        Assert.Equal([(PageKind.Trigger, Key), (PageKind.Resolve, Key)], Kinds(After(mine)));
        Assert.Equal([(PageKind.Trigger, Key), (PageKind.Resolve, Key)], Kinds(After(mine, revision: 4)));
    }

    [Fact]
    public void An_older_copy_in_which_something_was_open_that_is_over_gets_its_resolve_although_nothing_of_it_is_sent_again()
    {
        Assert.Equal([(PageKind.Resolve, Key)], Kinds(After(Knows(Closed), Open, 3, "one")));
        Assert.Equal([(PageKind.Resolve, "notice")], Kinds(After(Knows(Closed), Noticed, 3, "one")));
    }

    [Fact]
    public void What_was_seen_to_end_lately_gets_its_resolve_also_when_the_one_that_closed_it_is_gone()
    {
        var mine = Knows(Closed) with { Ended = [.. PagedMatter.OpenIn(Open).Values] };

        Assert.Equal([(PageKind.Resolve, Key)], Kinds(After(mine)));
        Assert.Empty(After(mine, revision: 8, chain: "one").Pages);
    }

    [Fact]
    public void A_notice_that_was_resolved_meanwhile_is_resolved_again()
    {
        Assert.Equal([(PageKind.Trigger, "notice"), (PageKind.Resolve, "notice")], Kinds(After(Knows(Closed, NewPage(1, PageKind.Trigger, "notice")))));
        Assert.Equal([(PageKind.Trigger, "notice")], Kinds(After(Knows(Noticed, NewPage(1, PageKind.Trigger, "notice")))));
    }

    [Fact]
    public void What_is_open_ends_in_how_it_stands_when_another_instance_told_the_last_of_it()
    {
        var told = After(Knows(Open, NewPage(1, PageKind.Trigger), NewPage(2, PageKind.Update)));
        Assert.Equal([(PageKind.Trigger, Key), (PageKind.Update, Key)], Kinds(told));

        var behind = After(Knows(Open, NewPage(1, PageKind.Trigger)));
        Assert.Equal([(PageKind.Trigger, Key), (PageKind.Update, Key)], Kinds(behind));
        Assert.Equal((3, Key + "#3"), (behind.Panel.Incidents["i1"].Pages, behind.Pages[^1].Id));

        var acknowledged = Open with { Incidents = Open.Incidents.SetItem("i1", Open.Incidents["i1"] with { AcknowledgedBy = "ana" }) };
        var taken = After(Knows(acknowledged, NewPage(1, PageKind.Trigger)));
        Assert.Equal([(PageKind.Trigger, Key), (PageKind.Acknowledge, Key)], Kinds(taken));
        Assert.Contains("ana", taken.Pages[^1].Happened);
    }

    [Fact]
    public void A_resolve_is_not_sent_again_while_the_panel_that_others_mended_knows_it_as_open()
    {
        var continued = After(Knows(Closed, NewPage(2, PageKind.Update), NewPage(3, PageKind.Resolve)), Open, revision: 4);

        Assert.Equal([(PageKind.Update, Key)], Kinds(continued));
    }

    [Fact]
    public void Pages_from_before_the_outage_go_out_again_too_when_the_store_comes_back_empty()
    {
        var mine = Knows(Closed, NewPage(1, PageKind.Trigger), NewPage(2, PageKind.Resolve)) with { Ahead = true, Pages = [NewPage(1, PageKind.Trigger, "down")] };
        var panel = Noticed with { Notices = Noticed.Notices.SetItem("n", Noticed.Notices["n"] with { DedupKey = "down" }) };

        Assert.Equal([(PageKind.Trigger, Key), (PageKind.Resolve, Key), (PageKind.Trigger, "down")], Kinds(After(mine with { Panel = panel })));
    }

    [Fact]
    public void What_was_told_without_the_store_is_resolved_when_others_went_on_without_it()
    {
        var mine = WentOn(Noticed, NewPage(1, PageKind.Trigger, "notice"), NewPage(3, PageKind.Update));

        var continued = After(mine, revision: 9, chain: "one");

        Assert.Equal([(PageKind.Resolve, "notice"), (PageKind.Resolve, Key)], Kinds(continued));
        Assert.Equal([], Kinds(After(mine with { Panel = Open with { Notices = Noticed.Notices } }, revision: 7, chain: "one")));
    }

    [Fact]
    public void What_ended_without_the_store_is_resolved_again_after_the_pages_that_wait_in_it_since_then()
    {
        var mine = WentOn(Closed, NewPage(2, PageKind.Resolve, "notice"));

        Assert.Equal([(PageKind.Resolve, "notice")], Kinds(After(mine, Noticed, 7, "one")));
        Assert.Equal([(PageKind.Resolve, "notice")], Kinds(After(mine with { Pages = mine.Said }, Noticed, 7, "one")));
    }

    [Fact]
    public void What_only_we_knew_as_open_is_resolved_when_a_process_that_knew_nothing_began_the_store_anew()
    {
        Assert.Equal([(PageKind.Resolve, Key)], Kinds(After(Knows(Open), Closed, revision: 1)));
        Assert.Equal([(PageKind.Resolve, "notice")], Kinds(After(Knows(Noticed), Closed, revision: 1)));
        Assert.Empty(After(Knows(Open), Open, revision: 1).Pages); // adopted from its marks, under its own id
    }

    [Fact]
    public void The_end_goes_to_whoever_was_told_of_the_rest()
    {
        var some = After(Knows(Closed, NewPage(1, PageKind.Trigger, Key, "slack"), NewPage(2, PageKind.Update, Key, "pagerduty", "slack")));
        Assert.Equal(["pagerduty", "slack"], some.Pages[^1].Channels!);

        Assert.Null(After(Knows(Closed, NewPage(1, PageKind.Trigger))).Pages[^1].Channels);
    }

    [Fact]
    public void Without_clear_alert_humans_resolve_so_the_end_is_an_update()
    {
        var policy = Policy with { OnRecovery = Policy.OnRecovery.Remove(RecoveryAction.ClearAlert) };
        var over = NewPage(2, PageKind.Update) with { Title = "Over: KEDA's operator is down" };

        Assert.Equal([(PageKind.Trigger, Key), (PageKind.Update, Key)], Kinds(After(Knows(Closed, NewPage(1, PageKind.Trigger)), policy: policy)));
        Assert.Equal([(PageKind.Trigger, Key), (PageKind.Update, Key)], Kinds(After(Knows(Closed, NewPage(1, PageKind.Trigger), over), policy: policy)));
    }

    [Fact]
    public void Without_send_alert_nothing_is_said()
    {
        var policy = Policy with { OnTrip = Policy.OnTrip.Remove(TripAction.SendAlert) };

        Assert.Empty(After(Knows(Closed), Open, 3, "one", policy).Pages);
    }
}
