using Sophia.Keda.Reactor.Sandbox.Story;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;

/// <summary>A request takes as long as it takes: the clock must not fly past its timeouts meanwhile.</summary>
internal sealed class InRealTimeWhileSending(StoryClock clock, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using (clock.Busy())
            return await base.SendAsync(request, cancellationToken);
    }
}
