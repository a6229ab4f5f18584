using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Told;

/// <summary>Worlds that no sign in a state of the decision table leads to.</summary>
internal static class Situations
{
    private static readonly string[] Twelve = [.. Enumerable.Range(1, 12).Select(n => $"t{n:00}")];

    public static ImmutableSortedDictionary<string, Func<World>> All { get; } = new Dictionary<string, Func<World>>(StringComparer.Ordinal)
    {
        ["left alone for each reason"] = LeftAlone,
        ["more are left alone later"] = MoreLeftAlone,
        ["the store was lost"] = () => StoreLost(["a"]),
        ["the store was lost while two were held"] = () => StoreLost(["a", "b"], world => world.Hear(Given.OnIncident(world, world.TheIncident.Id, IncidentOrderKind.Hold))),
        ["the store was lost after a trip by hand"] = LostByHand,
        ["the store was lost while one is on its way back"] = LostOnItsWayBack,
        ["marks of one are not believed"] = () => NotBelieved(["a"]),
        ["marks of twelve are not believed"] = () => NotBelieved(Twelve),
        ["one fallback does not scale"] = () => NotScaling(1),
        ["twelve fallbacks do not scale"] = () => NotScaling(12),
        ["one fallback is short of room"] = () => ShortOfRoom(1),
        ["ten fallbacks are short of room"] = () => ShortOfRoom(10),
        ["twelve fallbacks are short of room"] = () => ShortOfRoom(12),
        ["one fallback is scaled to 0"] = () => AtZero(1),
        ["two fallbacks are scaled to 0"] = () => AtZero(2),
        ["its workload is another"] = () => Retargeted(cpuRequest: true),
        ["its workload is another and has no CPU request"] = () => Retargeted(cpuRequest: false),
        ["events of KEDA"] = Events,
        ["alerts again and late"] = Alerts,
        ["alerts that Azure Monitor sends"] = AzureMonitor,
        ["maintenance that ends with trouble"] = () => MaintenanceEnds(stillDown: true),
        ["maintenance that saw twelve fail"] = MaintenanceOfTwelve,
        ["maintenance while others recover"] = MaintenanceMeanwhile,
        ["the third trip asks a human"] = ThirdTrip,
        ["the third trip of the whole cluster asks a human"] = ThirdOfCluster,
        ["the policy stops writes"] = WritesStopped,
        ["nobody acknowledges"] = NobodyAcknowledges,
        ["neither operator nor lease is found"] = NoOperator,
        ["writes that end in every way"] = EveryEnd,
        ["a canary that is paused"] = () => Canary((world, name) => world.Annotate(name, Annotations.PausedReplicas, "3")),
        ["a canary whose HPA has not synced"] = () => Canary((world, name) => world.Change(name, v => v with { Hpas = [.. v.Hpas.Select(h => h with { ScalingActive = null })] })),
        ["a canary without its replicas"] = () => Canary((world, name) => world.Change(name, v => v with { Replicas = v.Replicas! with { Available = 1 } })),
        ["a canary that is deleted"] = () => Canary((world, name) => world.Change(name, v => v with { Deleting = true })),
        ["a canary that is scaling"] = ScalingCanary,
        ["fixed replicas"] = Fixed,
        ["a workload at 0"] = FromZero,
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

    private static World MoreLeftAlone()
    {
        var world = Dead(Running("a"));
        world.Add("b");
        world.Annotate("b", Annotations.OptOut, "true");
        world.Add("c");
        world.Annotate("c", Annotations.OptOut, "true");
        world.Pass(2);
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

    private static World LostOnItsWayBack()
    {
        var world = Dead(Running("a", "b"));
        var kept = world["a"].Memory! with { Why = null };
        world.OperatorAlive = true;
        world.PassUntil(() => world.TheIncident.Recovery.Stage == Stage.Canary, "the canary");
        var (canary, id) = (world.TheIncident.Recovery.Batch[0].Name, world.TheIncident.Id);
        world.Annotate(canary, Annotations.Incident, id);
        world.Annotate(canary, Annotations.Memory, "signed");
        world.Change(canary, v => v with { Memory = kept });
        world.Panel = Panel.Empty("test");
        world.Ends = _ => Outcome.Failed;
        world.Pass(1);
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

    private static World ShortOfRoom(int count) =>
        Each(OnFallback(count), v => v with { Shortage = "FailedScheduling: 0/3 nodes are available", Replicas = v.Replicas! with { Available = 4 } });

    private static World AtZero(int count) => Each(OnFallback(count), v => v with { Replicas = v.Replicas! with { Desired = 0, Available = 0 } });

    private static World Retargeted(bool cpuRequest) => Each(OnFallback(1), v => v with
    {
        Workload = new WorkloadRef("apps/v1", "Deployment", "next"),
        NamesakeElsewhere = v.FallbackHpa,
        Hpas = [],
        Replicas = new WorkloadView { Desired = 12, Available = 12, Containers = [new("app", cpuRequest)] },
    });

    private static World Events()
    {
        var world = Running("a", "b", "c", "d");
        var failed = Given.Event(world, KedaEventTypes.Failed, "a");
        world.Hear(failed);
        world.Hear(failed);
        world.Hear(Given.Event(world, KedaEventTypes.Failed, "a", world.Now.AddSeconds(10)));
        world.Hear(Given.Event(world, KedaEventTypes.Failed, "a", world.Now.AddSeconds(-10)));
        world.Hear(Given.Event(world, KedaEventTypes.Failed, "b", world.Now - world.Policy.EvidenceExpires));
        world.Hear(Given.Event(world, KedaEventTypes.Failed, "c", world.Now - world.Policy.EvidenceExpires - TimeSpan.FromSeconds(1)));
        world.Hear(Given.Event(world, KedaEventTypes.Unpaused, "b"));
        world.Pass(2);
        world.Hear(Given.Event(world, KedaEventTypes.Failed, "a"));
        var ready = Given.Event(world, KedaEventTypes.Ready, "a", world.Now.AddSeconds(1));
        world.Hear(ready);
        world.Hear(ready);
        world.Hear(failed with { StartsAt = ready.StartsAt, ReceivedAt = world.Now });
        world.Pass(1);
        return world;
    }

    private static World Alerts()
    {
        var world = Running("a", "b");
        world.Pass(2);
        var alert = Given.Alert(world, Cause.ScalerErrors, "a");
        world.Hear(alert);
        world.Hear(alert);
        world.Hear(alert with { StartsAt = alert.StartsAt.AddMinutes(-1), Key = "older" });
        world.Hear(alert with { Firing = false, EndsAt = world.Now, Key = "over" });
        world.Hear(alert);
        world.Hear(Given.Alert(world, Cause.OperatorUnhealthy, fingerprint: "f2") with { Summary = "" });
        world.Pass(1);
        return world;
    }

    private static World AzureMonitor()
    {
        var world = Running("a", "b");
        world.Hear(Given.Alert(world, Cause.MetricsServerUnavailable) with { Origin = SignalOrigin.AzureMonitor, Summary = "" });
        world.Hear(Given.Alert(world, Cause.ScalingLatencyHigh, "a", fingerprint: "f2") with { Origin = SignalOrigin.AzureMonitor });
        world.Pass(1);
        world.MetricsServerUp = false;
        world.Pass(1);
        return world;
    }

    private static World MaintenanceEnds(bool stillDown)
    {
        var world = Running("a", "b");
        world.Hear(Given.Maintenance(world, TimeSpan.FromMinutes(40)));
        world.Pass(5);
        world.OperatorAlive = false;
        world.Pass(3);
        world.MetricsServerUp = false;
        world.Pass(31);
        world.OperatorAlive = !stillDown;
        world.Pass(3);
        return world;
    }

    private static World MaintenanceOfTwelve()
    {
        var world = Running(Twelve);
        world.Policy = world.Policy with { ErrorRatePercentage = 100 };
        world.Hear(Given.Maintenance(world, TimeSpan.FromMinutes(10)));
        foreach (var name in Twelve)
            world.Hear(Given.Alert(world, Cause.ScalerErrors, name, fingerprint: name, startsAt: world.Now));
        world.Pass(11);
        return world;
    }

    private static World MaintenanceMeanwhile()
    {
        var world = Dead(Running("a", "b", "c", "d"));
        world.Hear(Given.Maintenance(world, TimeSpan.FromHours(3), new Selection(Scope.Target, "sophia-mesh", "c")));
        world.OperatorAlive = true;
        world.Pass(40);
        return world;
    }

    private static World ThirdTrip()
    {
        var world = Running("a", "b", "c", "d");
        for (var trip = 1; trip <= 3; trip++)
        {
            foreach (var name in (string[])["a", "b"])
                world.Change(name, v => v with { Ready = new("False", "ScaledObjectCheckFailed", "error parsing redis metadata: no address given") });
            world.PassUntil(() => world.Panel.Incidents.Count == 1, "a trip");
            foreach (var name in (string[])["a", "b"])
                world.Change(name, v => v with { Ready = new("True", "ScaledObjectReady", "") });
            if (trip < 3)
                world.PassUntil(() => world.Panel.Incidents.IsEmpty, "the end of it");
        }

        return world;
    }

    private static World ThirdOfCluster()
    {
        var world = Running("a", "b");
        world.Policy = world.Policy with { Recoveries = world.Policy.Recoveries.SetItem(Cause.OperatorUnhealthy, RecoveryMode.ManualAfterRepeats) };
        for (var trip = 1; trip <= 3; trip++)
        {
            Dead(world);
            world.OperatorAlive = trip == 3 || !world.OperatorAlive;
            if (trip < 3)
                world.PassUntil(() => world.Panel.Incidents.IsEmpty, "the end of it");
        }

        world.Pass(2);
        return world;
    }

    private static World WritesStopped()
    {
        var world = Running("a", "b");
        world.Policy = world.Policy with { WritesStopped = true };
        world.Pass(1);
        Dead(world).Pass(1);
        world.Policy = world.Policy with { WritesStopped = false };
        world.Pass(1);
        return world;
    }

    private static World NobodyAcknowledges()
    {
        var world = Running("a");
        world.Policy = world.Policy with
        {
            AlertChannels = ["slack"], EscalationChannels = ["email", "pagerduty"], EscalateAfter = TimeSpan.FromMinutes(15), EscalateEvery = TimeSpan.FromMinutes(30), EscalateAtLeast = Severity.Critical,
        };
        Dead(world).Pass(50);
        return world;
    }

    /// <summary>KEDA is not where it was: what is seen of it is taken out of each look.</summary>
    private static World NoOperator()
    {
        var world = Running("a");
        var input = world.Decisions[^1].Input;
        world.Hear(Given.Alert(world, Cause.OperatorUnhealthy));
        var blind = Decide.Run(input with { Observation = input.Observation! with { Operator = new OperatorView() }, Signals = [Given.Alert(world, Cause.OperatorUnhealthy, fingerprint: "f3", startsAt: world.Now)] });
        world.Told.Add((world.Now, blind));
        return world;
    }

    private static World EveryEnd()
    {
        var world = Running("a", "b", "c", "d", "e");
        var ends = new Dictionary<string, Outcome>(StringComparer.Ordinal)
        {
            ["b"] = Outcome.Failed, ["c"] = Outcome.LostReply, ["d"] = Outcome.Conflict, ["e"] = Outcome.Done,
        };
        var done = 0;
        world.Ends = write => write switch
        {
            DeleteHpa { Target.Name: "a" } => done++ == 0 ? Outcome.AlreadyDone : Outcome.Done,
            ApplyFallbackHpa when ends.TryGetValue(write.Target.Name, out var end) => end,
            _ => Outcome.Done,
        };
        Dead(world).Pass(1);
        return world;
    }

    private static World Canary(Action<World, string> change)
    {
        var world = Dead(Running("a", "b"));
        world.OperatorAlive = true;
        world.PassUntil(() => world.TheIncident.Recovery is { Stage: Stage.Canary, BatchBackAt: not null }, "a canary that is back");
        change(world, world.TheIncident.Recovery.Batch.Single().Name);
        world.Pass(20);
        return world;
    }

    private static World ScalingCanary()
    {
        var size = 4;
        return Canary((world, name) =>
        {
            for (var i = 0; i < 12; i++)
            {
                world.Skip(TimeSpan.FromSeconds(30));
                world.Rescale(name, ++size);
                world.Run();
            }
        });
    }

    private static World Fixed()
    {
        var world = new World("a", "b");
        world.Annotate("a", Annotations.Action, "7");
        world.Change("b", v => v with { Replicas = v.Replicas! with { Containers = [] } });
        world.Run();
        Dead(world).Pass(6);
        return world;
    }

    private static World FromZero()
    {
        var world = new World("a", "b");
        world.Change("a", v => v with { Min = 0, Replicas = v.Replicas! with { Desired = 0, Available = 0 } });
        world.Run();
        Dead(world).Pass(6);
        return world;
    }
}
