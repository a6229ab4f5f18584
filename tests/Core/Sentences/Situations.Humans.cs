using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Sentences;

/// <summary>What waits for people: maintenance, third trips, stopped writes, an acknowledgement.</summary>
internal static partial class Situations
{
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

    private static World MoreReplicas()
    {
        var world = Dead(Running("a", "b", "frozen", "fixed"));
        world.Annotate("frozen", Annotations.Action, "freeze");
        world.Hear(Given.Trip(world, "a", "1") with { Min = 15 });
        world.Change("b", v => v with { Hpas = [.. v.Hpas.Select(h => h with { Min = 18, MinSetBy = "kubectl-edit" })] });
        world.Pass(1);
        world.Hear(Given.Trip(world, "a", "2") with { Min = 30 });
        world.OperatorAlive = true;
        world.PassUntil(() => world.Panel.Incidents.IsEmpty, "the end of it");
        world.Hear(Given.Trip(world, "fixed", "3", FallbackAction.Replicas) with { Replicas = 6 }, Given.Trip(world, "frozen", "4"));
        world.Hear(Given.Trip(world, "fixed", "5") with { Min = 9 });
        world.Hear(Given.Trip(world, "frozen", "6") with { Min = 9 });
        world.Pass(1);
        return world;
    }

    private static World TwoOrders()
    {
        var world = Running("a", "b", "c");
        world.Hear(Given.Trip(world, "a", "1", duration: TimeSpan.FromMinutes(10)), Given.Trip(world, "b", "2"));
        world.Hear(Given.Trip(world, null, "3") with { By = "ben" });
        world.Hear(Given.ResetIncident(world, world.Panel.Incidents.Values.Single(i => i.Evidence.ContainsKey("order/2")).Id, ResetMode.Immediate, "4"));
        world.Hear(Given.ResetIncident(world, "none", ResetMode.Immediate, "5"));
        world.Pass(40);
        world.Hear(Given.Reset(world, null, ResetMode.Gradual, "6"));
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
}
