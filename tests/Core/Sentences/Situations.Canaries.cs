using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Sentences;

/// <summary>Canaries that can't be judged, and replicas that are fixed or 0.</summary>
internal static partial class Situations
{
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

    /// <summary>Its workers hang in metric calls that nobody answers: what floor, cron and policy ask for, the reactor brings.</summary>
    private static World Starving()
    {
        var world = new World("a", "b", "c") { HpasStarve = true };
        world.Run();
        Dead(world).Pass(1);
        world.Scale("b", 1, "keda");
        world.Change("c", v => v with { Replicas = v.Replicas! with { Available = 2 } });
        world.Annotate("c", Annotations.Action, "freeze");
        world.Pass(6);
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
