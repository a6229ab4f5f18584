using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Health;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Functions.Health;

/// <param name="Reasons">Only for callers who may read.</param>
public sealed record HealthAnswer(HealthStatus Status, string? Cluster = null, ImmutableArray<HealthReason>? Reasons = null);

/// <summary>The reactor's own health: to everyone whether it is well, to those who may read also why not.</summary>
public sealed class HealthFunction(
    Door door, LoopAccess loop, StoreStatus status, Policy policy, ReactorSettings settings, LatestChannelCheck checks, Watchdog watchdog, TimeProvider time, OneLook<HealthReport> look)
{
    [Function("Health")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health")] HttpRequest request, CancellationToken stop) =>
        door.OpenToAllAsync(request, stop, async (caller, cancel) =>
        {
            var report = await look.JoinAsync(async ends => HealthReport.Of(await GatherAsync(ends)), cancel);
            var answer = caller?.May(Role.Viewer) == true
                ? new HealthAnswer(report.Status, policy.Cluster, report.Reasons)
                : new HealthAnswer(report.Status);
            return Answer.Of(answer, report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
        });

    private async Task<HealthInput> GatherAsync(CancellationToken cancel)
    {
        var input = new HealthInput
        {
            Policy = policy,
            Now = time.GetUtcNow(),
            LastRun = loop.LastRun(),
            WatchdogHeardAt = watchdog.LastHeard,
            LongestSilence = settings.LongestSilence,
            Preflight = await loop.Preflight(cancel),
            Checks = checks.Latest,
            NobodyAccepted = settings.Pages.NobodyAccepted,
        };
        var facts = await status.GatherAsync(condition: true, cancel);
        return input with
        {
            StoreProblem = facts.Problem,
            Store = facts.Condition,
            Panel = facts.Panel,
            Pages = facts.Pages,
            Unheard = facts.Unheard,
            UndecidedSince = facts.UndecidedSince,
            Audit = facts.Audit,
        };
    }
}
