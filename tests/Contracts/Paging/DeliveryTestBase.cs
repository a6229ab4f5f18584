using Sophia.Keda.Reactor.Contracts.Tests.State;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

/// <summary>A store in a folder, a clock by hand, and channels that a test scripts.</summary>
public abstract class DeliveryTestBase : IDisposable
{
    private protected readonly TemporaryFolder folder = new();
    private protected readonly ManualTime time = new(Pages.Noon);
    private protected readonly Random random = new(1);
    private protected readonly SqliteStore store;

    protected DeliveryTestBase() =>
        store = new SqliteStore("prod", new SqliteSettings { Path = Path.Combine(folder.Path, "state.db") }, time);

    private protected static CancellationToken None => CancellationToken.None;

    public void Dispose()
    {
        store.Dispose();
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static Page NewPage(string id, string incident = "incident-1") => Pages.Full with { Id = id, IncidentId = incident, DedupKey = incident };

    private protected async Task WaitAsync(Task task)
    {
        for (var tries = 0; !task.IsCompleted; tries++)
        {
            Assert.True(tries < 5_000, "it does not end");
            time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, None);
        }
    }

    private protected static async Task UntilAsync(Func<bool> condition)
    {
        for (var tries = 0; !condition(); tries++)
        {
            Assert.True(tries < 5_000, "what was waited for did not happen");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, None);
        }
    }

    private protected PageDelivery Delivery(params IPageChannel[] channels) => new(store, new PageChannels(channels, time), store.TrailAsync, time, random, "me");

    private protected async Task<DeliveryReport> DeliverAsync(params IPageChannel[] channels)
    {
        var delivery = Delivery(channels);
        return await delivery.DeliverAsync(Later(), None);
    }

    private protected DateTimeOffset Later() => time.GetUtcNow().AddMinutes(5);

    private protected async Task QueueAsync(string[] channels, params Page[] pages)
    {
        var stored = await store.LoadAsync(None);
        Assert.True(await store.SaveAsync(
            new Commit { Panel = stored.Panel, ExpectedRevision = stored.Revision, Lease = null, Pages = [.. pages], Channels = [.. channels] }, None));
    }

    private protected async Task<List<AuditRecord>> TrailAsync() => [.. (await store.AuditAsync(new AuditQuery(), None)).Select(stored => stored.Record)];

    private protected async Task<DateTimeOffset> DueAtAsync() => Assert.Single(await store.DuePagesAsync(DateTimeOffset.MaxValue, 10, None)).DueAt;
}
