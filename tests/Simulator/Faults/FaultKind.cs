namespace Sophia.Keda.Reactor.Simulator.Faults;

/// <summary>What can go wrong at one call to the store or to the API server.</summary>
public enum FaultKind
{
    None,

    /// <summary>The process ends just before the call.</summary>
    CrashBefore,

    /// <summary>It ends when the call has had its effect, and never hears the answer.</summary>
    CrashAfter,

    /// <summary>The connection breaks before anything was done.</summary>
    LostRequest,

    /// <summary>It was done, and nobody hears of it.</summary>
    LostReply,

    /// <summary>No answer at all until the caller gives up; whether it was done depends on the call.</summary>
    Timeout,

    /// <summary>409: somebody else wrote in between.</summary>
    Conflict,

    /// <summary>429 with Retry-After.</summary>
    TooMany,

    /// <summary>500 or 503.</summary>
    ServerError,

    /// <summary>The process stands still right there for longer than its lease.</summary>
    Sleep,
}

/// <summary>Where a call goes.</summary>
[Flags]
public enum Places
{
    Store = 1,
    Api = 2,
    Both = Store | Api,
}
