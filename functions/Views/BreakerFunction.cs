using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Functions.Views;

/// <summary>One target's breaker.</summary>
public sealed class BreakerFunction(Door door, Sight sight, IStateStore store, Policy policy)
{
    [Function("Breaker")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "breakers/{namespace}/{name}")] HttpRequest request,
        string @namespace,
        string name,
        CancellationToken stop) =>
        door.OpenAsync(request, Role.Viewer, stop, async (_, cancel) =>
        {
            if (new QueryFields(request).Problem is { } problem) return problem;
            var stored = await store.LoadAsync(cancel);
            if (await sight.LookAsync(cancel) is not { } look) return BreakersFunction.Unseen;
            return Breakers.One(stored.Panel, look.Seen, policy, new TargetId(@namespace, name)) is { } breaker
                ? Answer.Of(breaker with { SeenAt = look.Seen.At, AgeSeconds = look.AgeSeconds, Stale = look.Stale, StaleBecause = look.StaleBecause })
                : Unknown(@namespace, name, look.Seen);
        });

    internal static Problem Unknown(string space, string name, Observation seen) =>
        new(new Refusal(404, "Unknown target", $"No ScaledObject {Text.Clean($"{space}/{name}", 320)} was seen at {seen.At:O}."));
}
