using Microsoft.Extensions.DependencyInjection;
using Sophia.Keda.Reactor.Sandbox.Story.Invariants;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Sandbox.Story.Ending;

/// <summary>Holds the whole story against the invariants.</summary>
public static class Verdicts
{
    /// <summary>Pages of the audit trail at a time.</summary>
    private const int PageSize = 1000;

    public static async Task<(ReactorFacts Facts, List<Violation> Violations)> JudgeAsync(Rig rig)
    {
        var audit = new List<StoredAudit>();
        while (await rig.Store.AuditAsync(new AuditQuery { After = audit.Count == 0 ? 0 : audit[^1].Sequence, Limit = PageSize }, CancellationToken.None) is { IsEmpty: false } page)
            audit.AddRange(page);
        var panel = await rig.PanelAsync();
        var closed = (await rig.Store.ClosedIncidentsAsync(PageSize, CancellationToken.None)).RemoveAll(incident => panel.Incidents.ContainsKey(incident.Id));
        var facts = new ReactorFacts
        {
            Audit = audit,
            Closed = closed,
            Panel = panel,
            Pages = [.. Arrivals.Of(rig.Receivers.Log.All(), closed)],
            Channels = rig.Policy.AlertChannels,
            AcceptedWrites = rig.AcceptedWrites,
        };
        var settings = new InvariantSettings { FloorPeriod = rig.Policy.FloorPeriod, Untouchable = rig.Untouchable, Trips = InvariantSettings.TripsIn(audit) };
        var violations = rig.Kubernetes.Look(cluster => ClusterInvariants.DuringTheStory(cluster, settings).Concat(ClusterInvariants.AtTheEnd(cluster, settings)).ToList());
        violations.AddRange(ReactorInvariants.Check(facts, rig.Policy));
        return (facts, violations);
    }
}
