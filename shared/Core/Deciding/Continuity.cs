using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>What one process remembers by itself of the panel that it read or saved last.</summary>
public sealed record OwnMemory
{
    /// <summary>The store's unbroken life at that time; empty when the store has been down ever since this process began.</summary>
    public required string Chain { get; init; }

    public required long Revision { get; init; }

    public required Panel Panel { get; init; }

    /// <summary>What its pages are numbered under should it be the one that begins the store anew: never used before, by anybody.</summary>
    public string Series { get; init; } = "";

    /// <summary>True when it has gone on without the store since then.</summary>
    public bool Ahead { get; init; }

    /// <summary>Pages that wait since the store went down.</summary>
    public ImmutableArray<Page> Pages { get; init; } = [];

    /// <summary>Every page of the time without the store, whoever has it by now.</summary>
    public ImmutableArray<Page> Said { get; init; } = [];

    /// <summary>Pages that this process queued in the store in the last minutes.</summary>
    public ImmutableArray<Page> Recent { get; init; } = [];

    /// <summary>What was open and ended in the last minutes, as far as this process knows.</summary>
    public ImmutableArray<PagedMatter> Ended { get; init; } = [];

    /// <summary>What was done while the store was down.</summary>
    public ImmutableArray<AuditRecord> Audit { get; init; } = [];
}

/// <summary>The panel to go on from, and what has to be saved with the next decision.</summary>
public sealed record Continued(Panel Panel)
{
    /// <summary>True: what was stored before is lost in part or whole; a new chain begins.</summary>
    public bool NewChain { get; init; }

    public ImmutableArray<Page> Pages { get; init; } = [];

    /// <summary>Comes before the decision's own records; a new chain begins by naming the loss.</summary>
    public ImmutableArray<AuditRecord> Audit { get; init; } = [];
}

/// <summary>
/// Brings together what the store says and what this process remembers. A store may have been down (we went on without it), lost, or rolled
/// back to an older state, as a failover to a replica or a restored backup does.
/// </summary>
public static class Continuity
{
    /// <summary>Incidents that were rebuilt from marks while the store could not be asked about them, and that it does not have open.</summary>
    public static IEnumerable<string> RebuiltAlone(Panel stored, OwnMemory? mine) => mine is null ? [] : mine.Audit
        .Where(record => record is { Reason: Reason.IncidentRebuilt, IncidentId: not null } && !stored.Incidents.ContainsKey(record.IncidentId))
        .Select(record => record.IncidentId!).Distinct(StringComparer.Ordinal);

    /// <param name="stored">The panel as the store has it.</param>
    /// <param name="revision">Of the store.</param>
    /// <param name="chain">Of the store.</param>
    /// <param name="mine">What this process remembers; null when it is new.</param>
    /// <param name="policy">Says how the end of something is told.</param>
    /// <param name="now">The time.</param>
    /// <param name="closed">Those of <see cref="RebuiltAlone"/> that the store knows as closed.</param>
    public static Continued Of(Panel stored, long revision, string chain, OwnMemory? mine, Policy policy, DateTimeOffset now, IReadOnlySet<string>? closed = null)
    {
        ImmutableArray<AuditRecord> begun = revision > 0 ? [] : [Record(now, Reason.TrailBegun, "A new audit trail begins: the store held nothing. If it held something before, that is lost; what the cluster remembers is adopted.")];
        if (mine is null)
            return new Continued(stored) { Audit = begun, Pages = WithoutStore.OfThoseWhoEnded(stored, policy, now) };

        // Mended by another instance already, or not: what this one queued lately is gone with the rest.
        var lost = mine.Chain.Length > 0 && (chain != mine.Chain || revision < mine.Revision);
        var continued = GoOn(stored, revision, chain, mine, begun, now) with
        {
            Pages = lost ? [.. mine.Recent.Concat(mine.Pages).DistinctBy(page => page.Id)] : mine.Pages,
        };
        return Said(Joined(continued, stored, mine, closed, now), stored, mine, lost, policy, now);
    }

    private static Continued GoOn(Panel stored, long revision, string chain, OwnMemory mine, ImmutableArray<AuditRecord> begun, DateTimeOffset now)
    {
        if (mine.Chain.Length == 0)
            return new Continued(stored) { Audit = [.. begun, Back(now), .. mine.Audit] }; // the store was down from our start on
        if (chain == mine.Chain && revision < mine.Revision)
            return Lost(mine, now, Reason.StoreRolledBack, $"The store went back from revision {mine.Revision} to {revision}: an older copy of it was put in place. What was decided between is taken from memory; the trail of that time is lost, and a new one begins.", revision);
        if (chain != mine.Chain && revision == 0)
            return Lost(mine, now, Reason.StoreLost, $"The store was lost: it held revision {mine.Revision} and holds nothing now. The panel is taken from memory; the trail until now is lost, and a new one begins.", revision);
        if (!mine.Ahead)
            return new Continued(stored);
        var unchanged = chain == mine.Chain && revision == mine.Revision;
        return new Continued(unchanged ? mine.Panel : stored) { Audit = [Back(now), .. mine.Audit] };
    }

    /// <summary>Whatever goes out again, or was said without the store, ends in its latest state.</summary>
    private static Continued Said(Continued continued, Panel stored, OwnMemory mine, bool lost, Policy policy, DateTimeOffset now)
    {
        var series = continued.NewChain ? mine.Series : continued.Panel.PageSeries;
        if (!policy.OnTrip.Contains(TripAction.SendAlert))
            return continued with { Panel = continued.Panel with { PageSeries = series } };
        var told = mine.Said.GroupBy(page => page.DedupKey).Select(key => key.Last()).Where(page => page.Kind != PageKind.Resolve).Select(PagedMatter.Of);
        // What only this process knew as open, and the panel that others began anew does not, nobody would ever close.
        if (lost)
            told = told.Concat(mine.Ended).Concat(PagedMatter.OpenIn(mine.Panel).Values);
        // The store may hold pages of it that wait since then, and go out only now.
        if (lost || mine.Ahead)
            told = told.Concat(PagedMatter.OpenIn(stored).Values);
        var before = continued.Pages.Select(page => page.Id).ToHashSet(StringComparer.Ordinal);
        var (panel, pages) = Resending.ToLatest(continued.Panel, continued.Pages, series, told, policy, now);
        return continued with
        {
            Panel = panel,
            Pages = pages,
            Audit = [.. continued.Audit, .. pages.Where(page => !before.Contains(page.Id)).Select(page =>
                Record(now, Reason.PageQueued, $"{page.Kind}: {page.Title}", ("page", page.Id)) with { Kind = AuditKind.Page, IncidentId = page.IncidentId })],
        };
    }

    private static AuditRecord Back(DateTimeOffset now) =>
        Record(now, Reason.StoreBack, "The store can be used again. What was decided and done without it follows.");

    private static Continued Lost(OwnMemory mine, DateTimeOffset now, Reason reason, string words, long revision) => new(mine.Panel)
    {
        NewChain = true,
        Audit = [Record(now, reason, words, ("lost", $"{mine.Revision}"), ("found", $"{revision}"), ("chain", mine.Chain)), .. mine.Audit],
    };

    /// <summary>
    /// Others went on with the store while we went on without it. Theirs holds; what we opened meanwhile is added, or goes on as what they
    /// opened for the same cause. Then our page is resolved: two pages for one trouble would wait for two ends.
    /// </summary>
    private static Continued Joined(Continued continued, Panel stored, OwnMemory mine, IReadOnlySet<string>? closed, DateTimeOffset now)
    {
        if (!mine.Ahead || !ReferenceEquals(continued.Panel, stored))
            return continued;
        var (panel, pages) = (stored, continued.Pages);
        foreach (var incident in mine.Panel.Incidents.Values.Where(i => closed?.Contains(i.Id) is true))
            pages = pages.Add(OverBefore(incident, now));
        foreach (var incident in mine.Panel.Incidents.Values.Where(i => !stored.Incidents.ContainsKey(i.Id) && OpenedWithout(mine, i)))
        {
            if (panel.OpenIncident(incident.Cause) is { } theirs)
            {
                pages = pages.Add(Resending.GoesOn(
                    new PagedMatter(incident.DedupKey, incident.Id, incident.Cause, "", mine.Panel.PagedOn.GetValueOrDefault(incident.DedupKey)),
                    theirs,
                    "While the store could not be reached, two instances opened an incident for the same trouble.",
                    now));
                continue;
            }

            panel = panel with { Incidents = panel.Incidents.Add(incident.Id, incident) };
            foreach (var tripped in mine.Panel.Targets.Values.Where(t => t.IncidentId == incident.Id && !panel.Targets.ContainsKey(t.Id)))
                panel = panel with { Targets = panel.Targets.Add(tripped.Id, tripped) };
        }

        return continued with { Panel = panel, Pages = pages };
    }

    private static bool OpenedWithout(OwnMemory mine, Incident incident) =>
        mine.Audit.Any(record => record.Reason == Reason.IncidentOpened && record.IncidentId == incident.Id);

    private static Page OverBefore(Incident ours, DateTimeOffset now) => Resending.Resolve(PagedMatter.Of(ours), "over-before", ours.Cluster, now) with
    {
        Title = "It was over already",
        Happened = $"While the store could not be reached, {ours.Id} was rebuilt from marks in the cluster. The store can be used again and knows that it was closed before: somebody put those marks back.",
        Did = "The incident is dropped. What its targets wait for now is told in a page of its own.",
    };

    private static AuditRecord Record(DateTimeOffset now, Reason reason, string text, params ReadOnlySpan<(string Key, string Value)> facts)
    {
        var kept = ImmutableSortedDictionary<string, string>.Empty;
        foreach (var (key, value) in facts)
            kept = kept.SetItem(key, value);
        return new AuditRecord { At = now, Kind = AuditKind.Decision, Reason = reason, Actor = "reactor", Text = text, Facts = kept };
    }
}
