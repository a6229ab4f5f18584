using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Events;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Functions.Events;

/// <summary>
/// "May I send you events?" (CloudEvents, "HTTP 1.1 Web Hooks", 4: abuse protection; Event Grid asks so before it delivers CloudEvents).
/// A yes to everybody would let anybody point Event Grid at this address, so it is for callers that may send: the question goes to the very
/// address that events will, with its key or token. The callback that a question may name is never called.
/// </summary>
public sealed class EventsHandshakeFunction(Door door, ILogger<EventsHandshakeFunction> log)
{
    [Function("EventsHandshake")]
    public Task<IResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "options", Route = "events")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Sender, stop, (caller, _) =>
        {
            if (EventGridHandshake.OriginOf(request.Headers["WebHook-Request-Origin"].ToString()) is not { } origin)
                return Task.FromResult<IResult>(new Problem(new Refusal(400, "No origin", "Expected the header WebHook-Request-Origin with the sender's DNS name.")));
            var answer = request.HttpContext.Response.Headers;
            answer["WebHook-Allowed-Origin"] = origin;
            answer["WebHook-Allowed-Rate"] = "*";
            answer.Allow = "POST";
            log.LogInformation("{Origin} asked whether its events are wanted here, as {Caller}; it was told yes", origin, caller.Principal);
            return Task.FromResult(Results.Ok());
        });
}
