using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

public sealed class SqliteStoreContract : StoreContract, IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<SqliteStore> stores = [];

    protected override IStateStore Connect(StateLimits? limits = null)
    {
        limits ??= Relaxed;
        var store = new SqliteStore(
            Cluster,
            new SqliteSettings { Path = Path.Combine(folder.Path, "made", "on", "the", "way", "state.db"), Limits = limits },
            Time);
        stores.Add(store);
        return store;
    }

    public void Dispose()
    {
        stores.ForEach(store => store.Dispose());
        folder.Dispose();
    }
}
