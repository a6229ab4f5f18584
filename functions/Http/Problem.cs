using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Functions.Http;

/// <summary>An error as application/problem+json. There is no other kind of error answer.</summary>
public sealed class Problem(Refusal refusal, params (string Name, string Value)[] headers) : IResult
{
    /// <summary>When to come back after a 503, in seconds.</summary>
    private const string RetryAfterSeconds = "5";

    public static Problem Unavailable(string title, string detail) =>
        new(new Refusal(503, title, detail), ("Retry-After", RetryAfterSeconds));

    public static Problem Unauthorized { get; } = new(
        new Refusal(401, "No valid key",
            "Send a key of this reactor as x-functions-key, Authorization: Bearer, or the password of Authorization: Basic."),
        ("WWW-Authenticate", "Bearer realm=\"sophia-keda-reactor\""));

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        foreach (var (name, value) in headers) httpContext.Response.Headers[name] = value;
        httpContext.Response.StatusCode = refusal.Status;
        var body = new ProblemBody(TypeOf(refusal.Title), refusal.Title, refusal.Status, refusal.Detail, refusal.Errors);
        await httpContext.Response.WriteAsJsonAsync(body, Answer.Json, "application/problem+json", httpContext.RequestAborted);
    }

    /// <summary>"No valid key" → "urn:sophia-keda-reactor:problem:no-valid-key".</summary>
    private static string TypeOf(string title) =>
        "urn:sophia-keda-reactor:problem:" + string.Join('-', title.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries));
}

internal sealed record ProblemBody(string Type, string Title, int Status, string Detail,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] ImmutableArray<string> Errors);
