using Microsoft.AspNetCore.Server.Kestrel.Core;
using Sophia.Keda.Reactor.Alerts;

namespace Sophia.Keda.Reactor.Functions.Standalone;

/// <summary>
/// What a connection may cost, whoever opened it. Together they are sized for the shipped memory limit of 512 MiB, see
/// <see cref="Http.BodiesUnderWay"/>. In the Functions app the platform's front end stands before the worker and has its own.
/// </summary>
internal static class ConnectionLimits
{
    /// <summary>More are closed when they come; a probe too, so it is far more than anybody needs. An idle one costs some kilobytes.</summary>
    public const int MaxConnections = 4_000;

    /// <summary>What Kestrel reads ahead of us on one connection: 1 MiB if nobody says less. Not less than all headers.</summary>
    public const int MaxBuffer = 16 * 1024;

    public static void Set(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;

        // One request at a time on one connection: HTTP/2 would have a hundred.
        kestrel.ConfigureEndpointDefaults(listen => listen.Protocols = HttpProtocols.Http1);
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = MaxConnections;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.MaxRequestBufferSize = MaxBuffer;
        limits.MaxRequestHeadersTotalSize = MaxBuffer;
        limits.MaxResponseBufferSize = MaxBuffer;
        limits.MaxRequestBodySize = AlertmanagerPayload.MaxBytes;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);

        // Of one that has not said anything yet, too. Prometheus and Alertmanager simply open another.
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);

        // Both count while the other side is waited for, never while we work.
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 4 * 1024, gracePeriod: TimeSpan.FromSeconds(2));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 4 * 1024, gracePeriod: TimeSpan.FromSeconds(5));
    }
}
