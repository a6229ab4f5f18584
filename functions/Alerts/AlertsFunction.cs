using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;

namespace Sophia.Keda.Reactor.Functions.Alerts;

/// <summary>
/// Alertmanager's webhook. It answers 2xx only once the signals are durable, 503 when they could not be kept (Alertmanager
/// sends them again), and 4xx only for what will never be accepted.
/// </summary>
public sealed class AlertsFunction(Door door, Bodies bodies, AlertIntake intake, Policy policy, TimeProvider time, ILogger<AlertsFunction> log)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Function("Alerts")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "alerts")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Sender, stop, async (caller, cancel) =>
        {
            var arrival = new Arrival(SignalOrigin.Alertmanager, caller, Patience);
            var body = await bodies.ReadAsync(request, AlertmanagerPayload.MaxBytes, cancel);
            if (body.Succeeded(out var bytes, out var refusal)
                && AlertmanagerPayload.Parse(bytes, policy, time.GetUtcNow()).Succeeded(out var notification, out refusal))
                return await intake.TakeAsync(notification, arrival, cancel);

            log.LogWarning("A notification from {Caller} was refused: {Title}: {Detail}", caller.Principal, refusal.Title, refusal.Detail);
            await intake.RefuseAsync(refusal, arrival, cancel);
            return new Problem(refusal);
        });
}
