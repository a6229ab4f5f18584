using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions.Maintenance;

/// <param name="What">In words.</param>
/// <param name="Times">Probes that saw it.</param>
public sealed record SuppressedView(Cause Cause, string What, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, int Times);

/// <param name="Id">Of a window of the policy, its name there.</param>
/// <param name="By">"policy", or the name that was typed.</param>
/// <param name="Suppressed">Evidence that it has kept from tripping so far.</param>
public sealed record MaintenanceView(
    string Id,
    Scope Scope,
    string? Namespace,
    string? Name,
    DateTimeOffset Start,
    DateTimeOffset? Until,
    bool Active,
    string Reason,
    string By,
    ImmutableArray<SuppressedView> Suppressed);

public sealed record MaintenanceAnswer(ImmutableArray<MaintenanceView> Windows);

/// <summary>Maintenance now and next, of the policy and by order.</summary>
public sealed class MaintenanceFunction(Door door, IStateStore store, Policy policy, TimeProvider time)
{
    [Function("Maintenance")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "maintenance")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Viewer, stop, async (_, cancel) =>
        {
            if (new QueryFields(request).Problem is { } problem) return problem;
            var panel = (await store.LoadAsync(cancel)).Panel;
            return Answer.Of(new MaintenanceAnswer([.. Maintenances.All(panel, policy, time.GetUtcNow()).Select(window => ViewOf(window, panel))]));
        });

    private static MaintenanceView ViewOf(MaintenanceWindow window, Panel panel) => new(
        window.Id,
        window.Selection.Scope,
        window.Selection.Namespace,
        window.Selection.Name,
        window.Start,
        window.Until,
        window.Active,
        window.Reason,
        window.By,
        [
            .. panel.Suppressed.Values.Where(seen => seen.Window == window.Id)
                .Select(seen => new SuppressedView(seen.Cause, seen.What, seen.FirstSeen, seen.LastSeen, seen.Times)),
        ]);
}
