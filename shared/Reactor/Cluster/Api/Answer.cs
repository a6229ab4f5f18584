namespace Sophia.Keda.Reactor.Cluster;

/// <summary>What became of a request, apart from the answer's status.</summary>
internal enum Fate
{
    Answered,

    /// <summary>It never reached the server.</summary>
    NotSent,

    /// <summary>It went out and no answer came: it may have been done.</summary>
    Lost,
}

/// <summary>The end of one request. The API server's faults are values here, never exceptions.</summary>
internal abstract record Answer
{
    public required Fate Fate { get; init; }

    public int? Status { get; init; }

    /// <summary>The server's words, or ours about the connection. At most <see cref="Words.Limit"/> characters.</summary>
    public string Detail { get; init; } = "";

    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Sending it once more is worthwhile and still allowed.</summary>
    public bool Again { get; init; }

    public bool IsSuccess => Fate == Fate.Answered && Status is >= 200 and < 300;

    /// <summary>True when the server could not serve now: another time it may.</summary>
    public bool IsTransient => Fate != Fate.Answered || Status is 408 or 429 or 500 or 502 or 503 or 504;

    /// <summary>One line for people.</summary>
    public string Say() => Status is { } status ? $"{status}: {Detail}" : Detail;
}

internal sealed record Answer<T> : Answer
    where T : class
{
    /// <summary>The body of a 2xx; null when it could not be read.</summary>
    public T? Value { get; init; }
}

internal static class Words
{
    public const int Limit = 300;

    /// <summary>One line of at most <see cref="Limit"/> characters: it goes into the audit and onto pages.</summary>
    public static string Cut(string text)
    {
        var line = string.Create(text.Length, text, static (span, from) =>
        {
            for (var i = 0; i < span.Length; i++)
                span[i] = char.IsControl(from[i]) ? ' ' : from[i];
        }).Trim();
        return line.Length <= Limit ? line : string.Concat(line.AsSpan(0, Limit - 1), "…");
    }
}
