using Sophia.Keda.Reactor.Sandbox.Faults;
using Sophia.Keda.Reactor.Simulator.Faults;

namespace Sophia.Keda.Reactor.Simulator.Reactors;

/// <summary>
/// The API server as one process reaches it. Here nothing goes on in the process: what it has sent is on its way, whatever becomes of it; and
/// HttpClient goes on where its handler ended, which must be on no context of anybody's, or it goes to the thread pool.
/// </summary>
internal sealed class SeededNetwork(HttpMessageHandler inner, FaultPlan plan, Instance me, Action<HttpRequestMessage> written) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        me.Asks();
        var fault = me.Fault(Places.Api);
        await me.MomentAsync().ConfigureAwait(false);
        if (me.Dead)
            await me.NeverAsync().ConfigureAwait(false);
        var writes = request.Method != HttpMethod.Get;
        switch (fault)
        {
            case FaultKind.CrashBefore:
                await me.CrashAsync($"before {request.Method} {request.RequestUri!.AbsolutePath}").ConfigureAwait(false);
                break;
            case FaultKind.Sleep:
                await me.SleepAsync().ConfigureAwait(false);
                break;
            case FaultKind.LostRequest:
                throw Broken();
            case FaultKind.Timeout:
                await UntilGivenUpAsync(cancellationToken).ConfigureAwait(false);
                break;
            case FaultKind.Conflict when writes:
                plan.Add(ApiFault.Error(409, times: 1));
                break;
            case FaultKind.TooMany:
                plan.Add(ApiFault.Error(429, times: 1, retryAfter: TimeSpan.FromSeconds(1)));
                break;
            case FaultKind.ServerError:
                plan.Add(ApiFault.Error(writes ? 500 : 503, times: 1));
                break;
        }

        // Whoever slept was about to send: it goes out all the same, late.
        if (fault != FaultKind.Sleep)
            cancellationToken.ThrowIfCancellationRequested();
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (writes && response.IsSuccessStatusCode)
            written(request);
        if (fault == FaultKind.CrashAfter)
            await me.CrashAsync($"after {request.Method} {request.RequestUri!.AbsolutePath}").ConfigureAwait(false);
        if (fault == FaultKind.LostReply)
            throw Broken();
        return response;
    }

    /// <summary>Not Task.Delay, which goes on on the thread pool when it is cancelled.</summary>
    private static async Task UntilGivenUpAsync(CancellationToken cancel)
    {
        var given = new TaskCompletionSource();
        await using var registration = cancel.UnsafeRegister(static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), given).ConfigureAwait(false);
        await given.Task.ConfigureAwait(false);
    }

    private static HttpRequestException Broken() => new(HttpRequestError.ResponseEnded, "the connection broke", new IOException("Connection reset by peer"));
}
