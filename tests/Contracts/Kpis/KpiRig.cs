using System.Collections.Immutable;
using Sophia.Keda.Reactor.Contracts.Tests.State;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Kpis;

/// <summary>A trail with what a test says, as decisions would have written it.</summary>
internal sealed class KpiRig : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public KpiRig() => Store = new SqliteStore(
        "prod", new SqliteSettings { Path = Path.Combine(folder.Path, "state.db"), Limits = new StateLimits { Durability = Durability.Relaxed } }, Time);

    public static DateTimeOffset Monday { get; } = new(2026, 8, 3, 9, 0, 0, TimeSpan.Zero);

    public ManualTime Time { get; } = new(Monday);

    public SqliteStore Store { get; }

    public Task WriteAsync(params AuditRecord[] records) => Store.AppendAuditAsync(records, CancellationToken.None);

    public static AuditRecord Of(Reason reason, DateTimeOffset at, string? incident = null, AuditKind kind = AuditKind.Decision, params (string Key, string Value)[] facts) => new()
    {
        At = at,
        Kind = kind,
        Reason = reason,
        Actor = "reactor",
        IncidentId = incident,
        Text = $"{reason}",
        Facts = facts.ToImmutableSortedDictionary(fact => fact.Key, fact => fact.Value),
    };

    /// <summary>One whole incident of one target.</summary>
    public static AuditRecord[] Incident(string id, DateTimeOffset opened, int detect, int fallback, int minutes, string cause = "operator-unhealthy", int? outage = null) =>
    [
        Of(Reason.IncidentOpened, opened, id, facts: [("cause", cause), ("since", $"{opened.AddSeconds(-detect):O}")]),
        Of(Reason.FallbackInPlace, opened.AddSeconds(fallback), id, facts: ("tripped", $"{opened:O}")),
        Of(Reason.IncidentClosed, opened.AddMinutes(minutes), id, facts: [("cause", cause), ("opened", $"{opened:O}"), ("evidenceGone", outage is { } gone ? $"{opened.AddMinutes(gone):O}" : "")]),
    ];

    public static AuditRecord Order(Reason reason, DateTimeOffset at, bool accepted = true) =>
        Of(reason, at, kind: AuditKind.Signal, facts: ("accepted", accepted ? "true" : "false"));

    public void Dispose()
    {
        Store.Dispose();
        folder.Dispose();
    }
}
