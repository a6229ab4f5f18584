namespace Sophia.Keda.Reactor.State;

/// <summary>What every store's inbox has in common.</summary>
internal static class Inbox
{
    /// <summary>Orders of people that are taken from behind what one decision takes: nobody's "stop" waits for ten thousand alerts.</summary>
    public const int OrdersAhead = 100;

    /// <summary>What the keys of orders begin with.</summary>
    public const string OfOrders = "order/";
}
