using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Functions.Views;

public sealed record EvidenceView(
    string Source,
    string What,
    string Reach,
    DateTimeOffset Since,
    DateTimeOffset LastSeen,
    DateTimeOffset? EndedAt,
    DateTimeOffset? Until);

public sealed record MemberView(string Namespace, string Name, MemberState State, Reason Reason, string Note, DateTimeOffset Since, int Failures, DateTimeOffset? RetryAt);

/// <summary>An incident as people read it.</summary>
public sealed record IncidentView
{
    public required string Id { get; init; }

    public required string Cluster { get; init; }

    public required Cause Cause { get; init; }

    /// <summary>The operator that it is about, where each has a share.</summary>
    public string? Operator { get; init; }

    public required string Why { get; init; }

    public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>When its evidence came back right after it had closed.</summary>
    public DateTimeOffset? ReopenedAt { get; init; }

    public DateTimeOffset? FallbackInPlaceAt { get; init; }

    /// <summary>When the replicas that the fallbacks ask for were first seen ready, all of them.</summary>
    public DateTimeOffset? ReplicasThereAt { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    public required Stage Stage { get; init; }

    public DateTimeOffset? StageSince { get; init; }

    /// <summary>The share of the present wave is the policy's at this index.</summary>
    public int? Wave { get; init; }

    public DateTimeOffset? NotBefore { get; init; }

    public int Attempts { get; init; }

    public Hold? Hold { get; init; }

    public string? AcknowledgedBy { get; init; }

    public bool ObserveOnly { get; init; }

    /// <summary>"Left on fallback": what did not come back from an incident that is over.</summary>
    public bool Left { get; init; }

    public required string DedupKey { get; init; }

    public required ImmutableArray<EvidenceView> Evidence { get; init; }

    public required ImmutableArray<MemberView> Targets { get; init; }

    public static IncidentView Of(Incident incident) => new()
    {
        Id = incident.Id,
        Cluster = incident.Cluster,
        Cause = incident.Cause,
        Operator = incident.Operator,
        Why = incident.Why,
        OpenedAt = incident.OpenedAt,
        ReopenedAt = incident.ReopenedAt,
        FallbackInPlaceAt = incident.FallbackInPlaceAt,
        ReplicasThereAt = incident.ReplicasThereAt,
        ClosedAt = incident.ClosedAt,
        Stage = incident.Recovery.Stage,
        StageSince = incident.Recovery.Since,
        Wave = incident.Recovery.Stage == Stage.Wave ? incident.Recovery.Wave : null,
        NotBefore = incident.Recovery.NotBefore,
        Attempts = incident.Attempts,
        Hold = incident.Hold,
        AcknowledgedBy = incident.AcknowledgedBy,
        ObserveOnly = incident.ObserveOnly,
        Left = incident.Left,
        DedupKey = incident.DedupKey,
        Evidence =
        [
            .. incident.Evidence.Values.Select(evidence => new EvidenceView(
                evidence.Source.ToString().ToLowerInvariant(),
                evidence.What,
                evidence.Only is null ? evidence.Reach.ToString() : incident.Operator is { } name ? $"what {name} serves" : "what no other operator serves",
                evidence.Since,
                evidence.LastSeen,
                evidence.EndedAt,
                evidence.Until)),
        ],
        Targets =
        [
            .. incident.Members.Select(member => new MemberView(
                member.Key.Namespace, member.Key.Name, member.Value.State, member.Value.Reason, member.Value.Note, member.Value.Since, member.Value.Failures, member.Value.RetryAt)),
        ],
    };
}
