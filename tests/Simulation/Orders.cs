using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Simulation.Tests;

/// <summary>What a human on call orders.</summary>
internal static class Orders
{
    private static int _number;

    public static TripOrder Trip(SimWorld world, string space, string name)
    {
        var id = Next();
        return new TripOrder
        {
            Key = "order/" + id, RequestId = id, ReceivedAt = world.Time.Now, Reason = "drill", By = "ana", Principal = "key operator",
            Selection = new Selection(Scope.Target, space, name),
        };
    }

    public static TripOrder TripAll(SimWorld world) =>
        Trip(world, "", "") with { Selection = new Selection(Scope.Cluster, null, null), Action = FallbackAction.Cpu };

    public static ResetOrder Reset(SimWorld world)
    {
        var id = Next();
        return new ResetOrder
        {
            Key = "order/" + id, RequestId = id, ReceivedAt = world.Time.Now, Reason = "drill over", By = "ana", Principal = "key operator",
            Selection = new Selection(Scope.Cluster, null, null), Mode = ResetMode.Gradual,
        };
    }

    public static IncidentOrder Hold(SimWorld world, string incident)
    {
        var id = Next();
        return new IncidentOrder
        {
            Key = "order/" + id, RequestId = id, ReceivedAt = world.Time.Now, Reason = "leave it", By = "ana", Principal = "key operator",
            IncidentId = incident, Kind = IncidentOrderKind.Hold,
        };
    }

    private static string Next() => $"order-{Interlocked.Increment(ref _number)}";
}
