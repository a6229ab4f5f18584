using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core.Tests.Planning;

namespace Sophia.Keda.Reactor.Core.Tests.Sentences;

/// <summary>Worlds that no sign in a state of the decision table leads to.</summary>
internal static partial class Situations
{
    private static readonly string[] Twelve = [.. Enumerable.Range(1, 12).Select(n => $"t{n:00}")];

    public static ImmutableSortedDictionary<string, Func<World>> All { get; } = new Dictionary<string, Func<World>>(StringComparer.Ordinal)
    {
        ["left alone for each reason"] = LeftAlone,
        ["the store was lost while two were held"] = () => StoreLost(["a", "b"], world => world.Hear(Given.OnIncident(world, world.TheIncident.Id, IncidentOrderKind.Hold))),
        ["the store was lost after a trip by hand"] = LostByHand,
        ["marks of one are not believed"] = () => NotBelieved(["a"]),
        ["marks of twelve are not believed"] = () => NotBelieved(Twelve),
        ["old marks of one are put back and taken away"] = () => PutBack(["a"], then: world => world.Hear(Given.Reset(world, "a", ResetMode.Immediate, "r9"))),
        ["old marks of twelve are put back"] = () => PutBack(Twelve),
        ["old marks are put back under observe-only"] = () => PutBack(["a"], observe: true, then: world => world.Hear(Given.Reset(world, "a", ResetMode.Immediate, "r9"))),
        ["old marks are put back with their fallback"] = () => PutBack(["a"], withFallback: true),
        ["one fallback does not scale"] = () => NotScaling(1),
        ["one fallback misses the request of a container that nobody knew of"] = Missing,
        ["twelve fallbacks do not scale"] = () => NotScaling(12),
        ["one fallback is short of room"] = () => ShortOfRoom(1),
        ["twelve fallbacks are short of room"] = () => ShortOfRoom(12),
        ["one fallback is scaled to 0"] = () => AtZero(1),
        ["two fallbacks are scaled to 0"] = () => AtZero(2),
        ["its workload is another"] = () => Retargeted(cpuRequest: true),
        ["its workload is another and has no CPU request"] = () => Retargeted(cpuRequest: false),
        ["events of KEDA"] = Events,
        ["alerts again and late"] = Alerts,
        ["far too many alerts"] = Flood,
        ["alerts that Azure Monitor sends"] = AzureMonitor,
        ["maintenance that ends with trouble"] = () => MaintenanceEnds(stillDown: true),
        ["maintenance that saw twelve fail"] = MaintenanceOfTwelve,
        ["maintenance while others recover"] = MaintenanceMeanwhile,
        ["the third trip asks a human"] = ThirdTrip,
        ["the third trip of the whole cluster asks a human"] = ThirdOfCluster,
        ["the policy stops writes"] = WritesStopped,
        ["neither operator nor lease is found"] = NoOperator,
        ["a lease that was left behind, HPAs that fail, and then it moves"] = () => LeftBehind(world =>
        {
            world.Sourceless.UnionWith(["a", "b", "c"]);
            world.Pass(4);
            world.LeaseLeftBehind = false;
        }),
        ["a lease that was left behind, and then goes"] = () => LeftBehind(world => world.Lease = null),
        ["several operators, of which two die"] = SeveralOperators,
        ["one operator of several hangs, another is deleted"] = OperatorsHangAndGo,
        ["an alert about a well operator of several"] = AccusedOfSeveral,
        ["the metrics API is taken, and given back"] = MetricsTakenAway,
        ["registrations of KEDA go, lead elsewhere, and come back"] = Unregistered,
        ["ScaledObjects are not served"] = NothingServed,
        ["targets that can't work"] = CantWork,
        ["a workload goes during a trip"] = WorkloadGoes,
        ["writes that end in every way"] = EveryEnd,
        ["a canary that is paused"] = () => Canary((world, name) => world.Annotate(name, Annotations.PausedReplicas, "3")),
        ["a canary whose HPA has not synced"] = () => Canary((world, name) => world.Change(name, v => v with { Hpas = [.. v.Hpas.Select(h => h with { ScalingActive = null })] })),
        ["a canary without its replicas"] = () => Canary((world, name) => world.Change(name, v => v with { Replicas = v.Replicas! with { Available = 1 } })),
        ["a canary that is scaling"] = ScalingCanary,
        ["a workload at 0"] = FromZero,
        ["the HPA controller starves"] = Starving,
        ["a channel that is named and not configured"] = UnconfiguredChannel,
        ["frozen by the policy"] = FrozenByPolicy,
        ["frozen for other reasons"] = FrozenForEachReason,
        ["the cap of replicas is reached"] = ReplicaCap,
        ["an event that the probe confirms"] = EventConfirmed,
        ["more replicas by order and by hand"] = MoreReplicas,
        ["two orders for one target"] = TwoOrders,
        ["every target moves"] = AllMove,
        ["a cron trigger can't be evaluated"] = () => CronUnread(before: true),
        ["a cron trigger is broken during a trip"] = () => CronUnread(before: false),
        ["stores that were new, lost, set back or back"] = Chains,
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static World Running(params string[] names)
    {
        var world = new World(names);
        world.Run();
        return world;
    }

    private static World Dead(World world)
    {
        world.OperatorAlive = false;
        world.PassUntil(() => world.Panel.Incidents.Count == 1, "a trip");
        return world;
    }

    private static World UnconfiguredChannel()
    {
        var world = new World("a") { Policy = new Policy { Cluster = "test", NamedChannels = ["slack", "email"] }.Paging(["slack"]) };
        world.Run();
        world.Policy = world.Policy.Paging(["slack", "email"]);
        world.Pass(6);
        return world;
    }

    private static World LeftAlone()
    {
        var world = new World("a", "b", "c", "d", "e", "f");
        world.Annotate("a", Annotations.OptOut, "true");
        world.Change("b", v => v with { Deleting = true });
        world.Change("c", v => v with { Replicas = null });
        world.Annotate("d", Annotations.PausedReplicas, "3");
        world.Change("e", v => v with { Hpas = v.Hpas.Add(World.KedaHpa("x", 4, World.Start) with { Name = "somebodys", Uid = "foreign", Owner = HpaOwner.Other }) });
        world.Change("f", v => v with { Triggers = [v.Triggers[0] with { Type = "cpu" }] });
        world.Run();
        Dead(world).Pass(1);
        return world;
    }

    private static World StoreLost(string[] names, Action<World>? before = null)
    {
        var world = Dead(Running(names));
        world.OperatorAlive = true;
        before?.Invoke(world);
        world.Panel = Panel.Empty("test");
        world.Pass(2);
        return world;
    }

    private static World LostByHand()
    {
        var world = Running("a", "b");
        world.Hear(Given.Trip(world, "a", duration: TimeSpan.FromMinutes(30)));
        world.Hear(Given.Trip(world, "b", "r2"));
        foreach (var name in (string[])["a", "b"])
            world.Change(name, v => v with { Memory = v.Memory! with { Why = null } });
        world.Panel = Panel.Empty("test");
        world.Pass(31);
        return world;
    }

    private static World NotBelieved(string[] names)
    {
        var world = Dead(Running(names));
        world.OperatorAlive = true;
        foreach (var name in names)
            world.Change(name, v => v with { Memory = null, MemoryProblem = "its signature is not ours" });
        world.Panel = Panel.Empty("test");
        world.Pass(1);
        foreach (var name in names)
            foreach (var key in world[name].Annotations.Keys.ToList())
                world.Annotate(name, key, null);
        world.Pass(1);
        return world;
    }

    /// <summary>A manifest of the time of a trip is applied again when that is over.</summary>
    private static World PutBack(string[] names, Action<World>? before = null, Action<World>? then = null, bool observe = false, bool withFallback = false)
    {
        var world = Running(names);
        world.Hear(Given.Trip(world, null));
        world.Pass(1);
        var manifests = names.ToDictionary(name => name, name => world[name]);
        world.Hear(Given.Reset(world, null, ResetMode.Immediate));
        world.PassUntil(() => world.Panel is { Incidents.IsEmpty: true, Targets.IsEmpty: true }, "the end");
        before?.Invoke(world);
        world.Pass(1);
        world.Policy = world.Policy with { ObserveOnly = observe };
        foreach (var (name, manifest) in manifests)
        {
            foreach (var (key, value) in manifest.Annotations)
                world.Annotate(name, key, value);
            world.Change(name, v => v with { Memory = manifest.Memory, Hpas = withFallback ? manifest.Hpas : v.Hpas, LastWriter = name == "t02" ? new FieldWriter("kubectl", world.Now) : null });
        }

        world.Pass(1);
        then?.Invoke(world);
        world.Pass(1);
        return world;
    }

    private static World OnFallback(int count)
    {
        var world = Running([.. Twelve.Take(count)]);
        world.Hear(Given.Trip(world, null));
        world.Pass(1);
        return world;
    }

    private static World Each(World world, Func<TargetView, TargetView> change)
    {
        foreach (var id in world.Targets.Keys.ToList())
            world.Change(id.Name, change);
        world.Pass(3);
        return world;
    }

    private static World NotScaling(int count) =>
        Each(OnFallback(count), v => v with { Hpas = [v.FallbackHpa! with { ScalingActive = new("False", "FailedGetResourceMetric", "no metrics") }] });

    private static World CronUnread(bool before)
    {
        var world = Running("a");
        TargetView Break(TargetView view) => view with { Triggers = [view.Triggers[0], Crons.Trigger("0 8 * * *", "0 18 * * *", "Mars/Olympus", "12")] };
        if (before)
            world.Change("a", Break);
        world.Run();
        world.Hear(Given.Trip(world, "a"));
        world.Pass(1);
        world.Change("a", Break);
        world.Pass(1);
        return world;
    }

    private static World Missing()
    {
        var world = Running("a");
        world.Change("a", v => v with { Replicas = v.Replicas! with { Containers = [new("app", true), new("worker", true)] } });
        world.Hear(Given.Trip(world, "a"));
        world.Pass(1);
        return Each(world, v => v with
        {
            Hpas = [v.FallbackHpa! with { ScalingActive = new("False", "FailedGetResourceMetric", "missing request for cpu in container agent of Pod a-1") }],
        });
    }

    private static World ShortOfRoom(int count) =>
        Each(OnFallback(count), v => v with { Shortage = "FailedScheduling: 0/3 nodes are available", Replicas = v.Replicas! with { Available = 4 } });

    private static World AtZero(int count)
    {
        var world = OnFallback(count);
        world.Pass(4); // right after a trip it could be KEDA's own last act, and that is made good
        return Each(world, v => v with { Replicas = v.Replicas! with { Desired = 0, Available = 0 } });
    }

    private static World Retargeted(bool cpuRequest) => Each(OnFallback(1), v => v with
    {
        Workload = new WorkloadRef("apps/v1", "Deployment", "next"),
        NamesakeElsewhere = v.FallbackHpa,
        Hpas = [],
        Replicas = new WorkloadView { Desired = 12, Available = 12, Containers = [new("app", cpuRequest)] },
    });
}
