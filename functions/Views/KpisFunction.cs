using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Kpis;

namespace Sophia.Keda.Reactor.Functions.Views;

/// <param name="TrailFrom">Where the audit trail begins: numbers of it can't be of earlier.</param>
public sealed record KpisAnswer(string Cluster, DateTimeOffset From, DateTimeOffset To, DateTimeOffset? TrailFrom, ImmutableArray<Kpi> Kpis);

/// <summary>What the audit trail knows of the specification's success metrics for a period, beside the period before. By default the last seven days.</summary>
public sealed class KpisFunction(Door door, KpiBoard board, AuditKeeper keeper, Policy policy, TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(400);

    [Function("Kpis")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "kpis")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Viewer, stop, async (_, cancel) =>
        {
            var fields = new QueryFields(request, "from", "to");
            var now = time.GetUtcNow();
            var to = fields.Time("to", now) ?? now;
            var from = fields.Time("from", now) ?? to - KpiBoard.Week;
            if (from >= to) fields.Fault("from, to: nothing lies between them");
            else if (to - from > Longest) fields.Fault("from, to: more than 400 days lie between them");
            if (fields.Problem is { } problem) return problem;
            await keeper.SealAsync(cancel);
            var report = await board.ReportAsync(new KpiPeriod(from, to), cancel);
            return Answer.Of(new KpisAnswer(policy.Cluster, from, to, report.TrailFrom, report.Rows));
        });
}
