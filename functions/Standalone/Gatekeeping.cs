using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Functions.Standalone;

/// <summary>What stands before the functions when no platform does.</summary>
internal static class Gatekeeping
{
    /// <summary>Whatever goes wrong outside a function is a problem too, and never shows its stack.</summary>
    public static void UseProblems(this WebApplication app, ILogger log) => app.Use(async (context, next) =>
    {
        try
        {
            await next(context);
        }
        catch (Exception fault) when (!context.Response.HasStarted)
        {
            log.LogError(fault, "{Method} {Path} failed outside its function", context.Request.Method, context.Request.Path);
            context.Response.Clear();
            await new Problem(new Refusal(500, "Internal fault", $"The log has it under {context.TraceIdentifier}.")).ExecuteAsync(context);
            return;
        }

        if (context.Response.HasStarted || context.Response.StatusCode < 400) return;
        await new Problem(ForStatus(context)).ExecuteAsync(context);
    });

    /// <summary>No platform has checked these headers here: anybody could have written them.</summary>
    public static void UseWithoutPlatformHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        EasyAuth.Strip(context.Request.Headers);
        return next(context);
    });

    /// <summary>
    /// Without keys a foreign web page could reach loopback under a name of its own (DNS rebinding): only loopback's own
    /// names count.
    /// </summary>
    public static void UseLoopbackNamesOnly(this WebApplication app) => app.Use((context, next) =>
    {
        var host = context.Request.Host.Host.Trim('[', ']');
        return host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address))
            ? next(context)
            : new Problem(new Refusal(403, "Not allowed", "With Insecure=true only localhost is answered.")).ExecuteAsync(context);
    });

    private static Refusal ForStatus(HttpContext context) => context.Response.StatusCode switch
    {
        404 => new Refusal(404, "Unknown route",
            $"There is nothing at {Text.Clean(context.Request.Path, 200)}. Every route begins with /api/."),
        405 => new Refusal(405, "Wrong method",
            $"{context.Request.Method} is not for this route; allowed: {context.Response.Headers.Allow}."),
        var status => new Refusal(status, "Request not understood", "The server could not read the request."),
    };
}
