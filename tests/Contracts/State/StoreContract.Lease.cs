using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

public abstract partial class StoreContract
{
    private static readonly TimeSpan HalfMinute = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Only_one_holds_the_lease_until_it_ends()
    {
        var (one, two) = (Connect(), Connect());

        var held = await one.AcquireLeaseAsync("one", Noon, HalfMinute, None);

        Assert.Equal(new RunnerLease("one", 1, Noon + HalfMinute), held);
        Assert.Null(await two.AcquireLeaseAsync("two", Noon.AddSeconds(29), HalfMinute, None));
        Assert.Equal(2, (await two.AcquireLeaseAsync("two", Noon.AddSeconds(30), HalfMinute, None))!.Token);
        Assert.Null(await one.AcquireLeaseAsync("one", Noon.AddSeconds(31), HalfMinute, None));
    }

    [Fact]
    public async Task Of_many_that_ask_at_once_one_gets_it()
    {
        var stores = new[] { Connect(), Connect() };

        var leases = await Task.WhenAll(Enumerable.Range(0, 12).Select(n => stores[n % 2].AcquireLeaseAsync($"runner-{n}", Noon, HalfMinute, None)));

        Assert.Single(leases, lease => lease is not null);
    }

    [Fact]
    public async Task Taking_it_anew_raises_the_token_also_for_the_same_owner_and_after_a_release()
    {
        var store = Connect();
        var first = (await store.AcquireLeaseAsync("me", Noon, HalfMinute, None))!;
        var second = (await store.AcquireLeaseAsync("me", Noon, HalfMinute, None))!;
        await store.ReleaseLeaseAsync(second, None);
        var third = (await store.AcquireLeaseAsync("other", Noon, HalfMinute, None))!;

        Assert.Equal([1L, 2L, 3L], [first.Token, second.Token, third.Token]);
    }

    [Fact]
    public async Task Renewing_moves_the_end_and_keeps_the_token()
    {
        var store = Connect();
        var lease = (await store.AcquireLeaseAsync("me", Noon, HalfMinute, None))!;

        var renewed = await store.RenewLeaseAsync(lease, Noon.AddSeconds(20), HalfMinute, None);

        Assert.Equal(lease with { Until = Noon.AddSeconds(50) }, renewed);
        Assert.Null(await Connect().AcquireLeaseAsync("other", Noon.AddSeconds(49), HalfMinute, None));
    }

    [Fact]
    public async Task Renewing_never_brings_the_end_nearer()
    {
        var store = Connect();
        var lease = (await store.AcquireLeaseAsync("me", Noon, HalfMinute, None))!;

        Assert.Equal(lease, await store.RenewLeaseAsync(lease, Noon.AddSeconds(1), TimeSpan.FromSeconds(1), None));
    }

    [Fact]
    public async Task A_lease_that_has_ended_or_was_taken_is_lost()
    {
        var store = Connect();
        var ended = (await store.AcquireLeaseAsync("me", Noon, HalfMinute, None))!;
        Assert.Null(await store.RenewLeaseAsync(ended, Noon.AddSeconds(30), HalfMinute, None));

        await store.AcquireLeaseAsync("other", Noon.AddSeconds(30), HalfMinute, None);
        Assert.Null(await store.RenewLeaseAsync(ended, Noon.AddSeconds(10), HalfMinute, None));
    }

    [Fact]
    public async Task Releasing_a_lease_that_was_lost_leaves_the_new_holder_alone()
    {
        var store = Connect();
        var lost = (await store.AcquireLeaseAsync("me", Noon, HalfMinute, None))!;
        var taken = (await store.AcquireLeaseAsync("other", Noon.AddSeconds(30), HalfMinute, None))!;

        await store.ReleaseLeaseAsync(lost, None);

        Assert.NotNull(await store.RenewLeaseAsync(taken, Noon.AddSeconds(31), HalfMinute, None));
        Assert.Null(await store.AcquireLeaseAsync("third", Noon.AddSeconds(32), HalfMinute, None));
    }
}
