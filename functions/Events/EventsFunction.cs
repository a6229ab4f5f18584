using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Events;
using Sophia.Keda.Reactor.Functions.Alerts;
using Sophia.Keda.Reactor.Functions.Http;

namespace Sophia.Keda.Reactor.Functions.Events;

/// <summary>Event Grid's proof that the events it has are wanted: its code, sent back.</summary>
public sealed record ValidationAnswer(string ValidationResponse);

/// <summary>
/// KEDA's events, from its CloudEventSource itself or by way of Event Grid. The same rules as Alertmanager's webhook. Event Grid waits 30 s
/// and repeats for a day, but drops an event (or dead-letters it) at once after 400, 401, 403 and 413 (Microsoft Learn, "Event Grid message
/// delivery and retry"); KEDA's own sender repeats five times without a pause and then sends nothing more until its CloudEventSource is
/// changed (KEDA, pkg/eventemitter): so one event that is not for us is a 202 with the reason.
/// </summary>
public sealed class EventsFunction(Door door, Bodies bodies, AlertIntake intake, Policy policy, TimeProvider time, ILogger<EventsFunction> log)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Function("Events")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "events")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Sender, stop, async (caller, cancel) =>
        {
            var arrival = new Arrival(SignalOrigin.KedaEvent, caller, Patience);
            var body = await bodies.ReadAsync(request, EventsPayload.MaxBytes, cancel);
            if (body.Succeeded(out var bytes, out var refusal)
                && EventsPayload.Parse(bytes, request.Headers, policy, time.GetUtcNow()).Succeeded(out var events, out refusal))
            {
                if (events.ValidationCode is not { } code) return await intake.TakeAsync(events.Notification, arrival, cancel);
                log.LogInformation("Event Grid asked whether its events are wanted here, as {Caller}; it was told yes", caller.Principal);
                return Answer.Of(new ValidationAnswer(code));
            }

            log.LogWarning("Events from {Caller} were refused: {Title}: {Detail}", caller.Principal, refusal.Title, refusal.Detail);
            await intake.RefuseAsync(refusal, arrival, cancel);
            return new Problem(refusal);
        });
}
