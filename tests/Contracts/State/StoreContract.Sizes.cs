using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.State;

/// <summary>Sizes that a large cluster brings. How long they take: dotnet run -c Release --project tests/Bench.</summary>
public abstract partial class StoreContract
{
    private const int Many = 10_000;

    private static TargetId Numbered(int number) => new($"mesh-{number % 20:00}", $"worker-{number:00000}");

    [StoreFact]
    public async Task Ten_thousand_targets_in_one_incident_are_kept_whole_and_leave_the_panel_with_it()
    {
        var store = Connect();
        var member = new Member { State = MemberState.Protected, Reason = Reason.TargetTripped, Since = Noon };
        var memory = Filled.Of<TargetMemory>();
        var incident = Closed("big", Noon) with
        {
            ClosedAt = null,
            Members = Enumerable.Range(0, Many).ToImmutableSortedDictionary(Numbered, _ => member),
        };
        var next = await NextAsync(store);
        var panel = next.Panel with
        {
            Incidents = next.Panel.Incidents.Add("big", incident),
            Targets = Enumerable.Range(0, Many).ToImmutableSortedDictionary(Numbered, n => new TrippedTarget
            {
                Id = Numbered(n), Uid = $"uid-{n}", IncidentId = "big", Phase = Phase.OnFallback, Since = Noon, Memory = memory,
            }),
        };
        var page = NewPage("trigger") with { Targets = [.. Enumerable.Range(0, Many).Select(n => $"{Numbered(n)}: on its fallback")] };
        var audit = Enumerable.Range(0, 3 * Many).Select(n => Audited($"write {n}", "big", Numbered(n % Many), AuditKind.Write)).ToImmutableArray();
        Assert.True(await store.SaveAsync(next with { Panel = panel, Pages = [page], Channels = ["slack"], Audit = audit }, None));

        var other = Connect();
        var kept = (await other.LoadAsync(None)).Panel;
        Assert.Equal((Many, Many), (kept.Incidents["big"].Members.Count, kept.Targets.Count));
        Same.Assert(panel.Targets[Numbered(7_777)], kept.Targets[Numbered(7_777)]);
        Assert.Equal(Many, Assert.Single(await other.DuePagesAsync(Noon, 10, None)).Page.Targets.Length);
        Assert.Equal([7_778L, 17_778, 27_778], (await other.AuditAsync(new AuditQuery { Target = Numbered(7_777) }, None)).Select(a => a.Sequence));

        var closing = await NextAsync(other);
        await EndAsync(other, Assert.Single(await other.DuePagesAsync(Noon, 10, None)), DeliveryState.Delivered);
        Assert.True(await other.SaveAsync(closing with { Panel = Panel.Empty(Cluster), Closed = [incident with { ClosedAt = Noon }] }, None));
        Assert.InRange((await ReadPanelJsonAsync())!.Length, 1, 1_000);
        Assert.Equal(Many, (await store.ClosedIncidentAsync("big", None))!.Members.Count);
        Assert.Empty(await store.DuePagesAsync(Noon.AddDays(1), 10, None));
    }
}
