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

    /// <summary>More than anybody sends by intention, as a panel that an earlier version saved.</summary>
    private static World Flood()
    {
        var world = Running("a", "b");
        world.Hear(Given.Alert(world, Cause.ScalingLatencyHigh, "a"), Given.Alert(world, Cause.ScalingLatencyHigh, "b", fingerprint: "f2"));
        world.Hear(Given.Alert(world, Cause.OperatorUnhealthy, fingerprint: "f3"), Given.Alert(world, Cause.OperatorUnhealthy, fingerprint: "f4"));
        var over = Given.Alert(world, Cause.ScalingLatencyHigh, "a", firing: false);
        var alerts = Enumerable.Range(0, PanelBounds.Alerts).Select(n => over with { Fingerprint = $"g{n}" });
        var notice = new Notice { DedupKey = "d", Since = world.Now, Title = "Scaling is slow for sophia-mesh/a", Severity = Severity.Warning, Cause = Cause.ScalingLatencyHigh };
        world.Panel = world.Panel with
        {
            Alerts = world.Panel.Alerts.AddRange(alerts.Select(alert => KeyValuePair.Create(alert.Fingerprint, new AlertMemory { Alert = alert, LastSeen = World.Start.AddDays(-1) }))),
            Notices = world.Panel.Notices.AddRange(Enumerable.Range(0, PanelBounds.Notices).Select(n => KeyValuePair.Create($"latency/f{n:000}", notice with { DedupKey = $"d{n}" }))),
        };
        world.Pass(1);
        for (var order = 0; order <= PanelBounds.StandingOrders; order++)
            world.Hear(Given.Trip(world, "a", $"o{order}"));
        return world;
    }

    private static World MetricsTakenAway()
    {
        var world = Running("a", "b");
        world.MetricsTaken = Given.Taken(world);
        world.Pass(5);
        world.MetricsDoubt = "Service x/y can't be read";
        world.Pass(1);
        (world.MetricsTaken, world.MetricsDoubt) = (null, "");
        world.Pass(30);
        return world;
    }

    private static World Unregistered()
    {
        var jobs = new Registration(Registration.Crd, "scaledjobs.keda.sh", Standing.Well);
        var hook = new Registration(Registration.Webhook, "keda-admission", Standing.Well);
        var world = Running("a", "b");
        foreach (var seen in (Registration[][])[
            [jobs, hook],
            [jobs with { Standing = Standing.Gone, What = "is gone, and every object of it with it", GiveBack = "helm -n keda-system get manifest keda | kubectl apply --server-side --force-conflicts -f -" }],
            [jobs, hook],
            [jobs, hook with { Standing = Standing.NotServed, Refuses = true, What = "leads to Service x/y, which is not there, and its failurePolicy is Fail: every write of a ScaledObject is refused" }],
            [jobs, hook],
            [jobs, hook with { Standing = Standing.Taken, What = "leads to Service x/y, not to KEDA's webhooks keda-system/keda-admission-webhooks", LastWriter = new FieldWriter("helm", world.Now) }],
            [jobs, hook],
            [jobs]])
        {
            world.Registrations = [.. seen];
            world.Pass(4);
        }

        return world;
    }

    private static World NothingServed()
    {
        var world = Running("a", "b");
        world.Visible = false;
        world.NothingServed = new Registration(Registration.Crd, "scaledobjects.keda.sh", Standing.Gone) { What = "is gone, and every object of it with it", Refuses = true };
        world.Pass(4);
        world.Visible = true;
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
