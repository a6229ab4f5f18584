using System.Collections.Immutable;
using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions.Health;

/// <summary>What the store knows that health and metrics tell of. Either all of it is known, or why none is.</summary>
public sealed record StoreFacts
{
    /// <summary>Why the store can't be used, in words; empty when it can.</summary>
    public string Problem { get; init; } = "";

    public Panel? Panel { get; init; }

    public StoreCondition? Condition { get; init; }

    public ImmutableArray<OutboxCount> Pages { get; init; } = [];

    public ImmutableArray<Unheard> Unheard { get; init; } = [];

    /// <summary>When the signal that has waited longest for a decision came; null when none waits.</summary>
    public DateTimeOffset? UndecidedSince { get; init; }

    public AuditCondition? Audit { get; init; }
}

/// <summary>Asks the store once for both, and not for long: a store that is silent is down, and that has to be told in time.</summary>
public sealed class StoreStatus(IStateStore store, AuditKeeper audit, Policy policy, LastResort last, TimeProvider time, RequestTime request)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <param name="condition">Whether to look through everything that it holds as well.</param>
    /// <param name="cancel">The request's.</param>
    public async Task<StoreFacts> GatherAsync(bool condition, CancellationToken cancel)
    {
        using var late = new CancellationTokenSource(Patience, request.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
        try
        {
            return await AskAsync(condition, either.Token).WaitAsync(either.Token);
        }
        catch (StoreUnavailableException fault)
        {
            return new StoreFacts { Problem = fault.Message, Unheard = last.Latest };
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new StoreFacts { Problem = $"it did not answer within {Patience.TotalSeconds:0} s", Unheard = last.Latest };
        }
    }

    private async Task<StoreFacts> AskAsync(bool condition, CancellationToken cancel)
    {
        var found = condition ? await store.OpenAsync(cancel) : null;
        var panel = (await store.LoadAsync(cancel)).Panel;
        return new StoreFacts
        {
            Condition = found,
            Panel = panel,
            Pages = await store.CountPagesAsync(cancel),
            Unheard = Silence.Of(await store.PagesAsync(new PageQuery { Limit = 1_000 }, cancel), policy.AlertChannels, panel, time.GetUtcNow()),
            UndecidedSince = (await store.PendingAsync(1, cancel)) is [var oldest, ..] ? oldest.Signal.ReceivedAt : null,
            Audit = await audit.ConditionAsync(cancel),
        };
    }
}
