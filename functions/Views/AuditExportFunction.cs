using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions.Views;

public enum AuditFormat
{
    JsonL,
    Csv,
}

/// <summary>The trail as a file, from the first record that fits to the last that was there when it was asked for.</summary>
public sealed class AuditExportFunction(Door door, IAuditTrail trail, AuditKeeper keeper, Policy policy, TimeProvider time, RequestTime patience, ILogger<AuditExportFunction> log)
{
    private const int AtOnce = 500;

    [Function("AuditExport")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "audit/export")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Viewer, stop, async (_, cancel) =>
        {
            var fields = new QueryFields(request, [.. AuditFilter.Names, "format"]);
            var query = AuditFilter.Read(fields, time.GetUtcNow()) with { Limit = AtOnce };
            var format = fields.Word<AuditFormat>("format") ?? AuditFormat.JsonL;
            if (fields.Problem is { } problem) return problem;
            // So that every line has its hash. What comes later is not waited for.
            var last = (await keeper.SealAsync(cancel)).Last;
            // Read here, so that a store that is down is a 503 and no broken file.
            var first = await trail.AuditAsync(query, cancel);
            var name = $"audit-{NameOf(policy.Cluster)}-{time.GetUtcNow().UtcDateTime:yyyyMMdd-HHmmss}.{format.ToString().ToLowerInvariant()}";
            return new ExportFile(
                format == AuditFormat.Csv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson; charset=utf-8",
                name,
                patience.Clock,
                (to, gone) => WriteAsync(to, format, query, first, last, gone));
        });

    private async Task WriteAsync(TextWriter to, AuditFormat format, AuditQuery query, ImmutableArray<StoredAudit> found, long last, CancellationToken gone)
    {
        try
        {
            if (format == AuditFormat.Csv) await to.WriteAsync(AuditCsv.Header.AsMemory(), gone);
            while (true)
            {
                foreach (var stored in found.TakeWhile(stored => stored.Sequence <= last))
                    await to.WriteAsync((format == AuditFormat.Csv ? AuditCsv.Of(stored) : AuditLine.Of(stored) + "\n").AsMemory(), gone);
                if (found.Length < AtOnce || found[^1].Sequence >= last) return;
                await to.FlushAsync(gone);
                found = await trail.AuditAsync(query with { After = found[^1].Sequence }, gone);
            }
        }
        catch (StoreUnavailableException fault)
        {
            // The status has gone out: the broken connection tells the caller that the file is not whole.
            log.LogWarning(fault, "An export of the audit trail broke off");
            throw;
        }
    }

    /// <summary>Fit for a file name and a header.</summary>
    private static string NameOf(string cluster) => string.Concat(cluster.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' ? c : '_'));
}
