using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.State;

/// <summary>How much a store keeps and for how long, whatever it is.</summary>
public sealed record StateLimits
{
    /// <summary>
    /// Undecided signals kept at once; alerts beyond it are refused, so that Alertmanager keeps them and sends them again. The last fifth is for
    /// what may trip: alerts that only page are refused before. Orders are always kept.
    /// </summary>
    public int InboxBound { get; init; } = 10_000;

    /// <summary>
    /// Notices that may wait for one channel: pages of no incident, of severity Warning or less. A further one is counted and not queued
    /// there, and neither is its resolve. Pages of incidents, and all that is graver, are always queued.
    /// </summary>
    public int NoticeBound { get; init; } = 500;

    /// <summary>How long delivered and dead pages are kept. The audit trail keeps what became of them for longer.</summary>
    public TimeSpan PageRetention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long closed incidents are kept.</summary>
    public TimeSpan IncidentRetention { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long audit records are kept.</summary>
    public TimeSpan AuditRetention { get; init; } = TimeSpan.FromDays(400);

    /// <summary>What is weaker than this keeps the host from starting.</summary>
    public Durability Durability { get; init; } = Durability.Standard;

    internal int InboxBoundFor(IReadOnlyList<Signal> signals) =>
        signals.Any(signal => signal is AlertSignal alert && Causes.Trips(alert.Cause)) ? InboxBound : InboxBound - (InboxBound / 5);
}

/// <summary>Where the SQLite store keeps its file.</summary>
public sealed record SqliteSettings
{
    /// <summary>The database file. Its folder is made when it is missing. A local disk: SQLite's locks don't hold on network shares.</summary>
    public required string Path { get; init; }

    /// <summary>How long a call waits for another process that holds the file before it counts as unavailable.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    public StateLimits Limits { get; init; } = new();
}

/// <summary>Where the Redis store finds its server: Redis 6.0 or newer, one primary (with or without replicas) or a Redis Cluster.</summary>
public sealed record RedisSettings
{
    /// <summary>
    /// "host:port", or "host" for port 6379; an IPv6 address in brackets. Of a primary and its replicas name all: whichever is the primary is
    /// found among them. Of a cluster some are enough.
    /// </summary>
    public required ImmutableArray<string> Endpoints { get; init; }

    /// <summary>Encrypts, and checks that the server's certificate is of the endpoint's host and of a trusted authority.</summary>
    public bool Tls { get; init; }

    /// <summary>A PEM file with the authorities to trust instead of the machine's.</summary>
    public string? CaFile { get; init; }

    /// <summary>
    /// The ACL user; null for the default user. The keys it needs are
    /// ~{sophia-keda-reactor:CLUSTER}:* with the cluster's name percent-encoded; opening says whether its commands are enough.
    /// </summary>
    public string? User { get; init; }

    /// <summary>Asked for at each connection, so that a new one counts without a restart. A secret.</summary>
    public LiveSecret? Password { get; init; }

    /// <summary>How many replicas must have acknowledged each write before it counts (WAIT). 0: the primary's word is enough.</summary>
    public int Replicas { get; init; }

    /// <summary>How long a write waits for its replicas. Other calls of this process wait behind it, so not more than a few seconds.</summary>
    public TimeSpan ReplicaTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long one call may take, connecting included, before it counts as unavailable.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    public StateLimits Limits { get; init; } = new();
}
