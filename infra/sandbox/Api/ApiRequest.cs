namespace Sophia.Keda.Reactor.Sandbox.Api;

/// <summary>One HTTP request to the API server, as data.</summary>
public sealed record ApiRequest(
    string Method,
    string Path,
    IReadOnlyDictionary<string, string> Query,
    string ContentType,
    string Accept,
    ReadOnlyMemory<byte> Body)
{
    public string UserAgent { get; init; } = "";

    /// <summary>The caller's bearer token; empty when it sent none. Which of several callers it was.</summary>
    public string Token { get; init; } = "";

    public static ApiRequest From(string method, string pathAndQuery, string? body = null, string contentType = "application/json", string accept = "application/json")
    {
        var question = pathAndQuery.IndexOf('?');
        return new ApiRequest(
            method,
            Uri.UnescapeDataString(question < 0 ? pathAndQuery : pathAndQuery[..question]),
            question < 0 ? new Dictionary<string, string>() : ParseQuery(pathAndQuery[(question + 1)..]),
            contentType,
            accept,
            System.Text.Encoding.UTF8.GetBytes(body ?? ""));
    }

    public static Dictionary<string, string> ParseQuery(string query)
    {
        var parsed = new Dictionary<string, string>();
        foreach (var pair in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=');
            var name = Decode(equals < 0 ? pair : pair[..equals]);
            parsed[name] = equals < 0 ? "" : Decode(pair[(equals + 1)..]);
        }

        return parsed;
    }

    /// <summary>Who asks, once the server has found out.</summary>
    public string User { get; init; } = "kubernetes-admin";

    /// <summary>A POST that only asks "may I?" changes nothing.</summary>
    public bool Writes => Method is not ("GET" or "HEAD" or "OPTIONS") && !Path.StartsWith("/apis/authorization.k8s.io/", StringComparison.Ordinal);

    public string? Ask(string name) => Query.TryGetValue(name, out var value) ? value : null;

    public bool IsTrue(string name) => Ask(name) is "true" or "1";

    public bool DryRun => Ask("dryRun") == "All";

    /// <summary>Whoever writes: the name asked for, else the program's, as the real server takes it.</summary>
    public string FieldManager => Ask("fieldManager") is { Length: > 0 } named ? named : UserAgent.Split('/')[0] is { Length: > 0 } agent ? agent : "unknown";

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
