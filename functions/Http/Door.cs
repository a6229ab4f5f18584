using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Access.Entra;
using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.Wire;

#pragma warning disable CA1068 // What stands behind the door is a lambda of many lines: it comes last.

namespace Sophia.Keda.Reactor.Functions.Http;

/// <summary>
/// Every request comes in through here: the one check of who may do what, and the one place where a fault becomes an answer.
/// </summary>
public sealed class Door(AccessCheck access, EntraSenders entra, RequestTime time, AnswersUnderWay answers, DoorRefusals refusals, ILogger<Door> log)
{
    /// <param name="stop">The host's: the caller has gone, or the host shuts down.</param>
    /// <param name="inside">Its token also ends when the request has worked for <see cref="RequestTime.Longest"/>.</param>
    public Task<IResult> OpenAsync(HttpRequest request, Role role, CancellationToken stop, Func<Caller, CancellationToken, Task<IResult>> inside) => GuardAsync(request, stop, async cancel =>
    {
        if (access.Find(request) is not { } caller)
        {
            // Only who shows no key waits for Entra. 401 would be final to Event Grid, so "not now" must not be one.
            var proof = await entra.FindAsync(request, cancel);
            if (proof.Unavailable) return Problem.Unavailable("Token not checked", "The authority's keys can't be had now. Send it again.");
            if (proof.Caller is not { } sender) return TurnedAway(request, Problem.Unauthorized, StatusCodes.Status401Unauthorized);
            caller = sender;
        }

        if (!caller.May(role))
        {
            return TurnedAway(request, new Problem(new Refusal(
                403, "Not allowed", $"{caller.Principal} has the role {caller.Role.ToString().ToLowerInvariant()}; this needs {role.ToString().ToLowerInvariant()}.")), StatusCodes.Status403Forbidden);
        }

        if (HttpMethods.IsGet(request.Method))
        {
            if (answers.Enter() is not { } place)
                throw new NotNowException("Too many answers", $"{AnswersUnderWay.Most} views and exports are being made or read already. Send it again.");
            request.HttpContext.Response.RegisterForDispose(place);
        }

        return await inside(caller, cancel);
    });

    /// <summary>Open to everyone; the caller is null when it did not prove who it is.</summary>
    public Task<IResult> OpenToAllAsync(HttpRequest request, CancellationToken stop, Func<Caller?, CancellationToken, Task<IResult>> inside) =>
        GuardAsync(request, stop, cancel => inside(access.Find(request), cancel));

    private Problem TurnedAway(HttpRequest request, Problem problem, int status)
    {
        refusals.Note(RouteOf(request), status);
        return problem;
    }

    /// <summary>The first word only, of those that lead in here: the rest of a path is the caller's own text.</summary>
    private static string RouteOf(HttpRequest request) => $"{(HttpMethods.IsPost(request.Method) ? "POST" : "GET")} /api/{First(request.Path.Value ?? "")}";

    private static string First(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries) is [_, var first, ..] && first.Length <= 20 ? Text.Clean(first.ToLowerInvariant(), 20) : "";

    private async Task<IResult> GuardAsync(HttpRequest request, CancellationToken stop, Func<CancellationToken, Task<IResult>> inside)
    {
        request.HttpContext.Response.Headers.CacheControl = "no-store";
        request.HttpContext.Response.Headers.XContentTypeOptions = "nosniff";
        using var late = new CancellationTokenSource(RequestTime.Longest, time.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token);
        try
        {
            return await inside(either.Token);
        }
        catch (StoreUnavailableException fault)
        {
            log.LogWarning(fault, "{Method} {Path}: the store is not available", request.Method, request.Path);
            return KeptOrNot.Of(fault, request);
        }
        catch (NotNowException fault)
        {
            return TurnedAway(request, Problem.Unavailable(fault.Title, fault.Message), StatusCodes.Status503ServiceUnavailable);
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
        catch (OperationCanceledException) when (late.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            log.LogWarning("{Method} {Path} took longer than {Longest}", request.Method, request.Path, RequestTime.Longest);
            return Problem.Unavailable("Too slow", $"It could not be answered within {RequestTime.Longest.TotalSeconds:0} s. {KeptOrNot.Unknown(request)}");
        }
        catch (OperationCanceledException)
        {
            return Problem.Unavailable("Shutting down", KeptOrNot.Unknown(request));
        }
        catch (Exception fault)
        {
            log.LogError(fault, "{Method} {Path} failed", request.Method, request.Path);
            return new Problem(new Refusal(500, "Internal fault", $"The log has it under {request.HttpContext.TraceIdentifier}."));
        }
    }
}
