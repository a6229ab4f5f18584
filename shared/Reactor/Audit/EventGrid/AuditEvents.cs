using Azure.Messaging;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Audit.EventGrid;

/// <summary>An audit record as a CloudEvent 1.0. Its number and hash go along, so that whoever gets it holds a head of the trail.</summary>
public static class AuditEvents
{
    public const string Type = "ai.sophia-intel.reactor.audit.v1";

    public static CloudEvent Of(string cluster, string chain, StoredAudit stored) => new(
        $"/clusters/{Uri.EscapeDataString(cluster)}/reactor",
        Type,
        BinaryData.FromString(AuditLine.Of(stored)),
        "application/json",
        CloudEventDataFormat.Json)
    {
        // The same record has the same id, however often it is sent.
        Id = $"{chain}-{stored.Sequence}",
        Time = stored.Record.At,
        Subject = SubjectOf(stored.Record),
    };

    private static string SubjectOf(AuditRecord record) => record switch
    {
        { IncidentId: { } incident, Target: { } target } => $"incidents/{incident}/targets/{target}",
        { IncidentId: { } incident } => $"incidents/{incident}",
        { Target: { } target } => $"targets/{target}",
        _ => "reactor",
    };
}
