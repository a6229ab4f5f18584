using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Sandbox.Story.Invariants;

/// <summary>One page as it was made for one channel, with how it ended.</summary>
public sealed record PageFact(string Channel, string DedupKey, PageKind Kind);

/// <summary>What the reactor says of itself, to be held against what the cluster saw.</summary>
public sealed record ReactorFacts
{
    public required IReadOnlyList<StoredAudit> Audit { get; init; }

    public required IReadOnlyList<Incident> Closed { get; init; }

    public required Panel Panel { get; init; }

    /// <summary>Pages in the order in which each channel got them.</summary>
    public required IReadOnlyList<PageFact> Pages { get; init; }

    public required ImmutableArray<string> Channels { get; init; }

    /// <summary>True when the store was lost or rolled back: pages whose delivery it forgot come again.</summary>
    public bool StoreWasLost { get; init; }

    /// <summary>Writes by the reactor that the API server accepted.</summary>
    public required int AcceptedWrites { get; init; }
}

/// <summary>Invariants 5 to 7 and 9, from the audit trail, the pages that arrived and the API server's own count of writes.</summary>
public static class ReactorInvariants
{
    public static IEnumerable<Violation> Check(ReactorFacts facts, Policy policy) =>
        [.. Signals(facts), .. Pages(facts), .. WavesKeepTheirShare(facts, policy), .. Audit(facts)];

    private static IEnumerable<Violation> Signals(ReactorFacts facts) =>
        facts.Audit
            .Where(a => a.Record is { Kind: AuditKind.Signal, Reason: Reason.AlertAccepted })
            .GroupBy(a => a.Record.Facts["key"] + a.Record.At.UtcTicks)
            .Where(g => g.Count() > 1)
            .Select(g => new Violation(5, $"signal {g.Key} was decided {g.Count()} times"));

    private static IEnumerable<Violation> Pages(ReactorFacts facts)
    {
        foreach (var incident in facts.Closed)
        {
            // It was told to be over once more each time that it was reopened.
            var ends = 1 + facts.Audit.Count(a => a.Record is { Reason: Reason.IncidentReopened } && a.Record.IncidentId == incident.Id);
            foreach (var channel in facts.Channels)
            {
                var pages = facts.Pages.Where(p => p.Channel == channel && p.DedupKey == incident.DedupKey).Select(p => p.Kind).ToList();
                if (pages.Count == 0)
                    yield return new Violation(6, $"incident {incident.Id} never paged {channel}");
                else if (pages[0] != PageKind.Trigger || pages[^1] != PageKind.Resolve || (pages.Count(p => p == PageKind.Resolve) != ends && !facts.StoreWasLost))
                    yield return new Violation(6, $"incident {incident.Id} paged {channel} in the order {string.Join(", ", pages)}");
            }
        }
    }

    private static IEnumerable<Violation> WavesKeepTheirShare(ReactorFacts facts, Policy policy)
    {
        foreach (var incident in facts.Closed)
        {
            if (Causes.ScopeOf(incident.Cause) == Scope.Target && incident.Cause != Cause.Manual
                && incident.Members.Keys.Any(m => !incident.Evidence.Values.Any(e => e.Reach.Covers(m))))
                yield return new Violation(7, $"incident {incident.Id} touched a target that no evidence named");

            // Counted from what was handed back, not from what the wave announced.
            // What it left on its fallback was moved too.
            var moved = incident.Members.Values.Count(m => m.State != MemberState.LeftAlone || m.Reason == Reason.PutBackOnFallback);
            var started = -1;
            var back = new HashSet<TargetId>();

            // One that had to wait (it could not be read, somebody held it) goes back later as a canary of its own, beside those that are back.
            var beforeCanary = 0;
            foreach (var record in facts.Audit.Select(a => a.Record).Where(r => r.IncidentId == incident.Id))
            {
                if (record.Reason == Reason.WaveStarted)
                    started = policy.Waves.IndexOf(int.Parse(record.Text.AsSpan(5, record.Text.IndexOf('%') - 6)));
                else if (record.Reason == Reason.CanaryStarted)
                    (started, beforeCanary) = (-1, back.Count);
                else if (record is { Reason: Reason.TargetHandedBack, Target: { } target })
                    back.Add(target);
                else if (record is { Reason: Reason.HandbackFailed, Target: { } failed })
                    back.Remove(failed);
                else if (record is { Reason: Reason.PutBackOnFallback })
                    (started, back, beforeCanary) = (-1, [], 0);
                var allowed = started < 0 ? beforeCanary + 1 : Share(moved, policy.Waves[started]);
                if (back.Count > Math.Max(1, allowed))
                    yield return new Violation(7, $"incident {incident.Id} had {back.Count} of {moved} targets back in {(started < 0 ? "the canary" : $"wave {policy.Waves[started]} %")}");
            }
        }
    }

    /// <summary>Reckoned here and not asked of the core: a check that shares its code with what it checks proves nothing.</summary>
    private static int Share(int targets, int percent) => (int)Math.Ceiling(targets * percent / 100.0);

    private static IEnumerable<Violation> Audit(ReactorFacts facts)
    {
        for (var i = 0; i < facts.Audit.Count; i++)
        {
            if (facts.Audit[i].Sequence != i + 1)
            {
                yield return new Violation(9, $"the audit has a gap before {facts.Audit[i].Sequence}");
                break;
            }
        }

        var audited = facts.Audit.Count(a => a.Record is { Kind: AuditKind.Write, Reason: Reason.WriteDone });
        if (audited < facts.AcceptedWrites)
            yield return new Violation(9, $"the API server accepted {facts.AcceptedWrites} writes of the reactor, the audit knows {audited}");
    }
}
