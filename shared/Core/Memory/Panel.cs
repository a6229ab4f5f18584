using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Everything that one cluster's breaker remembers between two runs. A target in its normal state is not in it.
/// Saved by compare-and-swap together with the pages and audit records of the same decision.
/// </summary>
public sealed record Panel
{
    /// <summary>This layout. Raised by every change that is more than a new member with an initial value that means "as before".</summary>
    public const int CurrentVersion = 2;

    /// <summary>The oldest layout whose readers understand what is written in this one.</summary>
    public const int ReadableSince = 1;

    /// <summary>The oldest layout whose readers understand this panel.</summary>
    public int Version { get; init; } = ReadableSince;

    /// <summary>The layout that wrote it; null when that was the first, which did not say.</summary>
    public int? Writer { get; init; } = CurrentVersion;

    public required string Cluster { get; init; }

    /// <summary>Open incidents by id.</summary>
    public ImmutableSortedDictionary<string, Incident> Incidents { get; init; } = ImmutableSortedDictionary<string, Incident>.Empty;

    /// <summary>Targets that carry our marks, until the last of them is gone.</summary>
    public ImmutableSortedDictionary<TargetId, TrippedTarget> Targets { get; init; } = ImmutableSortedDictionary<TargetId, TrippedTarget>.Empty;

    /// <summary>Targets that moved or failed in the last minutes.</summary>
    public ImmutableSortedDictionary<TargetId, ProbeWindow> Windows { get; init; } = ImmutableSortedDictionary<TargetId, ProbeWindow>.Empty;

    /// <summary>Targets that can't work as they are written, and whether people were told: once.</summary>
    public ImmutableSortedDictionary<TargetId, Unworkable> CantWork { get; init; } = ImmutableSortedDictionary<TargetId, Unworkable>.Empty;

    /// <summary>Signs of trouble with KEDA itself.</summary>
    public ClusterSigns Signs { get; init; } = new();

    /// <summary>Alerts heard of, by fingerprint, until they are over and stale.</summary>
    public ImmutableSortedDictionary<string, AlertMemory> Alerts { get; init; } = ImmutableSortedDictionary<string, AlertMemory>.Empty;

    /// <summary>Open pages that belong to no incident, by key.</summary>
    public ImmutableSortedDictionary<string, Notice> Notices { get; init; } = ImmutableSortedDictionary<string, Notice>.Empty;

    /// <summary>The latest orders by requestId, with their answers.</summary>
    public ImmutableSortedDictionary<string, OrderAnswer> Orders { get; init; } = ImmutableSortedDictionary<string, OrderAnswer>.Empty;

    /// <summary>Trips of the last hours, by cause and target: repeats wait longer, and in the end for a human.</summary>
    public ImmutableSortedDictionary<string, PastTrips> PastTrips { get; init; } = ImmutableSortedDictionary<string, PastTrips>.Empty;

    /// <summary>When each target was last given back to KEDA, of the last days: marks from before that are a replay.</summary>
    public ImmutableSortedDictionary<TargetId, DateTimeOffset> HandedBack { get; init; } = ImmutableSortedDictionary<TargetId, DateTimeOffset>.Empty;

    /// <summary>Targets that carry marks of a trip that is over: somebody put them back. They are told, and not acted on.</summary>
    public ImmutableSortedDictionary<TargetId, ReplayedMarks> Replayed { get; init; } = ImmutableSortedDictionary<TargetId, ReplayedMarks>.Empty;

    /// <summary>The latest closed incident of each cause for a few minutes, by the cause: what comes back then was never over.</summary>
    public ImmutableSortedDictionary<string, Incident> RecentlyClosed { get; init; } = ImmutableSortedDictionary<string, Incident>.Empty;

    /// <summary>The kill switch; null while writes are allowed.</summary>
    public WritesStop? WritesStop { get; init; }

    /// <summary>Maintenance that was ordered and is not over, by id.</summary>
    public ImmutableSortedDictionary<string, OrderedMaintenance> Maintenance { get; init; } = ImmutableSortedDictionary<string, OrderedMaintenance>.Empty;

    /// <summary>Evidence that maintenance keeps from tripping anything, by its key, until that window is over.</summary>
    public ImmutableSortedDictionary<string, SuppressedEvidence> Suppressed { get; init; } = ImmutableSortedDictionary<string, SuppressedEvidence>.Empty;

    /// <summary>The channels that were told of an open incident or notice, by dedup key; empty while no channel has conditions.</summary>
    public ImmutableSortedDictionary<string, ImmutableSortedSet<string>> PagedOn { get; init; } = ImmutableSortedDictionary<string, ImmutableSortedSet<string>>.Empty;

    /// <summary>
    /// Between key and number of every page's id; empty while the store never failed. Two processes that go on from different memories give
    /// the same number to different pages, and a store takes only one page of an id: so whoever goes on by itself begins a series of its own.
    /// </summary>
    public string PageSeries { get; init; } = "";

    /// <summary>What was let go for want of room, by its kind (<see cref="PanelBounds"/>); empty until something was.</summary>
    public ImmutableSortedDictionary<string, LetGo> LetGo { get; init; } = ImmutableSortedDictionary<string, LetGo>.Empty;

    /// <summary>When the last run counted as a probe.</summary>
    public DateTimeOffset? LastProbeAt { get; init; }

    /// <summary>When the cluster was last seen.</summary>
    public DateTimeOffset? LastSeenAt { get; init; }

    /// <summary>Since when the cluster can't be observed.</summary>
    public DateTimeOffset? BlindSince { get; init; }

    /// <summary>What each list of ScaledObjects last held, by namespace; "" is one list of all.</summary>
    public ImmutableSortedDictionary<string, KnownList> Lists { get; init; } = ImmutableSortedDictionary<string, KnownList>.Empty;

    /// <summary>Objects that the last look could not read: at most <see cref="MostUnread"/> of them.</summary>
    public ImmutableArray<UnreadObject> Unread { get; init; } = [];

    /// <summary>How many objects the last look could not read, by kind; kinds without any are not in it.</summary>
    public ImmutableSortedDictionary<string, int> UnreadCounts { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>A cluster whose every object is odd must not fill the panel; the counts say how many more there are.</summary>
    public const int MostUnread = 20;

    /// <summary>True when some open incident wants this target on its fallback; KEDA gets it back only when none does.</summary>
    public bool WantsFallback(TargetId id)
    {
        foreach (var incident in Incidents.Values)
            if (incident.Members.TryGetValue(id, out var member) && member.State == MemberState.Protected)
                return true;
        return false;
    }

    /// <summary>
    /// The open incident of a cause (and of one operator, where each has a share); there is at most one, and one more may hold what it left on its
    /// fallback. Of orders by hand each has its own, and none is found here.
    /// </summary>
    public Incident? OpenIncident(Cause cause, string? @operator = null) =>
        cause == Cause.Manual ? null : Incidents.Values.FirstOrDefault(i => i.Cause == cause && i.Operator == @operator && !i.Left);

    /// <summary>True when an open incident of this cause, of whatever operator, stands on this evidence.</summary>
    public bool Stands(Cause cause, string evidence) => Standing(cause, evidence) is not null;

    /// <summary>The open incident of this cause, of whatever operator, that stands on this evidence; null when none does.</summary>
    public Incident? Standing(Cause cause, string evidence) => cause == Cause.Manual ? null : Incidents.Values.FirstOrDefault(i =>
        i.Cause == cause && !i.Left && i.Evidence.GetValueOrDefault(evidence) is { Standing: true });

    /// <param name="dedupKey">Of the incident or notice.</param>
    /// <param name="number">Of its pages, from 1.</param>
    public string PageId(string dedupKey, int number) => PageSeries.Length == 0 ? $"{dedupKey}#{number}" : $"{dedupKey}#{PageSeries}-{number}";

    public static Panel Empty(string cluster) => new() { Cluster = cluster };
}

/// <summary>Since when each sign of a sick KEDA has been seen without a break.</summary>
public sealed record ClusterSigns
{
    /// <summary>The lease's renewTime that we last saw, and when we first saw it: our clock, not the cluster's.</summary>
    public DateTimeOffset? LeaseRenewTime { get; init; }

    public DateTimeOffset? LeaseSeenSince { get; init; }

    /// <summary>True once we ever saw this very lease renewed: only then does its standing still say anything.</summary>
    public bool LeaseMoved { get; init; }

    /// <summary>Which lease that is ("keda-system/operator.keda.sh"); null when none counts.</summary>
    public string? Lease { get; init; }

    /// <summary>
    /// What we ever saw alive, by name, and when last: leases that moved, the operator's Deployment with a replica, the APIService Available,
    /// resources of keda.sh that were served, webhook configurations that led to KEDA. Kept across gaps and restarts; the latest <see cref="KeptAlive"/>.
    /// </summary>
    public ImmutableSortedDictionary<string, DateTimeOffset> SeenAlive { get; init; } = ImmutableSortedDictionary<string, DateTimeOffset>.Empty;

    /// <summary>More names than a cluster has parts of KEDA: two of each operator, leases of earlier releases, operators that were moved.</summary>
    public const int KeptAlive = 32;

    /// <summary>Signs that can't be judged now, each with the reason.</summary>
    public ImmutableArray<string> NotJudged { get; init; } = [];

    /// <summary>Since when so many of KEDA's HPAs get no external metric that a part which we never saw alive counts as dead.</summary>
    public DateTimeOffset? NoMetricsSince { get; init; }

    /// <summary>The same three of kube-controller-manager's lease: while that stands still, nobody's renewing means anything.</summary>
    public DateTimeOffset? ControllerRenewTime { get; init; }

    public DateTimeOffset? ControllerSeenSince { get; init; }

    public bool ControllerMoved { get; init; }

    /// <summary>Since when the operator's Deployment has had no available replica.</summary>
    public DateTimeOffset? NoReplicaSince { get; init; }

    /// <summary>The same of each operator with a share of its own, by name; empty where one serves all.</summary>
    public ImmutableSortedDictionary<string, OperatorSigns> Shards { get; init; } = ImmutableSortedDictionary<string, OperatorSigns>.Empty;

    /// <summary>Each operator has a share of its own: there is none that serves the rest, and its signs mean nothing.</summary>
    public bool OnlyShards { get; init; }

    /// <summary>What is known of who serves what, in words; empty where one operator serves all.</summary>
    public ImmutableArray<string> Shares { get; init; } = [];

    /// <summary>The operator's own signs: of the one that serves the rest for null and "".</summary>
    public OperatorSigns Of(string? @operator) => @operator is { Length: > 0 } name
        ? Shards.GetValueOrDefault(name) ?? new OperatorSigns { Name = name }
        : new OperatorSigns
        {
            Lease = Lease, LeaseRenewTime = LeaseRenewTime, LeaseSeenSince = LeaseSeenSince, LeaseMoved = LeaseMoved,
            NoReplicaSince = NoReplicaSince, NoMetricsSince = NoMetricsSince,
        };

    /// <summary>Every operator that is judged: the one that serves the rest, where there is one, and those with a share.</summary>
    public IEnumerable<OperatorSigns> Each() => OnlyShards ? Shards.Values : Shards.Values.Prepend(Of(null));

    /// <summary>Since when the APIService has not been Available.</summary>
    public DateTimeOffset? MetricsServerDownSince { get; init; }

    /// <summary>Since when the APIService has led to somebody else than KEDA's metrics server.</summary>
    public DateTimeOffset? MetricsTakenSince { get; init; }

    /// <summary>Who that is, while it is so.</summary>
    public Taken? MetricsTaken { get; init; }

    /// <summary>The command that makes the APIService KEDA's again; empty while it is, or where none is known.</summary>
    public string MetricsGiveBack { get; init; } = "";

    /// <summary>What of KEDA's registrations in the API server is not as it should be, by kind and name.</summary>
    public ImmutableSortedDictionary<string, Amiss> Amiss { get; init; } = ImmutableSortedDictionary<string, Amiss>.Empty;

    /// <summary>The APIService condition in words, while it is down.</summary>
    public string? MetricsServerReason { get; init; }
}

/// <summary>Since when each sign of one sick operator has been seen without a break; the members are those of <see cref="ClusterSigns"/>.</summary>
public sealed record OperatorSigns
{
    /// <summary>Empty for the one that serves what no other's share has.</summary>
    public string Name { get; init; } = "";

    public string? Lease { get; init; }

    public DateTimeOffset? LeaseRenewTime { get; init; }

    public DateTimeOffset? LeaseSeenSince { get; init; }

    public bool LeaseMoved { get; init; }

    public DateTimeOffset? NoReplicaSince { get; init; }

    public DateTimeOffset? NoMetricsSince { get; init; }

    /// <summary>Its share as it wrote it (<c>WATCH_NAMESPACE</c>, <c>WATCH_LABEL_SELECTOR</c>), so that it is known when its Deployment is gone.</summary>
    public string Namespaces { get; init; } = "";

    public string Selector { get; init; } = "";

    /// <summary>Its Deployment is gone, and what nobody else serves is as dead as if it had no replica.</summary>
    public bool Gone { get; init; }

    public OperatorShare? ItsShare() => Name.Length == 0 ? null : OperatorShare.Read(Namespaces, Selector, out _);
}

/// <summary>A registration of KEDA's that is missing, not served, or somebody else's: since when that is seen, and what it is.</summary>
public sealed record Amiss(DateTimeOffset Since, Registration Seen);

/// <summary>What successive probes saw of one target.</summary>
public sealed record ProbeWindow
{
    /// <summary>Rescales of the last minutes in order of time.</summary>
    public ImmutableArray<Rescale> Rescales { get; init; } = [];

    /// <summary>Count of each Event object at the last probe: growth is what happened since.</summary>
    public ImmutableSortedDictionary<string, int> EventCounts { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>True when the last probe could not read them: the next only takes stock.</summary>
    public bool EventsUnread { get; init; }

    /// <summary>Probes in a row that saw it failing.</summary>
    public int Failures { get; init; }

    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>When it was first seen failing, across gaps; null when it failed already at our very first look.</summary>
    public DateTimeOffset? BeganAt { get; init; }

    /// <summary>True when it failed already at our very first look, and has not worked since.</summary>
    public bool NeverWorked { get; init; }

    /// <summary>The failing sign in KEDA's or the HPA's words.</summary>
    public string FailingBecause { get; init; } = "";

    /// <summary>The greatest current or desired count since the first sign of trouble.</summary>
    public int PeakReplicas { get; init; }
}

/// <summary>A target that can't work as it is written: since when that is seen, why, and whether it was told.</summary>
public sealed record Unworkable(DateTimeOffset Since, string Why, bool Told);

/// <summary>One rescale, placed in time.</summary>
public sealed record Rescale(DateTimeOffset At, int Size);

/// <summary>What is remembered of an alert, so that repeats and late resolves are told from news.</summary>
public sealed record AlertMemory
{
    public required AlertSignal Alert { get; init; }

    public required DateTimeOffset LastSeen { get; init; }

    /// <summary>When its resolve was received, by our clock; null while it fires, and where an older version took the resolve.</summary>
    public DateTimeOffset? ResolvedAt { get; init; }

    /// <summary>The target it was resolved to, for target-scope causes.</summary>
    public TargetId? Target { get; init; }

    /// <summary>For KEDA's events: the time of the newest one, by the event. Null for an alert, whose startsAt says it.</summary>
    public DateTimeOffset? LatestAt { get; init; }

    /// <summary>For KEDA's events: since when it has been known to fail without a gap, by our clock.</summary>
    public DateTimeOffset? StandsSince { get; init; }

    /// <summary>A human's reset overruled it; only a newer startsAt counts again.</summary>
    public bool Overruled { get; init; }

    /// <summary>Nobody repeated or resolved it in time; a repeat brings it back.</summary>
    public bool Expired { get; init; }

    /// <summary>True while it counts.</summary>
    public bool Counts => Alert.Firing && !Overruled && !Expired;
}

/// <summary>A page without an incident, open until it resolves.</summary>
public sealed record Notice
{
    public required string DedupKey { get; init; }

    public required DateTimeOffset Since { get; init; }

    public required string Title { get; init; }

    public required Severity Severity { get; init; }

    public Cause? Cause { get; init; }

    /// <summary>How many pages it has had; part of each page's id.</summary>
    public int Pages { get; init; } = 1;

    /// <summary>How many alerts its latest page told of; 0 for a notice that no alert leads to.</summary>
    public int Alerts { get; init; }

    /// <summary>When its latest page was made; null for <see cref="Since"/>.</summary>
    public DateTimeOffset? ToldAt { get; init; }
}

/// <summary>What had to be let go because the panel keeps only so much of its kind.</summary>
/// <param name="Count">How many, ever.</param>
/// <param name="At">When the latest were.</param>
public sealed record LetGo(long Count, DateTimeOffset At);
