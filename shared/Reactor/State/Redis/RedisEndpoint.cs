namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>Where one server listens.</summary>
internal sealed record RedisEndpoint(string Host, int Port)
{
    private const int UsualPort = 6379;

    /// <summary>"host:port", "host", "[::1]:6379", or "2001:db8::1:6379" as a cluster says it.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static RedisEndpoint Parse(string text) => TryParse(text)
        ?? throw new ArgumentException($"\"{text}\" is no Redis endpoint: \"host:port\" is expected, for instance \"redis.example:6379\".", nameof(text));

    /// <summary>Null when it is none.</summary>
    public static RedisEndpoint? TryParse(string text)
    {
        var colon = text.LastIndexOf(':');
        var hasPort = colon >= 0 && !text.EndsWith(']');
        var host = (hasPort ? text[..colon] : text).Trim('[', ']');
        var port = UsualPort;
        return host.Length > 0 && (!hasPort || (int.TryParse(text[(colon + 1)..], out port) && port is > 0 and <= 65_535))
            ? new RedisEndpoint(host, port)
            : null;
    }

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
