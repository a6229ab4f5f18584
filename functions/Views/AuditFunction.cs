using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions.Views;

public sealed record AuditView(
    long Sequence,
    DateTimeOffset At,
    AuditKind Kind,
    Reason Reason,
    string Actor,
    string? Incident,
    string? Namespace,
    string? Name,
    string Text,
    ImmutableSortedDictionary<string, string> Facts,
    string? Hash);

/// <param name="After">Ask with this `after` for the records that follow.</param>
public sealed record AuditAnswer(ImmutableArray<AuditView> Records, long After);

/// <summary>The audit trail, page by page.</summary>
public sealed class AuditFunction(Door door, IStateStore store, TimeProvider time)
{
    [Function("Audit")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "audit")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Viewer, stop, async (_, cancel) =>
        {
            var fields = new QueryFields(request, [.. AuditFilter.Names, "after", "limit", "latest"]);
            var query = QueryOf(fields, time.GetUtcNow());
            if (fields.Problem is { } problem) return problem;
            ImmutableArray<AuditView> records = [.. (await store.AuditAsync(query, cancel)).Select(ViewOf)];
            return Answer.Of(new AuditAnswer(records, records.IsEmpty ? query.After : records.Max(record => record.Sequence)));
        });

    private static AuditQuery QueryOf(QueryFields fields, DateTimeOffset now)
    {
        var (after, latest) = (fields.Number("after", 0, long.MaxValue, otherwise: 0), fields.Flag("latest"));
        if (latest && fields.Line("after") is not null) fields.Fault("after, latest: contradict each other");
        return AuditFilter.Read(fields, now) with { After = after, Limit = (int)fields.Number("limit", 1, 1000, otherwise: 200), Latest = latest };
    }

    internal static AuditView ViewOf(StoredAudit stored) => new(
        stored.Sequence,
        stored.Record.At,
        stored.Record.Kind,
        stored.Record.Reason,
        stored.Record.Actor,
        stored.Record.IncidentId,
        stored.Record.Target?.Namespace,
        stored.Record.Target?.Name,
        stored.Record.Text,
        stored.Record.Facts,
        stored.Hash);
}
