using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Sandbox.Api;

namespace Sophia.Keda.Reactor.Sandbox.Http;

/// <summary>Streams a watch: looks at the log of changes every twenty milliseconds of real time until the client goes or its timeout ends.</summary>
internal static class WatchStream
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    public static async Task Run(HttpResponse to, ApiResponse response, KubernetesHttpHost host, CancellationToken cancellation)
    {
        var watch = response.Watch!;
        to.StatusCode = 200;
        to.ContentType = "application/json";
        await to.StartAsync(cancellation);
        await to.Body.FlushAsync(cancellation);
        var began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < watch.Timeout)
        {
            var lines = host.Look(_ => watch.Take());
            if (lines.Length > 0)
            {
                await to.Body.WriteAsync(lines, cancellation);
                await to.Body.FlushAsync(cancellation);
            }

            await Task.Delay(LookEvery, TimeProvider.System, cancellation);
        }
    }
}
