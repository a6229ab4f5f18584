using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Keeping;

/// <summary>
/// The panel in this process' memory, while the store is down. There is no lease then: other instances may do the same, and what each does
/// is idempotent, guarded, and never undoes anything.
/// </summary>
internal sealed class StandInKeeper(ProcessMemory memory, Policy policy) : IKeeper
{
    public Task<TimeSpan?> BeginAsync(CancellationToken cancel) => Task.FromResult<TimeSpan?>(null);

    public Task<bool> GoOnAsync(CancellationToken cancel) => Task.FromResult(true);

    public bool Outlives(TimeSpan request) => true;

    public Task<Basis> LoadAsync(int signals, CancellationToken cancel) =>
        Task.FromResult(new Basis(memory.Alone) { StoreDownSince = memory.StoreDownSince });

    public Task<Past> PastAsync(IReadOnlyList<TargetMemory> memories, CancellationToken cancel) => Task.FromResult(Past.Nothing);

    public Task<Basis?> SaveAsync(Basis basis, Decision decision, CancellationToken cancel)
    {
        memory.GoneOn(decision, policy.AlertChannels);
        return Task.FromResult<Basis?>(basis with { Panel = decision.Panel });
    }

    public Task EndAsync() => Task.CompletedTask;

    public Task<bool> AnyWaitingAsync(CancellationToken cancel) => Task.FromResult(false);
}
