using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>The audit trail as a whole: found again by anything, sealed, verified, and kept for so long.</summary>
public abstract partial class StoreContract
{
    /// <summary>A hand in the store: another text in the place of a record.</summary>
    protected abstract Task ChangeAuditAsync(long sequence, string json);

    protected abstract Task RemoveAuditAsync(long sequence);

    /// <summary>Everything behind the record goes, with its hashes.</summary>
    protected abstract Task CutTrailAsync(long last);

    private IAuditTrail Trail(StateLimits? limits = null) => (IAuditTrail)Connect(limits);

    private static AuditRecord By(string actor, string text, DateTimeOffset at, Reason reason = Reason.IncidentOpened) =>
        Audited(text) with { Actor = actor, At = at, Reason = reason };

    private static async Task<string[]> TextsAsync(IAuditTrail trail, AuditQuery query) => [.. (await trail.AuditAsync(query, None)).Select(stored => stored.Record.Text)];

    private static async Task<string?> FaultAsync(IAuditTrail trail, AuditPoint? head = null) =>
        (await AuditVerification.RunAsync(trail, null, head, () => true, None)).Fault;

    private static async Task<IAuditTrail> SealedAsync(IAuditTrail trail, int records)
    {
        await trail.AppendAuditAsync([.. Enumerable.Range(1, records).Select(n => Audited($"{n}"))], None);
        await new AuditSealer(trail).SealAsync(None);
        return trail;
    }

    [StoreFact]
    public async Task The_trail_is_found_by_who_and_why_and_when_whether_it_is_sealed_or_not()
    {
        var trail = Trail();
        await trail.AppendAuditAsync(
            [
                By("reactor", "1", Noon),
                By("ana (claimed; authenticated as key:operator#1)", "2", Noon.AddMinutes(1), Reason.TripOrdered),
                By("anatol (claimed; authenticated as key:operator#1)", "3", Noon.AddMinutes(2), Reason.TripOrdered),
                By("reactor", "4", Noon.AddMinutes(3), Reason.TargetTripped),
                // Written late: what was done while the store was down.
                By("reactor", "5", Noon.AddMinutes(-30)),
                By("ana (claimed; authenticated as key:operator#1)", "6", Noon.AddMinutes(4), Reason.ResetOrdered),
            ],
            None);

        async Task FoundAsync()
        {
            Assert.Equal(["2", "6"], await TextsAsync(trail, new AuditQuery { Actor = "ana" }));
            Assert.Equal(["3"], await TextsAsync(trail, new AuditQuery { Actor = "anatol (claimed; authenticated as key:operator#1)" }));
            Assert.Empty(await TextsAsync(trail, new AuditQuery { Actor = "an" }));
            Assert.Equal(["2", "3"], await TextsAsync(trail, new AuditQuery { Reason = Reason.TripOrdered }));
            Assert.Equal(["2"], await TextsAsync(trail, new AuditQuery { Reason = Reason.TripOrdered, Actor = "ana" }));
            Assert.Equal(["5"], await TextsAsync(trail, new AuditQuery { To = Noon }));
            Assert.Equal(["1", "2", "3"], await TextsAsync(trail, new AuditQuery { From = Noon, To = Noon.AddMinutes(3) }));
            Assert.Equal(["6", "4"], await TextsAsync(trail, new AuditQuery { From = Noon.AddMinutes(3), Latest = true }));
            Assert.Equal(["4", "5"], await TextsAsync(trail, new AuditQuery { Actor = "reactor", After = 1, Limit = 2 }));
            Assert.Equal(["1", "4"], await TextsAsync(trail, new AuditQuery { Actor = "reactor", From = Noon }));
            Assert.Empty(await TextsAsync(trail, new AuditQuery { From = Noon.AddHours(1) }));
            Assert.Empty(await TextsAsync(trail, new AuditQuery { To = Noon.AddHours(-1) }));
        }

        await FoundAsync();
        await new AuditSealer(trail).SealAsync(None);
        await FoundAsync();
        await trail.AppendAuditAsync([By("ana", "7", Noon.AddMinutes(5), Reason.TripOrdered)], None);

        Assert.Equal(["2", "6", "7"], await TextsAsync(trail, new AuditQuery { Actor = "ana" }));
        Assert.Equal(["7", "6"], await TextsAsync(trail, new AuditQuery { Actor = "ana", Latest = true, Limit = 2 }));
        Assert.Equal(["6", "7"], await TextsAsync(trail, new AuditQuery { From = Noon.AddMinutes(4) }));
    }

    [StoreFact]
    public async Task A_page_of_what_is_rare_is_full_however_far_apart_it_lies()
    {
        var trail = Trail();
        await trail.AppendAuditAsync(
            [.. Enumerable.Range(1, 2_300).Select(n => By(n % 400 == 0 ? "ana" : "reactor", $"{n}", Noon.AddSeconds(n)))], None);
        string[] rare = ["400", "800", "1200", "1600", "2000"];

        Assert.Equal(rare, await TextsAsync(trail, new AuditQuery { Actor = "ana" }));
        await new AuditSealer(trail).SealAsync(None);

        Assert.Equal(rare, await TextsAsync(trail, new AuditQuery { Actor = "ana" }));
        Assert.Equal(rare[1..3], await TextsAsync(trail, new AuditQuery { Actor = "ana", After = 400, Limit = 2 }));
        Assert.Equal(["1600", "1200"], await TextsAsync(trail, new AuditQuery { Actor = "ana", To = Noon.AddSeconds(1_999), Latest = true, Limit = 2 }));
        Assert.Equal(["2299", "2300"], await TextsAsync(trail, new AuditQuery { From = Noon.AddSeconds(2_299) }));
    }

    [StoreFact]
    public async Task Every_record_is_sealed_in_its_place_by_whoever_comes_first()
    {
        var (one, other) = (Trail(), Trail());
        await one.AppendAuditAsync([.. Enumerable.Range(1, 1_200).Select(n => Audited($"{n}"))], None);
        var before = await one.TrailAsync(None);

        await Task.WhenAll(new AuditSealer(one).SealAsync(None), new AuditSealer(other).SealAsync(None));

        var after = await one.TrailAsync(None);
        Assert.Equal((1_200L, 0L), (before.Last, before.Sealed.Sequence));
        Assert.Equal((1_200L, 1_200L, AuditPoint.Beginning), (after.Last, after.Sealed.Sequence, after.Anchor));
        Assert.Null(await FaultAsync(one));
        var first = Assert.Single(await one.AuditAsync(new AuditQuery { Limit = 1 }, None));
        Assert.Equal(AuditHash.After(AuditPoint.Beginning, ReactorJson.Write(Audited("1"))).Hash, first.Hash);
        Assert.False(await one.SealAsync(AuditPoint.Beginning, [first], None));
        Assert.Equal(after, await one.TrailAsync(None));
    }

    [StoreFact]
    public async Task A_record_that_was_changed_is_found()
    {
        var trail = await SealedAsync(Trail(), 5);

        await ChangeAuditAsync(3, ReactorJson.Write(Audited("3, but otherwise")));

        Assert.StartsWith("record 3 or its hash was changed", await FaultAsync(trail), StringComparison.Ordinal);
    }

    [StoreFact]
    public async Task A_record_that_was_removed_is_found_and_so_is_one_before_it_was_sealed()
    {
        var trail = await SealedAsync(Trail(), 5);
        await trail.AppendAuditAsync([Audited("6"), Audited("7"), Audited("8")], None);

        await RemoveAuditAsync(7);
        var state = await new AuditSealer(trail).SealAsync(None);

        // What lies behind the hole stays unsealed, which is shown.
        Assert.Equal((6L, 8L), (state.Sealed.Sequence, state.Last));
        Assert.Null(await FaultAsync(trail));
        await RemoveAuditAsync(2);
        Assert.Matches("record 2 (is missing|or its hash was changed)", await FaultAsync(trail));
    }

    [StoreFact]
    public async Task Records_that_changed_places_are_found()
    {
        var trail = await SealedAsync(Trail(), 5);

        await ChangeAuditAsync(2, ReactorJson.Write(Audited("4")));
        await ChangeAuditAsync(4, ReactorJson.Write(Audited("2")));

        Assert.StartsWith("record 2 or its hash was changed", await FaultAsync(trail), StringComparison.Ordinal);
    }

    [StoreFact]
    public async Task An_end_that_was_cut_is_found_by_a_head_that_was_kept_outside()
    {
        var trail = await SealedAsync(Trail(), 5);
        var head = (await trail.TrailAsync(None)).Sealed;

        await CutTrailAsync(3);

        Assert.Null(await FaultAsync(trail));
        Assert.Equal("the end is cut: it stops at 3, and the head that was kept outside is of record 5", await FaultAsync(trail, head));
        // Written anew behind the cut, hashes and all.
        await trail.AppendAuditAsync([Audited("other"), Audited("story"), Audited("!")], None);
        await new AuditSealer(trail).SealAsync(None);
        Assert.Null(await FaultAsync(trail));
        Assert.StartsWith("records up to 5 were written anew", await FaultAsync(trail, head), StringComparison.Ordinal);
    }

    [StoreFact]
    public async Task What_is_too_old_goes_from_the_beginning_and_the_rest_is_verified_from_an_anchor()
    {
        var trail = Trail();
        var old = Noon.AddDays(-500);
        await trail.AppendAuditAsync([.. Enumerable.Range(1, 700).Select(n => By("ana", $"{n}", old.AddSeconds(n)))], None);
        await trail.AppendAuditAsync([By("ana", "young", Noon), By("ana", "old behind a young one", old)], None);
        var retention = new AuditRetention(trail, TimeSpan.FromDays(400), Time);

        Assert.Equal(0, await retention.PruneAsync(None)); // nothing is sealed yet
        await new AuditSealer(trail).SealAsync(None);
        Assert.Equal(500, await retention.PruneAsync(None));
        Assert.Equal(200, await retention.PruneAsync(None));
        Assert.Equal(0, await retention.PruneAsync(None));
        await new AuditSealer(trail).SealAsync(None);

        var state = await trail.TrailAsync(None);
        Assert.Equal((700L, 704L, 704L), (state.Anchor.Sequence, state.Sealed.Sequence, state.Last));
        Assert.Null(await FaultAsync(trail));
        Assert.Equal(["young", "old behind a young one"], await TextsAsync(trail, new AuditQuery { Actor = "ana" }));
        Assert.Equal([701, 702, 703, 704], (await trail.AuditAsync(new AuditQuery(), None)).Select(stored => stored.Sequence));
        var pruned = (await trail.AuditAsync(new AuditQuery { Reason = Reason.AuditPruned, Latest = true }, None))[0].Record;
        Assert.Equal(("501", "700", state.Anchor.ToString()), (pruned.Facts["from"], pruned.Facts["to"], pruned.Facts["anchor"]));
        await trail.AppendAuditAsync([Audited("goes on")], None);
        Assert.Equal(705, (await trail.TrailAsync(None)).Last);
    }

    [StoreFact]
    public async Task Nothing_goes_by_an_anchor_that_is_no_longer_the_one_nor_up_to_the_end()
    {
        var trail = await SealedAsync(Trail(), 3);
        var records = await trail.AuditAsync(new AuditQuery(), None);

        Assert.False(await trail.PruneAsync(new AuditPoint(1, records[0].Hash!), [records[1]], Audited("no"), None));
        Assert.False(await trail.PruneAsync(AuditPoint.Beginning, records, Audited("no"), None));

        Assert.Equal(["1", "2", "3"], await TextsAsync(trail, new AuditQuery()));
    }

    [StoreFact]
    public async Task A_place_is_kept_and_moved_by_one_at_a_time()
    {
        var (one, other) = (Trail(), Trail());

        Assert.Null(await one.PlaceAsync("reader", None));
        Assert.True(await one.MoveAsync("reader", null, 0, None));
        Assert.False(await other.MoveAsync("reader", null, 5, None));
        Assert.True(await other.MoveAsync("reader", 0, 7, None));
        Assert.False(await one.MoveAsync("reader", 0, 5, None));

        Assert.Equal(7, await one.PlaceAsync("reader", None));
        Assert.Null(await one.PlaceAsync("another", None));
    }
}
