using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Functions.Orders;
using Sophia.Keda.Reactor.Orders;

namespace Sophia.Keda.Reactor.Functions.Pages;

public sealed record ResendAnswer(ImmutableArray<ResentPage> Pages);

/// <summary>A human has mended a channel: pages that were given up go out after all.</summary>
public sealed class ResendPagesFunction(Door door, Bodies bodies, PageDesk desk, LoopAccess loop)
{
    [Function("ResendPages")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "pages")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Operator, stop, async (caller, cancel) =>
        {
            if (OrderDesk.HeaderMissing(request) is { } missing) return missing;
            var body = await bodies.ReadOrderAsync(request, OrderPayload.MaxBytes, cancel);
            if (!body.Succeeded(out var bytes, out var refusal) || !PagesOrder.Read(bytes, ofOnePage: true).Succeeded(out var order, out refusal)) return new Problem(refusal);
            var pages = await desk.ResendAsync(order, caller.Principal, cancel);
            if (pages.IsEmpty) return new Problem(new Wire.Refusal(404, "No such page", "No page that waits or is dead fits. GET /api/pages lists them."));
            await loop.DeliverPages(cancel);
            return Answer.Of(new ResendAnswer(pages), StatusCodes.Status202Accepted);
        });
}
