using System.Net;
using System.Net.Http.Headers;
using Sophia.Keda.Reactor.Sandbox.Api;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Http;

/// <summary>
/// The same API without sockets, for an HttpClient in a test that moves the cluster itself. Delays and hangs wait on the given clock.
/// A watch answers what happened since its resourceVersion and ends.
/// </summary>
public sealed class InProcessHandler : HttpMessageHandler
{
    private readonly KubernetesApi _api;
    private readonly TimeProvider _time;
    private readonly SandboxCluster _cluster;

    public InProcessHandler(SandboxCluster cluster, TimeProvider time)
    {
        _cluster = cluster;
        _api = new KubernetesApi(cluster);
        _time = time;
    }

    /// <summary>Called with every request before it is answered.</summary>
    public Action<ApiRequest>? RequestStarted { get; set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        var asked = new ApiRequest(
            request.Method.Method,
            Uri.UnescapeDataString(request.RequestUri!.AbsolutePath),
            ApiRequest.ParseQuery(request.RequestUri.Query),
            request.Content?.Headers.ContentType?.ToString() ?? "",
            request.Headers.Accept.ToString(),
            body)
        {
            UserAgent = request.Headers.UserAgent.ToString(),
            Token = request.Headers.Authorization is { Scheme: "Bearer", Parameter: { } token } ? token : "",
        };
        RequestStarted?.Invoke(asked);
        ApiResponse response;
        lock (_cluster.Gate)
            response = _api.Handle(asked);
        if (response.Delay > TimeSpan.Zero)
            await WaitAsync(response.Delay, cancellationToken);
        if (response.Ending == ApiEnding.Hang)
            await WaitAsync(Timeout.InfiniteTimeSpan, cancellationToken);
        if (response.Ending == ApiEnding.Reset)
            throw new HttpRequestException(HttpRequestError.ConnectionError, "An existing connection was forcibly closed by the remote host.",
                new IOException("Connection reset by peer"));
        lock (_cluster.Gate)
            return Message(request, response);
    }

    /// <summary>A Task.Delay that is called off goes on over the thread pool: on a clock that stands still meanwhile, this goes on at once.</summary>
    private async Task WaitAsync(TimeSpan time, CancellationToken cancel)
    {
        var waited = new TaskCompletionSource();
        await using var timer = _time.CreateTimer(_ => waited.TrySetResult(), null, time, Timeout.InfiniteTimeSpan);
        await using var called = cancel.UnsafeRegister(_ => waited.TrySetCanceled(cancel), null);
        await waited.Task;
    }

    private static HttpResponseMessage Message(HttpRequestMessage request, ApiResponse response)
    {
        var content = new ByteArrayContent(response.Watch?.Take() ?? response.Body.ToArray());
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(response.ContentType);
        var message = new HttpResponseMessage((HttpStatusCode)response.Status) { Content = content, RequestMessage = request };
        foreach (var (name, value) in response.Headers)
            message.Headers.TryAddWithoutValidation(name, value);
        return message;
    }
}
