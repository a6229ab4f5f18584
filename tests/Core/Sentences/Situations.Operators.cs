namespace Sophia.Keda.Reactor.Core.Tests.Sentences;

/// <summary>Several operators, each with its lease and its share.</summary>
internal static partial class Situations
{
    private static World Shared(params string[] names)
    {
        var world = new World(names);
        foreach (var name in names)
            world.Label(name[..1], name);
        world.Share([.. names.Select(name => name[..1]).Distinct(StringComparer.Ordinal)]);
        world.Pass(1);
        return world;
    }

    private static World SeveralOperators()
    {
        var world = Shared("a1", "a2", "b1", "c1");
        world.Shards["keda/b"].Share = OperatorShare.Read("", "team in (a,b)", out _)!;
        world.Shards["keda/a"].Alive = false;
        world.Pass(4);
        world.Shards["keda/b"].Alive = false;
        world.Pass(4);
        world.Hear(Given.Reset(world, "a1", ResetMode.Immediate));
        world.Shards["keda/a"].Alive = world.Shards["keda/b"].Alive = true;
        world.PassUntil(() => world.Panel.Incidents.IsEmpty, "over");
        return world;
    }

    private static World OperatorsHangAndGo()
    {
        var world = Shared("a1", "b1", "c1");
        world.Bend = seen => seen with
        {
            Shards = seen.Shards.SetItem("keda/a", seen.Shards["keda/a"] with { LeaseRenewTime = World.Start.AddMinutes(1) })
                .SetItem("keda/c", seen.Shards["keda/c"] with { LeaseRenewTime = World.Start.AddDays(-9) }),
        };
        world.Shards["keda/b"].Gone = true;
        world.Pass(4);
        world.Sourceless.Add("c1");
        world.Pass(4);
        world.Hear(Given.Reset(world, "b1", ResetMode.Immediate));
        world.Shards.Remove("keda/c");
        world.Bend = seen => seen;
        world.Pass(1);
        return world;
    }

    private static World AccusedOfSeveral()
    {
        var world = Shared("a1", "b1");
        world.Sourceless.Add("a1");
        world.Skip(TimeSpan.FromSeconds(30));
        world.Hear(Given.Alert(world, Cause.OperatorUnhealthy) with { Namespace = "keda", Deployment = "b" });
        world.Hear(Given.Alert(world, Cause.OperatorUnhealthy, fingerprint: "f2") with { Namespace = "keda", Deployment = "a" });
        world.Pass(1);
        return world;
    }
}
