using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Functions.Views;

/// <param name="Audit">The last records of the target, the latest last.</param>
public sealed record WhyAnswer(Explanation Why, ImmutableArray<AuditView> Audit);

/// <summary>Why one target is as it is, what comes next, and what would change it: as JSON, or as text for a terminal (Accept: text/plain).</summary>
public sealed class WhyFunction(Door door, Sight sight, IStateStore store, Policy policy, TimeProvider time)
{
    private const int Records = 10;

    [Function("Why")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "breakers/{namespace}/{name}/why")] HttpRequest request,
        string @namespace,
        string name,
        CancellationToken stop) =>
        door.OpenAsync(request, Role.Viewer, stop, async (_, cancel) =>
        {
            if (new QueryFields(request).Problem is { } problem) return problem;
            var panel = (await store.LoadAsync(cancel)).Panel;
            if (await sight.LookAsync(cancel) is not { } look) return BreakersFunction.Unseen;
            var seen = look.Seen;
            var id = new TargetId(@namespace, name);
            var now = time.GetUtcNow();
            if (Explain.Of(panel, seen, policy, id, now) is not { } why) return BreakerFunction.Unknown(@namespace, name, seen);
            why = why with { Stale = look.StaleBecause };
            var records = (await store.AuditAsync(new AuditQuery { Target = id, Limit = Records, Latest = true }, cancel)).OrderBy(record => record.Sequence).ToList();
            return WantsText(request.GetTypedHeaders())
                ? Results.Text(ExplanationText.Write(why, records.Select(record => record.Record), now), "text/plain; charset=utf-8")
                : Answer.Of(new WhyAnswer(why, [.. records.Select(AuditFunction.ViewOf)]));
        });

    /// <summary>JSON unless text is liked better: curl's */* gets JSON.</summary>
    private static bool WantsText(RequestHeaders headers) => headers.Accept
        .OrderByDescending(type => type.Quality ?? 1)
        .Select(type => type.MediaType.Value)
        .FirstOrDefault(type => type is "text/plain" or "application/json" or "*/*") == "text/plain";
}
