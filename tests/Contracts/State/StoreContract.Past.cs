using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Keeping;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>What a store answers about trips that are over, when marks of them stand in the cluster again.</summary>
public abstract partial class StoreContract
{
    private static TargetMemory Tripped(string incident, DateTimeOffset at) => new()
    {
        IncidentId = incident, Cause = Cause.ScalerErrors, TrippedAt = at, Action = FallbackAction.Cpu, Workload = new WorkloadRef("apps/v1", "Deployment", "a"),
        Min = 1, Max = 2, CachedReplicas = 1, FallbackMin = 1, Floor = 1, FloorUntil = at,
    };

    private static AuditRecord Back(string name, DateTimeOffset at) =>
        Audited("back with KEDA", "other", new TargetId("mesh", name)) with { Reason = Reason.TargetHandedBack, At = at };

    [StoreFact]
    public async Task Of_a_closed_incident_it_knows_when_that_closed()
    {
        var store = Connect();
        await store.SaveAsync(await NextAsync(store) with { Closed = [Closed("i", Noon)] }, None);

        var past = await PastInStore.FindAsync(store, [Tripped("i", Noon.AddHours(-1)), Tripped("never", Noon.AddHours(-1))], None);

        Assert.Equal([KeyValuePair.Create("i", Noon)], past.Closed);
        Assert.Empty(past.HandedBack);
    }

    [StoreFact]
    public async Task Where_the_closed_incident_is_no_longer_kept_the_trail_says_when_it_closed()
    {
        var store = Connect();
        await store.AppendAuditAsync([Audited("opened", "i"), Audited("closed", "i") with { Reason = Reason.IncidentClosed, At = Noon.AddHours(1) }, Audited("more", "i") with { At = Noon.AddHours(2) }], None);

        var past = await PastInStore.FindAsync(store, [Tripped("i", Noon)], None);

        Assert.Equal(Noon.AddHours(1), past.Closed["i"]);
    }

    [StoreFact]
    public async Task The_trail_says_when_each_target_was_last_handed_back_sealed_or_not()
    {
        var store = Connect();
        await store.AppendAuditAsync([Back("a", Noon), Back("a", Noon.AddHours(1)), Back("b", Noon.AddHours(-3))], None);
        await new AuditSealer((IAuditTrail)store).SealAsync(None);
        await store.AppendAuditAsync([Back("c", Noon.AddHours(2))], None);

        var past = await PastInStore.FindAsync(store, [Tripped("i", Noon.AddHours(-1)), Tripped("j", Noon)], None);

        Assert.Equal([("a", Noon.AddHours(1)), ("c", Noon.AddHours(2))], past.HandedBack.Select(h => (h.Key.Name, h.Value)).Order());
    }

    [StoreFact]
    public async Task An_empty_store_knows_of_nothing_that_is_over()
    {
        var past = await PastInStore.FindAsync(Connect(), [Tripped("i", Noon)], None);

        Assert.Empty(past.Closed);
        Assert.Empty(past.HandedBack);
    }

    [StoreFact]
    public async Task An_alert_that_fires_again_behind_its_undecided_resolve_waits_behind_it_with_its_own_time_of_receipt()
    {
        var (store, again) = (Connect(), Alert("f/firing") with { ReceivedAt = Noon.AddMinutes(2) });
        await store.AppendAsync([Alert("f/firing")], None);
        await store.AppendAsync([Alert("f/resolved") with { Firing = false }], None);

        await store.AppendAsync([again], None);

        Assert.Equal(["f/resolved", "f/firing"], await KeysAsync(store));
        Assert.Equal(again.ReceivedAt, (await store.PendingAsync(10, None))[1].Signal.ReceivedAt);
    }
}
