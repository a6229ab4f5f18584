using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

public sealed class SqliteStoreContract : StoreContract, IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<SqliteStore> stores = [];

    protected override IStateStore Connect(Limits? limits = null)
    {
        limits ??= new Limits();
        var store = new SqliteStore(
            Cluster,
            new StateSettings
            {
                Path = Path.Combine(folder.Path, "made", "on", "the", "way", "state.db"),
                InboxBound = limits.InboxBound,
                PageRetention = limits.PageRetention,
                IncidentRetention = limits.IncidentRetention,
            },
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
