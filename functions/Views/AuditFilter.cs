using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions.Views;

/// <summary>What can be asked of the audit trail, the same for a page of it and for an export.</summary>
internal static class AuditFilter
{
    public static string[] Names { get; } = ["incident", "namespace", "name", "kind", "reason", "actor", "from", "to"];

    public static AuditQuery Read(QueryFields fields, DateTimeOffset now)
    {
        var (space, name) = (fields.Line("namespace"), fields.Line("name"));
        if (space is null != name is null) fields.Fault("namespace, name: only one is given; a target needs both");
        var (from, to) = (fields.Time("from", now), fields.Time("to", now));
        if (from >= to) fields.Fault("from, to: nothing lies between them");
        return new AuditQuery
        {
            IncidentId = fields.Line("incident"),
            Target = space is null || name is null ? null : new TargetId(space, name),
            Kind = fields.Word<AuditKind>("kind"),
            Reason = fields.Word<Reason>("reason"),
            Actor = fields.Line("actor"),
            From = from,
            To = to,
        };
    }
}
