using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

public abstract partial class StoreContract
{
    [StoreFact]
    public async Task Signals_wait_in_the_order_of_arrival_and_come_back_whole()
    {
        var (hears, decides) = (Connect(), Connect());
        await hears.AppendAsync([Alert("b", "first"), Trip("a")], None);
        await hears.AppendAsync([Alert("c")], None);

        Assert.Equal(["b", "a", "c"], await KeysAsync(decides));
        Assert.Equal(2, (await decides.PendingAsync(2, None)).Length);
        Same.Assert(Alert("b", "first"), (await decides.PendingAsync(1, None))[0].Signal);
    }

    [StoreFact]
    public async Task A_newer_signal_of_the_same_key_replaces_the_older_and_moves_to_the_end()
    {
        var store = Connect();
        await store.AppendAsync([Alert("a", "old"), Alert("b")], None);

        await store.AppendAsync([Alert("a", "new")], None);

        Assert.Equal(["b", "a"], await KeysAsync(store));
        Same.Assert(Alert("a", "new"), (await store.PendingAsync(10, None))[1].Signal);
    }

    [StoreFact]
    public async Task The_same_key_twice_in_one_batch_leaves_the_later_one()
    {
        var store = Connect();

        await store.AppendAsync([Alert("a", "old"), Alert("a", "new")], None);

        Same.Assert(Alert("a", "new"), Assert.Single(await store.PendingAsync(10, None)).Signal);
    }

    [StoreFact]
    public async Task Deciding_on_a_signal_that_was_replaced_meanwhile_leaves_the_newer_one()
    {
        var (hears, decides) = (Connect(), Connect());
        await hears.AppendAsync([Alert("a", "old"), Alert("b")], None);
        var seen = await decides.PendingAsync(10, None);
        await hears.AppendAsync([Alert("a", "new")], None);

        await decides.SaveAsync(await NextAsync(decides) with { Decided = [.. seen.Select(entry => entry.Sequence)] }, None);

        Same.Assert(Alert("a", "new"), Assert.Single(await decides.PendingAsync(10, None)).Signal);
    }

    [StoreFact]
    public async Task A_number_is_never_used_again_even_when_the_inbox_was_empty_between()
    {
        var store = Connect();
        await store.AppendAsync([Alert("a")], None);
        var first = (await store.PendingAsync(1, None))[0].Sequence;
        await store.SaveAsync(await NextAsync(store) with { Decided = [first] }, None);

        await store.AppendAsync([Alert("b")], None);

        Assert.True((await store.PendingAsync(1, None))[0].Sequence > first);
    }

    [StoreFact]
    public async Task A_full_inbox_refuses_alerts_whole_and_takes_orders_and_replacements()
    {
        var store = Connect(Relaxed with { InboxBound = 2 });
        Assert.True(await store.AppendAsync([Alert("a")], None));

        Assert.False(await store.AppendAsync([Alert("b"), Alert("c")], None));
        Assert.Equal(["a"], await KeysAsync(store));
        Assert.True(await store.AppendAsync([Alert("b")], None));
        Assert.True(await store.AppendAsync([Trip("order")], None));
        Assert.True(await store.AppendAsync([Alert("a", "new")], None));
        Assert.False(await store.AppendAsync([Alert("c")], None));
        Assert.Equal(["b", "order", "a"], await KeysAsync(store));
    }

    [StoreFact]
    public async Task What_many_append_at_once_all_arrives()
    {
        var stores = new[] { Connect(), Connect() };

        await Task.WhenAll(Enumerable.Range(0, 40).Select(n => stores[n % 2].AppendAsync([Alert($"k{n:00}")], None)));

        Assert.Equal(Enumerable.Range(0, 40).Select(n => $"k{n:00}"), (await KeysAsync(Connect())).Order(StringComparer.Ordinal));
    }
}
