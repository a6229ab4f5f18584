using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

public sealed class EveryStoreTests
{
    [Fact]
    public void Every_store_is_held_to_the_contract()
    {
        var stores = typeof(IStateStore).Assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && typeof(IStateStore).IsAssignableFrom(type)).ToList();
        var suites = typeof(StoreContract).Assembly.GetTypes().Where(type => type is { IsAbstract: false, IsPublic: true } && type.IsSubclassOf(typeof(StoreContract)))
            .Select(type => type.Name).ToList();

        Assert.True(stores.Count >= 2);
        Assert.All(stores, store => Assert.True(suites.Contains(store.Name + "Contract"), $"{store.Name} has no public subclass {store.Name}Contract of StoreContract"));
    }

    [Fact]
    public void Every_test_of_the_contract_can_be_skipped_where_a_program_is_missing() => Assert.All(
        typeof(StoreContract).GetMethods().Where(method => method.GetCustomAttributes(typeof(FactAttribute), inherit: true).Length > 0),
        method => Assert.NotEmpty(method.GetCustomAttributes(typeof(StoreFactAttribute), inherit: false)));
}
