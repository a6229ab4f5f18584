using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Simulator.Actors;

/// <summary>Somebody on call: orders through whichever reactor answers, and again with the same requestId while none does.</summary>
internal sealed class Person(World world, SeededRandom random)
{
    private const int Tries = 8;
    private int _orders;

    public void Trip(Selection selection, TimeSpan? duration, bool hold = false) => Order(id => new TripOrder
    {
        Key = "order/" + id, RequestId = id, ReceivedAt = world.Time.Now, Reason = "drill", By = "ana", Principal = "key operator",
        Selection = selection, Duration = duration, Hold = hold,
    });

    public void Reset(Selection selection, ResetMode mode)
    {
        world.Truth.Reset();
        Order(id => new ResetOrder
        {
            Key = "order/" + id, RequestId = id, ReceivedAt = world.Time.Now, Reason = "drill over", By = "ana", Principal = "key operator", Selection = selection, Mode = mode,
        });
    }

    public void Incident(string incident, IncidentOrderKind kind) => Order(id => new IncidentOrder
    {
        Key = "order/" + id, RequestId = id, ReceivedAt = world.Time.Now, Reason = "looking", By = "ana", Principal = "key operator", IncidentId = incident, Kind = kind,
    });

    public void KillSwitch(bool stop) => Order(id => new KillSwitchOrder
    {
        Key = "order/" + id, RequestId = id, ReceivedAt = world.Time.Now, Reason = "stop", By = "ana", Principal = "key operator", Stop = stop,
    });

    public void Maintenance(Selection selection, TimeSpan length) => Order(id => new MaintenanceOrder
    {
        Key = "order/" + id, RequestId = id, ReceivedAt = world.Time.Now, Reason = "upgrade", By = "ana", Principal = "key operator",
        Selection = selection, Until = world.Time.Now + length,
    });

    private void Order(Func<string, Order> make)
    {
        var order = make($"{random.Next():x}-{++_orders}");
        world.Say($"ana orders {order.GetType().Name} {order.RequestId}");
        Send(order, 1);
    }

    private void Send(Order order, int tried)
    {
        var answered = false;
        var reactor = world.Somebody(random);
        reactor?.Do("an order", async () =>
        {
            var acceptance = await reactor.Loop.AcceptAsync([order with { ReceivedAt = reactor.Clock.GetUtcNow() }], TimeSpan.FromSeconds(10), default);
            answered = acceptance.Stored;
        });
        if (tried < Tries)
            world.After(TimeSpan.FromSeconds(random.Whole(12, 25)), () =>
            {
                if (!answered)
                    Send(order, tried + 1);
            });
    }
}
