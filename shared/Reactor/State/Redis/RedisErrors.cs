using System.Net.Sockets;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Settings;
using StackExchange.Redis;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>What a failure means for the caller, in words for whoever is on call: try again later, or content that a human must look at.</summary>
internal static partial class RedisErrors
{
    /// <summary>True when the server or the way to it is to blame; false for a bug of ours, which must stay what it is.</summary>
    public static bool IsOutside(Exception exception) => exception switch
    {
        RedisException or TimeoutException or IOException or SocketException => true,
        // The client's, closed by a call beside this one because it broke; our own means that somebody uses a store that he has closed.
        ObjectDisposedException disposed => disposed.ObjectName != typeof(RedisConnection).FullName,
        _ => false,
    };

    /// <summary>True when the connection is gone, and the server may well be there.</summary>
    public static bool IsBroken(Exception exception) => exception is RedisConnectionException or ObjectDisposedException;

    public static bool IsForbidden(RedisServerException exception) => Code(exception.Message) == "NOPERM";

    public static bool IsNoScript(RedisServerException exception) => Code(exception.Message) == "NOSCRIPT";

    public static bool IsReplica(RedisServerException exception) => Code(exception.Message) == "READONLY";

    /// <summary>Where a cluster says that the keys are now; null when it says something else.</summary>
    public static string? MovedTo(RedisServerException exception) =>
        Moved().Match(exception.Message) is { Success: true } moved ? moved.Groups["endpoint"].Value : null;

    /// <summary>
    /// True when a script of ours came to grief over what it found: a field that is no number, a key whose kind it does not look at. Which of them,
    /// or that the script itself is wrong, stands in the server's words.
    /// </summary>
    public static bool IsContent(Exception exception) =>
        exception is RedisServerException server && IsOfScript(server) && Code(server.Message) is "ERR" or "WRONGTYPE";

    /// <summary>Refused in the middle of a script: what it wrote before stays.</summary>
    private static bool IsOfScript(RedisServerException server) => server.Message.Contains("script", StringComparison.Ordinal);

    /// <summary>The exception to throw instead. What the server refused, it has not done; of what it did not answer nobody knows.</summary>
    public static StoreUnavailableException Translate(Exception exception, string endpoint, TimeSpan waited) =>
        new($"Redis at {endpoint} can't be used now: {What(exception, waited)}", exception) { NothingKept = exception is RedisServerException server && !IsOfScript(server) };

    /// <summary>True when the connection is not logged in: nothing of what was sent was done.</summary>
    public static bool IsStranger(RedisServerException exception) => Code(exception.Message) is "NOAUTH" or "WRONGPASS";

    public static StoreUnavailableException NotConnected(
        Exception exception, RedisEndpoint endpoint, RedisSettings settings, Secret? password, TimeSpan waited, string? distrust)
    {
        var refused = (exception as RedisConnectionException)?.FailureType == ConnectionFailureType.AuthenticationFailure
            || exception.Message.Contains("AuthenticationFailure", StringComparison.Ordinal);
        var what = distrust is not null ? $"it is not trusted: {distrust}."
            : refused && password is null ? "it asks for a password, and none is set."
            : refused ? $"it refuses the password{(settings.User is null ? "" : $" of the user {settings.User}")} that is set."
            : exception is TimeoutException ? $"it did not answer within {waited.TotalSeconds:0.#} s.{(settings.Tls ? " Does it speak TLS there?" : "")}"
            : $"no connection. Is it running there, reachable from here, done loading, and {(settings.Tls ? "does it speak TLS" : "without TLS")}?";
        return new StoreUnavailableException($"Redis at {endpoint} can't be used now: {what}", exception) { NothingKept = true };
    }

    public static string TooFewReplicas(RedisEndpoint endpoint, long acknowledged, int wanted, TimeSpan waited) =>
        $"Redis at {endpoint} has the write, but only {acknowledged} of the {wanted} replicas that must have it said so within {waited.TotalSeconds:0.#} s, "
        + "so it does not count as kept; trying again does no harm. Bring the replicas back, or ask for fewer.";

    public static StoreContentException Refuse(string endpoint, string key, string prefix, string found, string expected, Misfit misfit, Exception? inner) =>
        new(
            $"Redis at {endpoint} holds something in {key} that can't be read. Found: {found}. Expected: {expected}. It was left as it is. "
            + $"Either run the version that wrote it, or rename or delete all keys that begin with {prefix} : the reactor then starts anew "
            + "and takes up what its annotations in the cluster say.",
            misfit,
            inner) { NothingKept = inner is not RedisServerException };

    private static string What(Exception exception, TimeSpan waited) => exception switch
    {
        RedisServerException server => Words(Code(server.Message)) is { } words ? $"{words} ({server.Message})" : server.Message,
        TimeoutException => $"it did not answer within {waited.TotalSeconds:0.#} s.",
        _ when IsBroken(exception) => "the connection broke off; what was under way may have been done or not.",
        _ => exception.Message,
    };

    // https://redis.io/docs/latest/develop/reference/protocol-spec/ (simple errors), and the server's own src/server.c (shared.*err).
    private static string? Words(string code) => code switch
    {
        "READONLY" => "it is a replica, and no primary was found. A failover may be under way",
        "LOADING" => "it has started and is still loading its data",
        "OOM" => "its memory is full (maxmemory), so it takes no more writes: give it more, or delete what does not belong to the reactor",
        "MISCONF" => "it can't write to its disk, so it takes no more writes: look at its log and its disk",
        "NOREPLICAS" => "it has too few replicas for its own setting min-replicas-to-write",
        "MASTERDOWN" => "it is a replica that has lost its primary",
        "CLUSTERDOWN" => "its cluster is down: not every hash slot has a primary",
        "TRYAGAIN" or "ASK" => "the cluster is just moving our keys to another node",
        "MOVED" => "the nodes of the cluster disagree about who has our keys",
        "NOAUTH" or "WRONGPASS" => "it refuses the password that is set, or asks for one and none is set",
        "NOPERM" => "the user may not use all commands and keys that the store needs",
        "BUSY" => "a script of somebody else's has blocked it",
        _ => null,
    };

    // Redis 6 names the code only inside the story of the failed script: "ERR Error running script …: -OOM command not allowed …".
    private static string Code(string message)
    {
        // Redis 7 says this of a script with the code ERR.
        if (message.Contains("The user executing the script", StringComparison.Ordinal)) return "NOPERM";
        var inner = InnerCode().Match(message);
        return inner.Success ? inner.Groups["code"].Value : message.Split(' ', 2)[0];
    }

    [GeneratedRegex(": -(?<code>[A-Z]+) ", RegexOptions.ExplicitCapture, RegexPatience.Milliseconds)]
    private static partial Regex InnerCode();

    // As Redis says it, and as StackExchange.Redis does.
    [GeneratedRegex(@"^(MOVED \d+|Key has MOVED to Endpoint) (?<endpoint>\S+:\d+)(?= |$)", RegexOptions.ExplicitCapture, RegexPatience.Milliseconds)]
    private static partial Regex Moved();
}
