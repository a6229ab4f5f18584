using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Functions.Views;

/// <param name="Applies">What holds for the whole cluster: stopped writes, observe-only, a disabled breaker, blindness.</param>
/// <param name="ObservedAt">When the look at the cluster was made that this tells of.</param>
/// <param name="AgeSeconds">How long ago that was.</param>
/// <param name="Stale">True when there should be a newer one and it is not to be had.</param>
/// <param name="StaleBecause">Why not.</param>
/// <param name="Unreadable">Objects that the look could not read.</param>
public sealed record BreakersAnswer(
    string Cluster, DateTimeOffset ObservedAt, int AgeSeconds, bool Stale, string? StaleBecause, ImmutableArray<string> Applies, ImmutableArray<UnreadObject> Unreadable, ImmutableArray<BreakerView> Breakers);

/// <summary>Every target's breaker.</summary>
public sealed class BreakersFunction(Door door, Sight sight, IStateStore store, Policy policy)
{
    internal static readonly Problem Unseen = Problem.Unavailable(
        "Cluster not seen", "This process does not see the cluster now, and has not seen it before. GET /api/health says why.");

    [Function("Breakers")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "breakers")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Viewer, stop, async (_, cancel) =>
        {
            if (new QueryFields(request).Problem is { } problem) return problem;
            var stored = await store.LoadAsync(cancel);
            if (await sight.LookAsync(cancel) is not { } look) return Unseen;
            return Answer.Of(new BreakersAnswer(
                policy.Cluster,
                look.Seen.At,
                look.AgeSeconds,
                look.Stale,
                look.StaleBecause,
                [.. Applying.Everywhere(stored.Panel, policy, look.Seen.At)],
                look.Seen.Unread,
                Breakers.All(stored.Panel, look.Seen, policy)));
        });
}
