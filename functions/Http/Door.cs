using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Access.Entra;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Functions.Http;

/// <summary>
/// Every request comes in through here: the one check of who may do what, and the one place where a fault becomes an answer.
/// </summary>
public sealed class Door(AccessCheck access, EntraSenders entra, ILogger<Door> log)
{
    public Task<IResult> OpenAsync(HttpRequest request, Role role, Func<Caller, Task<IResult>> inside) => GuardAsync(request, async () =>
    {
        if (access.Find(request) is not { } caller)
        {
            // Only who shows no key waits for Entra. 401 would be final to Event Grid, so "not now" must not be one.
            var proof = await entra.FindAsync(request, request.HttpContext.RequestAborted);
            if (proof.Unavailable) return Problem.Unavailable("Token not checked", "The authority's keys can't be had now. Send it again.");
            if (proof.Caller is not { } sender) return Problem.Unauthorized;
            caller = sender;
        }

        return caller.May(role)
            ? await inside(caller)
            : new Problem(new Refusal(
                403, "Not allowed", $"{caller.Principal} has the role {caller.Role.ToString().ToLowerInvariant()}; this needs {role.ToString().ToLowerInvariant()}."));
    });

    /// <summary>Open to everyone; the caller is null when it did not prove who it is.</summary>
    public Task<IResult> OpenToAllAsync(HttpRequest request, Func<Caller?, Task<IResult>> inside) =>
        GuardAsync(request, () => inside(access.Find(request)));

    private async Task<IResult> GuardAsync(HttpRequest request, Func<Task<IResult>> inside)
    {
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        request.HttpContext.Response.Headers.XContentTypeOptions = "nosniff";
        try
        {
            return await inside();
        }
        catch (StoreUnavailableException fault)
        {
            log.LogWarning(fault, "{Method} {Path}: the store is not available", request.Method, request.Path);
            return Problem.Unavailable("Store not available", "Nothing of this request was kept. Send it again.");
        }
        catch (BadHttpRequestException fault)
        {
            return new Problem(new Refusal(fault.StatusCode, fault.StatusCode == 413 ? "Body too large" : "Bad request",
                Text.Clean(fault.Message, 300)));
        }
        catch (OperationCanceledException) when (request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            return Results.Empty; // Nobody is there to read an answer.
        }
        catch (OperationCanceledException)
        {
            return Problem.Unavailable("Shutting down", "Send it again.");
        }
        catch (Exception fault)
        {
            log.LogError(fault, "{Method} {Path} failed", request.Method, request.Path);
            return new Problem(new Refusal(500, "Internal fault", $"The log has it under {request.HttpContext.TraceIdentifier}."));
        }
    }
}
