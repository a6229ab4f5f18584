namespace Sophia.Keda.Reactor.Core.Tests.Store;

/// <summary>A process that paged "can't use its store" from its memory, and ended before the store was back: whoever begins then closes that page.</summary>
public sealed class EndedBeforeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Policy Policy = new() { Cluster = "prod", AlertChannels = ["pagerduty"] };

    private static Continued Begins(TimeSpan after, Panel? panel = null, Policy? policy = null) =>
        Continuity.Of(panel ?? Panel.Empty("prod") with { LastProbeAt = Noon }, revision: 7, "c", mine: null, policy ?? Policy, Noon + after);

    [Fact]
    public void A_process_that_begins_after_nobody_saved_anything_for_minutes_closes_what_another_may_have_paged()
    {
        var page = Assert.Single(Begins(TimeSpan.FromMinutes(10)).Pages);
        Assert.Equal((PageKind.Resolve, "sophia-keda-reactor/prod/store-down", "Over: Reactor can't use its store"), (page.Kind, page.DedupKey, page.Title));
        Assert.Contains("No reactor wrote to it for 10 min", page.Happened, StringComparison.Ordinal);
    }

    [Fact]
    public void After_an_ordinary_restart_there_is_nothing_to_close() => Assert.Empty(Begins(TimeSpan.FromMinutes(1)).Pages);

    [Fact]
    public void Nor_where_nobody_is_paged_or_nothing_was_ever_decided_or_the_cluster_could_not_be_seen()
    {
        Assert.Empty(Begins(TimeSpan.FromHours(1), policy: Policy with { OnTrip = Policy.OnTrip.Remove(TripAction.SendAlert) }).Pages);
        Assert.Empty(Begins(TimeSpan.FromHours(1), Panel.Empty("prod")).Pages);
        Assert.Empty(Begins(TimeSpan.FromHours(1), Panel.Empty("prod") with { LastProbeAt = Noon, BlindSince = Noon }).Pages);
    }

    [Fact]
    public void The_page_has_one_key_for_all_instances_and_for_ever()
    {
        var world = new World("a");
        world.Run();
        world.StoreDownSince = world.Now;
        world.Pass(5);
        Assert.EndsWith("/store-down", Assert.Single(world.Pages, page => page.Kind == PageKind.Trigger).DedupKey, StringComparison.Ordinal);
    }
}
