using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Keeping;

/// <summary>
/// What became of signals that this instance has stored while another one runs. An order's answer is kept in the panel, so whoever was asked
/// can give it; of an alert it is known only that it was decided: the audit trail says how.
/// </summary>
internal sealed record DecidedElsewhere(ImmutableArray<Verdict> Answers, ImmutableArray<string> Alerts, bool AllDecided)
{
    /// <summary>True when nobody can decide as long as the store is as it is.</summary>
    public bool Undecidable { get; init; }

    private const int Looked = 1_000;

    public static async Task<DecidedElsewhere> FindAsync(IStateStore store, IReadOnlyList<Signal> signals, CancellationToken cancel)
    {
        var pending = await store.PendingAsync(Looked, cancel);
        if (pending.Length == Looked)
            return new DecidedElsewhere([], [], AllDecided: false); // ours may be behind these
        var waiting = pending.Select(entry => entry.Signal.Key).ToHashSet(StringComparer.Ordinal);
        var decided = signals.Where(signal => !waiting.Contains(signal.Key)).ToList();
        var orders = decided.OfType<Order>().ToList();
        var answered = orders.Count == 0 ? ImmutableSortedDictionary<string, OrderAnswer>.Empty : (await store.LoadAsync(cancel)).Panel.Orders;
        return new DecidedElsewhere(
            [.. orders.Select(order => answered.TryGetValue(order.RequestId, out var answer) ? VerdictOf(order, answer) : null).OfType<Verdict>()],
            [.. decided.OfType<AlertSignal>().Select(alert => alert.Key)],
            decided.Count == signals.Count);
    }

    private static Verdict VerdictOf(Order order, OrderAnswer answer) => new()
    {
        Key = order.Key,
        Accepted = answer.Accepted,
        Reason = answer.Reason,
        Because = answer.Detail,
        IncidentId = answer.IncidentId,
        Answer = answer,
    };
}
