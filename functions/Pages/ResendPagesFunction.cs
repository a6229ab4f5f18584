using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Functions.Orders;
using Sophia.Keda.Reactor.Orders;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Functions.Pages;

public sealed record ResendAnswer(ImmutableArray<ResentPage> Pages);

/// <summary>
/// A human has mended a channel: pages that were given up go out after all. The order is done when they wait again; how sending goes is
/// told by GET /api/pages, and no slow channel holds up the answer.
/// </summary>
public sealed class ResendPagesFunction(Door door, Bodies bodies, PageDesk desk, LoopAccess loop, RequestTime time, ILogger<ResendPagesFunction> log)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    [Function("ResendPages")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "pages")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Operator, stop, async (caller, cancel) =>
        {
            if (OrderDesk.HeaderMissing(request) is { } missing) return missing;
            var body = await bodies.ReadOrderAsync(request, OrderPayload.MaxBytes, cancel);
            if (!body.Succeeded(out var bytes, out var refusal) || !PagesOrder.Read(bytes, ofOnePage: true).Succeeded(out var order, out refusal)) return new Problem(refusal);
            var pages = await desk.ResendAsync(order, caller.Principal, cancel);
            if (pages.IsEmpty)
                return new Problem(new Refusal(404, "No such page", $"No page that {(order.Page is null ? "is dead" : "waits or is dead")} fits. GET /api/pages lists them."));
            await SendSoonAsync();
            return Answer.Of(new ResendAnswer(pages), StatusCodes.Status202Accepted);
        });

    /// <summary>Not ended with the request: a page that is being sent is sent. What does not go out now, the timer sends.</summary>
    private async Task SendSoonAsync()
    {
        var sending = SendAsync();
        await Task.WhenAny(sending, Task.Delay(Patience, time.Clock));
    }

    private async Task SendAsync()
    {
        try
        {
            await loop.DeliverPages(CancellationToken.None);
        }
        catch (Exception fault)
        {
            log.LogWarning(fault, "Pages that are to be sent again did not go out at once; the timer tries again");
        }
    }
}
