using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Functions.Http;

namespace Sophia.Keda.Reactor.Functions.Health;

/// <summary>The process answers. Nothing outside it is asked: a restart would not mend that.</summary>
public sealed class LiveFunction(Door door)
{
    [Function("Live")]
    public Task<IResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health/live")] HttpRequest request, CancellationToken stop) =>
        door.OpenToAllAsync(request, stop, (_, _) => Task.FromResult(Answer.Of(new ProbeAnswer("live"))));
}

public sealed record ProbeAnswer(string Status);
