using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Sentences;

/// <summary>What is heard: events of KEDA, alerts, Azure Monitor.</summary>
internal static partial class Situations
{
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
        world.Skip(TimeSpan.FromSeconds(70));
        world.Hear(alert with { ReceivedAt = world.Now });
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
}
