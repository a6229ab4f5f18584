using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;

namespace Sophia.Keda.Reactor.Functions.Alerts;

/// <summary>
/// The webhook of an Azure Monitor action group, for alerts of Azure Managed Prometheus. The same rules as Alertmanager's: 2xx once the
/// signal is durable, 503 when it could not be kept, 4xx only for what will never be accepted. An action group tries again after 408, 429,
/// 503, 504 and lost connections, up to five times within about 75 s, and then calls nobody for 15 minutes (Microsoft Learn, "Action
/// groups"): so it is answered fast, and an alert that is not for us is a 202 with the reason.
/// </summary>
public sealed class AzureMonitorFunction(Door door, Bodies bodies, AlertIntake intake, Policy policy, TimeProvider time, ILogger<AzureMonitorFunction> log)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    [Function("AzureMonitor")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "alerts/azure-monitor")] HttpRequest request, CancellationToken stop) =>
        door.OpenAsync(request, Role.Sender, stop, async (caller, cancel) =>
        {
            var arrival = new Arrival(SignalOrigin.AzureMonitor, caller, Patience);
            var body = await bodies.ReadAsync(request, AzureMonitorPayload.MaxBytes, cancel);
            if (body.Succeeded(out var bytes, out var refusal)
                && AzureMonitorPayload.Parse(bytes, policy, time.GetUtcNow()).Succeeded(out var notification, out refusal))
                return await intake.TakeAsync(notification, arrival, cancel);

            log.LogWarning("An alert of Azure Monitor from {Caller} was refused: {Title}: {Detail}", caller.Principal, refusal.Title, refusal.Detail);
            await intake.RefuseAsync(refusal, arrival, cancel);
            return new Problem(refusal);
        });
}
