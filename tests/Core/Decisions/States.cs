using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Table;

/// <summary>A state that an incident or its target can be in, and how a world gets there. The signals are about target a.</summary>
/// <param name="Name">The section's title.</param>
/// <param name="About">One or two sentences: how it came to this.</param>
/// <param name="Make">A world in that state.</param>
/// <param name="Heard">False where no signal can come in: without a store webhooks and orders are answered 503.</param>
internal sealed record State(string Name, string About, Func<World> Make, bool Heard = true);

internal static class States
{
    public static ImmutableArray<State> All { get; } =
    [
        new("Closed", "KEDA scales all four targets, nothing is wrong.", Closed),
        new("Closed, a paused by others", "Somebody paused a before anything happened.", () => With(Closed(), w => w.Annotate("a", Annotations.PausedReplicas, "3"))),
        new("Closed, in maintenance", "A maintenance of the whole cluster was ordered for an hour.", () => With(Closed(), w => w.Hear(Given.Maintenance(w, TimeSpan.FromHours(1))))),
        new("Closed, observe-only", "`mode: observe`.", () => With(Closed(), w => w.Policy = w.Policy with { ObserveOnly = true })),
        new("Closed, disabled", "`enabled: false`.", () => With(Closed(), w => w.Policy = w.Policy with { Enabled = false })),
        new("Closed, store down", "The store can't be reached for a minute; KEDA scales all four.", () => With(Closed(), LoseStore), Heard: false),
        new("Tripping", "The operator is dead. All four are paused and their HPAs are gone; the API server answers each fallback HPA with 500.", Tripping),
        new("Open", "The operator is dead; all four are on their CPU HPAs.", Open),
        new("Open, target's own cause", "The alert KEDAScalerErrors fires for a, whose trigger source is gone; a alone is on its CPU HPA.", OpenForItsOwn),
        new("Open, frozen", "The operator is dead, and a says `action: freeze`: no HPA at all.", () => Open(w => w.Annotate("a", Annotations.Action, "freeze"))),
        new("Open, by hand", "Somebody tripped a; KEDA is well.", () => With(Closed(), w => w.Hear(Given.Trip(w, "a", "by-hand")))),
        new("Open, in maintenance", "The operator is dead and all four are on their CPU HPAs; then a maintenance of the whole cluster was ordered for an hour.", () => With(Open(), w => w.Hear(Given.Maintenance(w, TimeSpan.FromHours(1))))),
        new("Open, kill switch on", "The operator is dead and all four are on their CPU HPAs; then the kill switch was set.", () => With(Open(), w => w.Hear(Given.KillSwitch(w, stop: true, "kill")))),
        new("Open, store down", "The operator is dead and all four are on their CPU HPAs; then the store was lost for a minute.", () => With(Open(), LoseStore), Heard: false),
        new("Open, blind", "The operator is dead and all four are on their CPU HPAs; then the API server can't be reached for three minutes.", () => With(Open(), w => { w.Visible = false; w.Pass(3); })),
        new("Open, observe-only", "`mode: observe`, the operator is dead: the incident is open and nothing was moved.", () => ObservedOpen()),
        new("Held: a paused by others meanwhile", "The operator is dead, all four are on their CPU HPAs; then somebody paused a with `paused-replicas`.", () => With(Open(), w => { w.Annotate("a", Annotations.PausedReplicas, "3"); w.Pass(1); })),
        new("Held by a human", "The operator is back; somebody had held the incident before.", HeldByHand),
        new("Held after failed attempts", "Trigger sources are gone too, so every canary failed until `max_attempts` (1 here).", HeldAfterAttempts),
        new("Held by policy", "`recovery.causes: {operator-unhealthy: manual}`; the operator is back.", () => Past(Open(w => w.Policy = w.Policy with { Recoveries = w.Policy.Recoveries.SetItem(Cause.OperatorUnhealthy, RecoveryMode.Manual) }), Stage.Cooldown)),
        new("Cooldown", "The operator was dead and is back; the evidence has just gone.", () => Past(Open(), Stage.Cooldown)),
        new("Verify", "The operator is back and the cooldown is over; good probes are counted, five of them by this policy.", () => Past(Open(w => w.Policy = w.Policy with { VerifyProbes = 5 }), Stage.Verify)),
        new("Verify, outside hours", "As before, with a policy that lets nothing go back for another seven hours.", OutsideHours),
        new("Canary, handing back", "a is the canary: un-paused, and KEDA has not made its HPA yet.", CanaryHandingBack),
        new("Canary, watched", "a is back with KEDA and watched; b, c and d are on their CPU HPAs.", CanaryWatched),
        new("Wave, watched", "b was the canary; a went back in the 50 % wave and is watched; c and d are on their CPU HPAs.", WaveWatched),
        new("Closing", "All four are back; the last wave has just passed.", () => Past(Open(), Stage.Closing)),
    ];

    private static World With(World world, Action<World> then)
    {
        then(world);
        return world;
    }

    private static World Closed() => Closed(_ => { });

    private static World Closed(Action<World> prepare)
    {
        var world = new World("a", "b", "c", "d") { ControlPlaneWrites = true };
        prepare(world);
        world.Pass(2);
        return world;
    }

    private static void LoseStore(World world)
    {
        world.StoreDownSince = world.Now;
        world.Pass(1);
    }

    private static World Tripping()
    {
        var world = Closed();
        world.Ends = write => write is ApplyFallbackHpa ? Outcome.Failed : Outcome.Done;
        world.OperatorAlive = false;
        world.PassUntil(() => world.Panel.Incidents.Count == 1, "a trip");
        return world;
    }

    private static World Open() => Open(_ => { });

    private static World Open(Action<World> prepare)
    {
        var world = Closed(prepare);
        world.OperatorAlive = false;
        world.PassUntil(() => world.Panel.Incidents.Count == 1, "a trip");
        world.Pass(1);
        return world;
    }

    private static World ObservedOpen()
    {
        var world = Closed(w => w.Policy = w.Policy with { ObserveOnly = true });
        world.OperatorAlive = false;
        world.PassUntil(() => world.Panel.Incidents.Count == 1, "a trip");
        return world;
    }

    private static World OpenForItsOwn()
    {
        var world = Closed();
        world.Sourceless.Add("a");
        world.Hear(Given.Alert(world, Cause.ScalerErrors, "a"));
        world.Pass(1);
        return world;
    }

    private static World HeldByHand()
    {
        var world = Open();
        world.Hear(Given.OnIncident(world, world.TheIncident.Id, IncidentOrderKind.Hold, "hold"));
        return Past(world, Stage.Cooldown);
    }

    private static World HeldAfterAttempts()
    {
        var world = Open(w => w.Policy = w.Policy with { MaxAttempts = 1 });
        world.OperatorAlive = true;
        foreach (var view in world.Targets.Values)
            world.Sourceless.Add(view.Id.Name);
        world.PassUntil(() => world.TheIncident.Hold is not null, "a hold");
        return world;
    }

    /// <summary>The world begins at 02:00 on a Monday.</summary>
    private static World OutsideHours()
    {
        var world = Open(w => w.Policy = w.Policy with
        {
            RecoveryWindows = [new TimeWindow { Zone = "UTC", Start = "0 9 * * *", End = "0 17 * * *" }],
        });
        world.OperatorAlive = true;
        world.PassUntil(() => world.TheIncident.Recovery.ToldWindow is not null, "that it waits for its window");
        return world;
    }

    private static World CanaryHandingBack()
    {
        var world = Past(Open(), Stage.Verify);
        world.Stuck = true;
        world.PassUntil(() => world.TheIncident.Recovery.Stage == Stage.Canary, "a canary");
        return world;
    }

    private static World CanaryWatched()
    {
        var world = Past(Open(), Stage.Canary);
        world.PassUntil(() => world.TheIncident.Recovery.BatchBackAt is not null, "the canary's return");
        world.Pass(1);
        return world;
    }

    private static World WaveWatched()
    {
        var world = Past(Open(w => w.Annotate("b", Annotations.Canary, "true")), Stage.Wave);
        world.PassUntil(() => world.TheIncident.Recovery.BatchBackAt is not null, "the wave's return");
        world.Pass(TimeSpan.FromSeconds(30));
        Assert.Contains(World.Id("a"), world.TheIncident.Recovery.Batch);
        return world;
    }

    /// <summary>The operator is back, and recovery goes on to a stage.</summary>
    private static World Past(World world, Stage stage)
    {
        world.OperatorAlive = true;
        world.PassUntil(() => world.TheIncident.Recovery.Stage == stage, $"{stage}");
        return world;
    }
}
