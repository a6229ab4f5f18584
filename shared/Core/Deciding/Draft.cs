using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>A decision in the making. It lives within one call of <see cref="Decide"/> and never leaves it.</summary>
internal sealed class Draft(DecisionInput input)
{
    private readonly List<Page> _pages = [];
    private readonly List<AuditRecord> _audit = [];
    private readonly List<Verdict> _verdicts = [];
    private readonly List<Incident> _closed = [];
    private readonly List<TargetEvent> _events = [];
    private Dictionary<string, int>? _added;

    public Panel Panel { get; set; } = input.Panel;

    public Observation? Seen { get; } = input.Observation;

    public Policy Policy { get; } = input.Policy;

    public DateTimeOffset Now { get; } = input.Now;

    /// <summary>What the store knows of trips that are over.</summary>
    public Past Past { get; } = input.Past;

    /// <summary>Since when there is no store; null while there is.</summary>
    public DateTimeOffset? StoreDownSince { get; } = input.StoreDownSince;

    /// <summary>True when this run counts as a probe; set by <see cref="Probe"/>.</summary>
    public bool IsProbe { get; set; }

    /// <summary>True when the cluster was not seen for too long before this look; set by <see cref="Probe"/>.</summary>
    public bool Gap { get; set; }

    /// <summary>What was decided so far.</summary>
    public IReadOnlyList<AuditRecord> Audited => _audit;

    /// <summary>Orders of this run, answered when everything else is decided.</summary>
    public List<PendingAnswer> PendingAnswers { get; } = [];

    public Incident Incident(string id) => Panel.Incidents[id];

    public void Put(Incident incident) =>
        Panel = Panel with { Incidents = Panel.Incidents.SetItem(incident.Id, incident) };

    public void Put(TrippedTarget target)
    {
        Panel = Panel with { Targets = Panel.Targets.SetItem(target.Id, target) };
        _added = null;
    }

    /// <summary>A target that is tripped now.</summary>
    public void Trip(TrippedTarget target)
    {
        var added = _added;
        Put(target);
        if (added is not null)
            added[target.IncidentId] = added.GetValueOrDefault(target.IncidentId) + target.Memory.AddedReplicas;
        _added = added;
    }

    /// <summary>Replicas that an incident has added over what ran. Counted once, not for each of ten thousand targets.</summary>
    public int AddedReplicas(string incident)
    {
        _added ??= Panel.Targets.Values.GroupBy(t => t.IncidentId, t => t.Memory.AddedReplicas, StringComparer.Ordinal)
            .ToDictionary(added => added.Key, added => added.Sum(), StringComparer.Ordinal);
        return _added.GetValueOrDefault(incident);
    }

    public void Forget(TargetId target)
    {
        Panel = Panel with { Targets = Panel.Targets.Remove(target) };
        _added = null;
    }

    public void Close(Incident incident)
    {
        Panel = Panel with { Incidents = Panel.Incidents.Remove(incident.Id), PagedOn = Panel.PagedOn.Remove(incident.DedupKey) };
        _closed.Add(incident);
        Reopening.Remember(this, incident);
    }

    public void SetMember(string incidentId, TargetId target, MemberState state, Reason reason, string note)
    {
        var incident = Incident(incidentId);
        Put(incident with
        {
            Members = incident.Members.SetItem(target, incident.Members.TryGetValue(target, out var known)
                ? known with { State = state, Reason = reason, Note = note, Since = Now }
                : new Member { State = state, Reason = reason, Note = note, Since = Now }),
        });
    }

    public void Audit(
        AuditKind kind,
        Reason reason,
        string text,
        string? incident = null,
        TargetId? target = null,
        string actor = "reactor",
        params ReadOnlySpan<(string Key, string Value)> facts)
    {
        var kept = ImmutableSortedDictionary<string, string>.Empty;
        foreach (var (key, value) in facts)
            kept = kept.SetItem(key, value);
        _audit.Add(new AuditRecord
        {
            At = Now, Kind = kind, Reason = reason, Actor = actor, IncidentId = incident, Target = target, Text = text, Facts = kept,
        });
    }

    public void Say(Page page)
    {
        if (!Policy.OnTrip.Contains(TripAction.SendAlert))
            return;
        if (Panel.WritesStop is { } stop && !page.Happened.Contains(stop.Words(Now), StringComparison.Ordinal))
            page = page with { Did = $"{page.Did} But {stop.Words(Now)}. Nothing is written to the cluster until they are allowed again.".TrimStart() };
        page = Routing.Route(this, page);
        _pages.Add(page);
        NoteUnheard(page);
        Audit(AuditKind.Page, Reason.PageQueued, $"{page.Kind}: {page.Title}", page.IncidentId, facts: page.Channels is { } channels
            ? [("page", page.Id), ("channels", string.Join(", ", channels))]
            : [("page", page.Id)]);
    }

    /// <summary>An incident whose page goes to no channel at all: the last resort tells of it, until one of its pages finds a channel.</summary>
    private void NoteUnheard(Page page)
    {
        if (page.IncidentId is not { } id || !Panel.Incidents.TryGetValue(id, out var incident))
            return;
        var reaches = (page.Channels?.Count ?? Policy.AlertChannels.Length) > 0;
        Put(incident with { UnheardSince = reaches ? null : incident.UnheardSince ?? Now });
    }

    public void Judge(Verdict verdict, string actor)
    {
        _verdicts.Add(verdict);
        Audit(
            AuditKind.Signal,
            verdict.Reason,
            verdict.Because,
            verdict.IncidentId,
            actor: actor,
            facts: [("key", verdict.Key), ("accepted", verdict.Accepted ? "true" : "false")]);
    }

    /// <summary>Says in an accepted signal's verdict and record which incident it led to, once that is known.</summary>
    public void NameIncident(string key, string incident)
    {
        var verdict = _verdicts.FindIndex(v => v.Key == key && v is { Accepted: true, IncidentId: null });
        if (verdict < 0)
            return;
        _verdicts[verdict] = _verdicts[verdict] with { IncidentId = incident };
        var record = _audit.FindIndex(a => a is { Kind: AuditKind.Signal, IncidentId: null } && a.Facts.GetValueOrDefault("key") == key);
        _audit[record] = _audit[record] with { IncidentId = incident };
    }

    public void Tell(TargetEvent told) => _events.Add(told);

    public Decision ToDecision() => new(Panel, [.. _pages], [.. _audit], [.. _verdicts], [.. _closed]) { Events = [.. _events] };
}

/// <summary>An order that was taken in this run, to be answered at its end.</summary>
internal sealed record PendingAnswer(Order Order, bool Accepted, Reason Reason, string Detail, string? IncidentId, Selection? Selection)
{
    /// <summary>Where that is not by its selection: the targets that it is about.</summary>
    public ImmutableSortedSet<TargetId>? Only { get; init; }

    /// <summary>All incidents that it is about, when there are several.</summary>
    public ImmutableArray<string> Incidents { get; init; } = IncidentId is null ? [] : [IncidentId];

    /// <summary>What happens next, for an order about no incident.</summary>
    public string? Next { get; init; }

    /// <summary>The id of the maintenance that it is about.</summary>
    public string? Maintenance { get; init; }
}
