using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Sentences;

/// <summary>Edges of a trip and of the store: actions that are not the policy's first, canaries that move, chains that break.</summary>
internal static partial class Situations
{
    private static World Tripped(Action<World> before)
    {
        var world = new World("a", "b");
        before(world);
        world.Run();
        world.Hear(Given.Trip(world, null));
        world.Pass(1);
        return world;
    }

    private static World FrozenByPolicy() => Tripped(world => world.Policy = world.Policy with { OnTrip = world.Policy.OnTrip.Remove(TripAction.EnableHpaFallback) });

    private static World FrozenForEachReason() => Tripped(world =>
    {
        world.Change("a", v => v with { VpaOnCpu = "a-vpa" });
        world.Change("b", v => v with { NamesakeElsewhere = World.KedaHpa("b", 4, World.Start) with { Name = "b-fallback", Uid = "strange", Owner = HpaOwner.Other } });
        world.Add("c");
        world.Change("c", v => v with { Replicas = v.Replicas! with { Containers = [new("worker", false)] } });
    });

    private static World ReplicaCap() => Tripped(world =>
    {
        world.Add("c", min: 1, max: 12, replicas: 2);
        world.Policy = world.Policy with { MaxAddedReplicas = 2 };
    });

    private static World LeftBehind(Action<World> then)
    {
        var world = new World("a", "b", "c") { LeaseLeftBehind = true };
        world.Pass(3);
        then(world);
        world.Pass(3);
        return world;
    }

    private static World CantWork()
    {
        var world = Running("a");
        Broken(world, "x", v => v with { Replicas = null });
        world.Pass(3);
        Broken(world, "y", v => v with { Replicas = null, KindServed = false });
        foreach (var name in Twelve)
            Broken(world, name, v => v with { Ready = new("False", "ScaledObjectCheckFailed", "error parsing redis metadata: no address given") });
        world.Pass(3);
        foreach (var id in world.Targets.Keys.Where(id => id != World.Id("a")).ToList())
            world.Targets.Remove(id);
        world.Pass(1);
        return world;
    }

    private static void Broken(World world, string name, Func<TargetView, TargetView> how)
    {
        world.Add(name);
        world.Broken.Add(name);
        world.Change(name, v => how(v with { Hpas = [], HpaNamed = false }));
    }

    private static World WorkloadGoes()
    {
        var world = Dead(Running("a", "b"));
        world.Change("a", v => v with { Replicas = null });
        world.OperatorAlive = true;
        world.PassUntil(() => world.Panel.Incidents.IsEmpty, "the end");
        return world;
    }

    private static World EventConfirmed()
    {
        var world = Running("a", "b");
        world.Change("a", v => v with { Ready = new("False", "ScaledObjectCheckFailed", "") });
        world.Pass(TimeSpan.FromSeconds(30));
        world.Skip(TimeSpan.FromSeconds(1));
        world.Hear(Given.Event(world, KedaEventTypes.Failed, "a"));
        return world;
    }

    private static World AllMove()
    {
        var world = Tripped(_ => { });
        foreach (var name in (string[])["a", "b"])
            world.Change(name, v => v with { Replicas = v.Replicas! with { Available = 1 } });
        world.Hear(Given.Reset(world, null, ResetMode.Gradual));
        world.Pass(14);
        return world;
    }

    /// <summary>A store that is new, was lost, went back, or came back.</summary>
    private static World Chains()
    {
        var world = Running("a");
        var mine = new OwnMemory { Chain = "one", Revision = 7, Panel = world.Panel };
        var theirs = Dead(Running("a"));
        var ours = Dead(Running("a"));
        ours.Panel = ours.Panel with { Incidents = ours.Panel.Incidents.Select(i => KeyValuePair.Create(i.Key + "-b", i.Value with { Id = i.Key + "-b" })).ToImmutableSortedDictionary() };
        Continued[] all =
        [
            Continuity.Of(Panel.Empty("test"), 0, "one", null, world.Now),
            Continuity.Of(world.Panel, 6, "one", mine, world.Now),
            Continuity.Of(Panel.Empty("test"), 0, "two", mine, world.Now),
            Continuity.Of(theirs.Panel, 9, "one", mine with { Ahead = true, Panel = ours.Panel, Audit = [Opened(ours)] }, world.Now),
        ];
        all = [.. all, Continuity.Of(Panel.Empty("test"), 9, "one", mine with { Ahead = true, Panel = ours.Panel }, world.Now, ours.Panel.Incidents.Keys.ToHashSet(StringComparer.Ordinal))];
        foreach (var continued in all)
            world.Told.Add((world.Now, new Decision(continued.Panel, continued.Pages, continued.Audit, [], [])));
        return world;
    }

    private static AuditRecord Opened(World world) => world.Audit.Last(record => record.Reason == Reason.IncidentOpened) with { IncidentId = world.TheIncident.Id };
}
