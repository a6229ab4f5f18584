using Sophia.Keda.Reactor.Audit;

namespace Sophia.Keda.Reactor.Functions.Timers;

/// <summary>Seals the audit trail, takes away what is too old, and brings the rest to Event Grid.</summary>
public sealed class KeepAuditFunction(AuditKeeper keeper)
{
    [Function("KeepAudit")]
    public Task Run([TimerTrigger("%Audit:Schedule%")] TimerInfo timer, CancellationToken cancel) => keeper.RunAsync(cancel);
}
