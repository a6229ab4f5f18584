using Sophia.Keda.Reactor.Sandbox.Api;

namespace Sophia.Keda.Reactor.Sandbox.Faults;

public enum ApiFaultKind
{
    /// <summary>Answers an error without doing anything.</summary>
    Status,

    /// <summary>Does what was asked, after a delay.</summary>
    Slow,

    /// <summary>Does nothing and never answers.</summary>
    Hang,

    /// <summary>The connection breaks before anything was done.</summary>
    ResetBefore,

    /// <summary>It was done, and then the connection breaks: a lost reply.</summary>
    ResetAfter,

    /// <summary>Somebody deletes the object that is asked for just before: it was there when it was listed.</summary>
    DeletedBefore,
}

/// <summary>One way in which the API server misbehaves, for requests that match.</summary>
public sealed class ApiFault
{
    public required ApiFaultKind Kind { get; init; }
    public Func<ApiRequest, bool> When { get; init; } = _ => true;

    /// <summary>Strikes only so many times; null: as long as it is in the plan.</summary>
    public int? Left { get; set; }

    public double Probability { get; init; } = 1;
    public int Status { get; init; } = 503;
    public TimeSpan? RetryAfter { get; init; }
    public TimeSpan Delay { get; init; }

    public static ApiFault Error(int status, int? times = null, TimeSpan? retryAfter = null, Func<ApiRequest, bool>? when = null) =>
        new() { Kind = ApiFaultKind.Status, Status = status, Left = times, RetryAfter = retryAfter, When = when ?? (_ => true) };
}
