using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>A refusal: becomes a Status object. Thrown inside the API only, so that each check can be one line.</summary>
public sealed class ApiException : Exception
{
    private ApiException(int code, string reason, string message, JsonObject? details = null)
        : base(message)
    {
        Code = code;
        Reason = reason;
        Details = details;
    }

    public int Code { get; }
    public string Reason { get; }
    public JsonObject? Details { get; }
    public TimeSpan? RetryAfter { get; private init; }

    public static ApiException NotFound(Resource resource, string name) =>
        new(404, "NotFound", $"{resource.Qualified} \"{name}\" not found", Named(resource, name, resource.Plural));

    public static ApiException NoSuchPath() => new(404, "NotFound", "the server could not find the requested resource", []);

    public static ApiException AlreadyExists(Resource resource, string name) =>
        new(409, "AlreadyExists", $"{resource.Qualified} \"{name}\" already exists", Named(resource, name, resource.Plural));

    public static ApiException Modified(Resource resource, string name) => new(409, "Conflict",
        $"Operation cannot be fulfilled on {resource.Qualified} \"{name}\": the object has been modified; please apply your changes to the latest version and try again",
        Named(resource, name, resource.Plural));

    public static ApiException WrongUid(Resource resource, string name, string asked, string actual) => new(409, "Conflict",
        $"Operation cannot be fulfilled on {resource.QualifiedKind} \"{name}\": the UID in the precondition ({asked}) does not match the UID in record ({actual}). The object might have been deleted and then recreated",
        Named(resource, name, resource.Kind));

    public static ApiException WrongVersion(Resource resource, string name, string asked, string actual) => new(409, "Conflict",
        $"Operation cannot be fulfilled on {resource.QualifiedKind} \"{name}\": the ResourceVersion in the precondition ({asked}) does not match the ResourceVersion in record ({actual}). The object might have been modified",
        Named(resource, name, resource.Kind));

    public static ApiException Immutable(Resource resource, string name, string field, string value)
    {
        var message = $"Invalid value: \"{value}\": field is immutable";
        var details = Named(resource, name, resource.Kind);
        details["causes"] = new JsonArray(Cause(field, message), Cause(field, message));
        return new ApiException(422, "Invalid", $"{resource.QualifiedKind} \"{name}\" is invalid: {field}: {message}", details);
    }

    public static ApiException Invalid(Resource resource, string name, string field, string message, string reason = "FieldValueInvalid")
    {
        var details = Named(resource, name, resource.Kind);
        details["causes"] = new JsonArray(Cause(field, message, reason));
        return new ApiException(422, "Invalid", $"{resource.QualifiedKind} \"{name}\" is invalid: {field}: {message}", details);
    }

    public static ApiException Unprocessable(string message) => new(422, "Invalid", message);

    public static ApiException ApplyConflict(string message, JsonArray causes) => new(409, "Conflict", message, new JsonObject { ["causes"] = causes });

    public static ApiException BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiException Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static ApiException Forbidden(string message) => new(403, "Forbidden", message);

    /// <summary>Forbidden in its words, invalid by its code: what a ValidatingAdmissionPolicy denies.</summary>
    public static ApiException DeniedByPolicy(Resource resource, string name, string message, string reason)
    {
        var details = Named(resource, name, resource.Plural);
        details["causes"] = new JsonArray(Json.Of("message", message));
        var code = reason switch
        {
            "Forbidden" => 403,
            "Unauthorized" => 401,
            "RequestEntityTooLarge" => 413,
            _ => 422,
        };
        return new ApiException(code, reason, $"{resource.Qualified} \"{name}\" is forbidden: {message}", details);
    }

    public static ApiException Expired() => new(410, "Expired", "The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.");

    public static ApiException TooOld(long asked, long oldest) => new(410, "Expired", $"too old resource version: {asked} ({oldest})");

    /// <summary>etcd did not take the write: an error that the server passes on without a reason of its own.</summary>
    public static ApiException EtcdTimedOut() => new(500, "", "etcdserver: request timed out");

    public static ApiException MethodNotAllowed() => new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", []);

    public static ApiException UnsupportedPatch(bool custom) => new(415, "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, "
        + (custom ? "application/apply-patch+yaml" : "application/strategic-merge-patch+json, application/apply-patch+yaml"));

    public static ApiException Internal(string message) => new(500, "InternalError", message);

    /// <summary>As the server (or a proxy before it) says it when it is the server's fault.</summary>
    public static ApiException Broken(int status, TimeSpan? retryAfter) => status switch
    {
        429 => new(429, "TooManyRequests", "too many requests, please try again later", Retry(retryAfter)) { RetryAfter = retryAfter ?? TimeSpan.FromSeconds(1) },
        503 => new(503, "ServiceUnavailable", "the server is currently unable to handle the request", Retry(retryAfter)) { RetryAfter = retryAfter },
        409 => new(409, "Conflict", "Operation cannot be fulfilled: the object has been modified; please apply your changes to the latest version and try again", []),
        403 => new(403, "Forbidden", "forbidden: sandbox fault", []),
        _ => new(status, "InternalError", "Internal error occurred: etcdserver: request timed out", Retry(retryAfter)) { RetryAfter = retryAfter },
    };

    public ApiResponse Response()
    {
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = Message,
        };
        if (Reason.Length > 0)
            status["reason"] = Reason;
        if (Details is not null)
            status["details"] = Details.DeepClone();
        status["code"] = Code;
        var response = ApiResponse.Json(Code, status);
        return RetryAfter is { } wait
            ? response with { Headers = [new("Retry-After", Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString())] }
            : response;
    }

    private static JsonObject Named(Resource resource, string name, string kind)
    {
        var details = new JsonObject { ["name"] = name };
        if (resource.Group.Length > 0)
            details["group"] = resource.Group;
        details["kind"] = kind;
        return details;
    }

    private static JsonObject? Retry(TimeSpan? after) =>
        after is null ? null : new JsonObject { ["retryAfterSeconds"] = Math.Max(1, (int)Math.Ceiling(after.Value.TotalSeconds)) };

    private static JsonObject Cause(string field, string message, string reason = "FieldValueInvalid") =>
        new() { ["reason"] = reason, ["message"] = message, ["field"] = field };
}
