using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Keda;

namespace Sophia.Keda.Reactor.Simulation.Tests;

/// <summary>
/// Invariant 8 for the store: whatever happens to it, and whenever, the end is the same. It is taken away for a time, lost, or put back to an
/// older state, with the process that remembers still there or gone with it. REACTOR_SIMULATE_ALL=1 tries every tick of the story.
/// </summary>
public sealed class StoreSimulation
{
    private static readonly bool All = Environment.GetEnvironmentVariable("REACTOR_SIMULATE_ALL") == "1";

    /// <summary>Ticks at which something happens: the operator dies at 2 and is back at 12; the canary goes back at about 18, waves until 40.</summary>
    public static TheoryData<int> Ticks => All ? [.. Enumerable.Range(1, 45)] : [1, 4, 7, 8, 11, 14, 17, 20, 28, 31, 36, 40];

    [Theory]
    [MemberData(nameof(Ticks))]
    public void A_store_that_is_lost_is_made_anew_from_what_the_process_remembers(int tick) => Plays(tick, world => world.PutBack(null));

    [Theory]
    [MemberData(nameof(Ticks))]
    public void A_store_and_a_process_that_are_lost_together_are_made_anew_from_what_the_cluster_remembers(int tick) => Plays(tick, world =>
    {
        world.Kill();
        world.PutBack(null);
    });

    [Theory]
    [MemberData(nameof(Ticks))]
    public void A_store_that_goes_back_by_a_minute_is_mended_from_what_the_process_remembers(int tick) => GoesBack(tick, kill: false);

    [Theory]
    [MemberData(nameof(Ticks))]
    public void A_store_that_goes_back_by_a_minute_under_a_new_process_is_mended_from_the_cluster(int tick) => GoesBack(tick, kill: true);

    [Theory]
    [MemberData(nameof(Ticks))]
    public void A_store_that_is_away_for_five_minutes_delays_the_way_back_and_nothing_else(int tick)
    {
        using var world = new SimWorld(seed: 9, moreTargets: 2);
        world.Ticked = now => world.StoreDown = now >= tick && now < tick + 10;
        Stories.OperatorDown(world);
        world.AssertAllInvariants();
    }

    private static void GoesBack(int tick, bool kill)
    {
        using var world = new SimWorld(seed: 9, moreTargets: 2);
        var copy = "";
        world.Ticked = now =>
        {
            if (now == Math.Max(1, tick - 2))
                copy = world.BackUp();
            if (now == Math.Max(2, tick))
            {
                if (kill)
                    world.Kill();
                world.PutBack(copy);
            }
        };
        Stories.OperatorDown(world);
        world.AssertAllInvariants();
    }

    private static void Plays(int tick, Action<SimWorld> loss)
    {
        using var world = new SimWorld(seed: 9, moreTargets: 2);
        world.Ticked = now =>
        {
            if (now == tick)
                loss(world);
        };
        Stories.OperatorDown(world);
        world.AssertAllInvariants();
    }

    [Fact]
    public void Without_a_store_a_dead_operator_still_trips_and_pages_and_nothing_is_handed_back_until_it_returns()
    {
        using var world = new SimWorld(seed: 3);
        world.Pass(TimeSpan.FromMinutes(1));
        world.StoreDown = true;
        world.Faults.SetOperator(OperatorState.Dead);
        world.PassUntil(() => world.OnFallback == world.Protectable, TimeSpan.FromMinutes(4), "every target is on its fallback");
        Assert.Contains(world.Paged, page => page.Kind == PageKind.Trigger && page.DedupKey.Contains("operator-unhealthy"));

        world.Faults.SetOperator(OperatorState.Alive);
        world.Pass(TimeSpan.FromMinutes(20));
        Assert.Equal(world.Protectable, world.OnFallback);

        world.StoreDown = false;
        world.PassUntil(() => world.AtRest, TimeSpan.FromHours(1), "every incident is closed");
        world.Pass(TimeSpan.FromMinutes(2));
        world.AssertAllInvariants();
        var facts = world.Facts();
        Assert.Single(facts.Closed);
        Assert.Contains(facts.Audit, a => a.Record.Reason == Reason.StoreBack);
        Assert.Contains(facts.Audit, a => a.Record is { Reason: Reason.WriteDone, Target: not null } && a.Record.IncidentId == facts.Closed[0].Id);
        Assert.Contains(facts.Pages, page => page.DedupKey.EndsWith("/store-down", StringComparison.Ordinal) && page.Kind == PageKind.Resolve);
    }

    [Fact]
    public void Without_a_store_from_its_first_moment_on_a_process_trips_too()
    {
        using var world = new SimWorld(seed: 3) { StoreDown = true };
        world.Faults.SetOperator(OperatorState.Dead);
        world.PassUntil(() => world.OnFallback == world.Protectable, TimeSpan.FromMinutes(4), "every target is on its fallback");

        world.Faults.SetOperator(OperatorState.Alive);
        world.StoreDown = false;
        world.PassUntil(() => world.AtRest, TimeSpan.FromHours(1), "everything is back with KEDA");
        world.Pass(TimeSpan.FromMinutes(2));
        world.AssertAllInvariants();
    }

    [Fact]
    public void A_new_chain_begins_by_naming_the_loss()
    {
        using var world = new SimWorld(seed: 4);
        world.Faults.SetOperator(OperatorState.Dead);
        world.PassUntil(() => world.OnFallback == world.Protectable, TimeSpan.FromMinutes(4), "every target is on its fallback");
        var (before, chain) = (world.Panel.Incidents.Keys.Single(), world.Chain);

        world.PutBack(null);
        world.Tick();

        Assert.Equal(before, world.Panel.Incidents.Keys.Single());
        Assert.NotEqual(chain, world.Chain);
        var first = world.Facts().Audit[0];
        Assert.Equal((1, Reason.StoreLost, chain), (first.Sequence, first.Record.Reason, first.Record.Facts["chain"]));
    }

    [Fact]
    public void A_hold_and_a_manual_trip_survive_the_loss_of_store_and_process()
    {
        using var world = new SimWorld(seed: 5);
        world.Pass(TimeSpan.FromMinutes(1));
        world.Hear(Orders.Trip(world, "sophia-mesh", "sophia-ai-services"));
        var incident = Assert.Single(world.Panel.Incidents.Values);
        world.Hear(Orders.Hold(world, incident.Id));
        world.Pass(TimeSpan.FromMinutes(1));

        world.Kill();
        world.PutBack(null);
        world.Pass(TimeSpan.FromMinutes(30));

        var rebuilt = Assert.Single(world.Panel.Incidents.Values);
        Assert.Equal((incident.Id, Cause.Manual, incident.OpenedAt), (rebuilt.Id, rebuilt.Cause, rebuilt.OpenedAt));
        Assert.Equal("leave it", rebuilt.Hold?.Words);
        Assert.Equal(1, world.OnFallback);

        world.Hear(Orders.Reset(world));
        world.PassUntil(() => world.AtRest, TimeSpan.FromHours(1), "it is back");
        world.AssertAllInvariants();
    }

    [Fact]
    public void Marks_that_are_not_signed_by_us_are_never_acted_on_and_people_are_told()
    {
        using var world = new SimWorld(seed: 6);
        world.Faults.SetOperator(OperatorState.Dead);
        world.PassUntil(() => world.OnFallback == world.Protectable, TimeSpan.FromMinutes(4), "every target is on its fallback");
        world.Faults.SetOperator(OperatorState.Alive);
        var before = world.Cluster.Snapshot().Targets.Select(t => (t.Name, t.Paused, Hpas: string.Join(",", t.Hpas.Select(h => h.Name)))).ToList();

        world.Kill();
        world.PutBack(null);
        world.SigningKey = "another-key-altogether";
        world.Pass(TimeSpan.FromMinutes(30));

        Assert.Equal(before, world.Cluster.Snapshot().Targets.Select(t => (t.Name, t.Paused, Hpas: string.Join(",", t.Hpas.Select(h => h.Name)))));
        Assert.Empty(world.Panel.Incidents);
        Assert.Single(world.Paged, page => page.DedupKey.Contains("/marks/") && page is { Kind: PageKind.Trigger, Channel: "slack" });

        world.Kill();
        world.SigningKey = SimWorld.OwnKey;
        world.PassUntil(() => world.AtRest, TimeSpan.FromHours(2), "the old key brings everything back");
        Assert.Single(world.Paged, page => page.DedupKey.Contains("/marks/") && page is { Kind: PageKind.Resolve, Channel: "slack" });
    }

    [Fact]
    public void What_a_newer_version_adds_to_the_panel_in_the_middle_of_an_incident_outlives_our_turn_at_it()
    {
        using var world = new SimWorld(seed: 7);
        world.Faults.SetOperator(OperatorState.Dead);
        world.PassUntil(() => world.OnFallback == world.Protectable, TimeSpan.FromMinutes(4), "every target is on its fallback");
        var incident = world.Panel.Incidents.Keys.Single();

        // It has its turn: it writes what only it knows, and the rest as we do.
        world.Sql($"UPDATE panel SET revision = revision + 1, json = json_set(json, '$.version', 2, '$.writer', 3, '$.quota', 7, '$.incidents.\"{incident}\".owner', 'team-a')");
        world.Faults.SetOperator(OperatorState.Alive);
        world.PassUntil(() => world.Panel.Incidents.Values.Single().Recovery.Stage == Stage.Canary, TimeSpan.FromMinutes(10), "our turn brings the canary");

        Assert.Equal("7 team-a", world.Sql($"SELECT json_extract(json, '$.quota') || ' ' || json_extract(json, '$.incidents.\"{incident}\".owner') FROM panel"));
        world.PassUntil(() => world.AtRest, TimeSpan.FromHours(1), "every incident is closed");
        Assert.Equal("7", world.Sql("SELECT json_extract(json, '$.quota') FROM panel"));
        world.AssertAllInvariants();
    }
}
