using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

public abstract partial class StoreContract
{
    private static readonly TimeSpan HalfMinute = TimeSpan.FromSeconds(30);

    private static Task<LeaseAnswer> AskAsync(IStateStore store, string owner, LeaseName name = LeaseName.Runner) =>
        store.AcquireLeaseAsync(name, owner, HalfMinute, None);

    [StoreFact]
    public async Task Only_one_holds_the_lease_until_it_ends()
    {
        var (one, two) = (Connect(), Connect());

        var held = await AskAsync(one, "one");

        Assert.Equal(new LeaseAnswer(new StoreLease(LeaseName.Runner, "one", 1, Noon + HalfMinute), TimeSpan.Zero), held);
        Time.Advance(TimeSpan.FromSeconds(29));
        Assert.Null((await AskAsync(two, "two")).Lease);
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, (await AskAsync(two, "two")).Lease!.Token);
        Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null((await AskAsync(one, "one")).Lease);
    }

    [StoreFact]
    public async Task Who_does_not_get_it_is_told_how_long_it_lasts()
    {
        var store = Connect();
        await AskAsync(store, "one");
        Time.Advance(TimeSpan.FromSeconds(12));

        Assert.Equal(new LeaseAnswer(null, TimeSpan.FromSeconds(18)), await AskAsync(Connect(), "two"));
    }

    [StoreFact]
    public async Task Each_lease_is_held_for_itself()
    {
        var store = Connect();
        var runs = (await AskAsync(store, "one")).Lease!;
        var sends = (await AskAsync(store, "two", LeaseName.Delivery)).Lease!;
        Assert.Null((await AskAsync(store, "two")).Lease);
        Assert.Null((await AskAsync(store, "one", LeaseName.Delivery)).Lease);

        await store.ReleaseLeaseAsync(sends, None);

        Assert.NotNull(await store.RenewLeaseAsync(runs, HalfMinute, None));
        Assert.Equal(2, (await AskAsync(store, "one", LeaseName.Delivery)).Lease!.Token);
        Assert.True(await store.SaveAsync(await NextAsync(store, runs), None));
    }

    [StoreFact]
    public async Task Of_many_that_ask_at_once_one_gets_it()
    {
        var stores = new[] { Connect(), Connect() };

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(n => AskAsync(stores[n % 2], $"runner-{n}")));

        Assert.Single(answers, answer => answer.Lease is not null);
    }

    [StoreFact]
    public async Task Taking_it_anew_raises_the_token_also_for_the_same_owner_and_after_a_release()
    {
        var store = Connect();
        var first = await TakeAsync(store);
        var second = await TakeAsync(store);
        await store.ReleaseLeaseAsync(second, None);
        var third = await TakeAsync(store, "other");

        Assert.Equal([1L, 2L, 3L], [first.Token, second.Token, third.Token]);
    }

    [StoreFact]
    public async Task Renewing_moves_the_end_and_keeps_the_token()
    {
        var store = Connect();
        var lease = await TakeAsync(store);
        Time.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(lease with { Until = Noon.AddSeconds(50) }, await store.RenewLeaseAsync(lease, HalfMinute, None));

        Time.Advance(TimeSpan.FromSeconds(29));
        Assert.Null((await AskAsync(Connect(), "other")).Lease);
    }

    [StoreFact]
    public async Task Renewing_never_brings_the_end_nearer()
    {
        var store = Connect();
        var lease = await TakeAsync(store);

        Assert.Equal(lease, await store.RenewLeaseAsync(lease, TimeSpan.FromSeconds(1), None));
    }

    [StoreFact]
    public async Task A_lease_that_has_ended_or_was_taken_is_lost()
    {
        var store = Connect();
        var ended = await TakeAsync(store);
        Time.Advance(HalfMinute);
        Assert.Null(await store.RenewLeaseAsync(ended, HalfMinute, None));

        await TakeAsync(store, "other");
        Assert.Null(await store.RenewLeaseAsync(ended, HalfMinute, None));
    }

    [StoreFact]
    public async Task Releasing_a_lease_that_was_lost_leaves_the_new_holder_alone()
    {
        var store = Connect();
        var lost = await TakeAsync(store);
        Time.Advance(HalfMinute);
        var taken = await TakeAsync(store, "other");

        await store.ReleaseLeaseAsync(lost, None);

        Assert.NotNull(await store.RenewLeaseAsync(taken, HalfMinute, None));
        Assert.Null((await AskAsync(store, "third")).Lease);
    }
}
