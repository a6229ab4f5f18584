namespace Sophia.Keda.Reactor.State;

/// <summary>How much a store keeps and for how long, whatever it is.</summary>
public sealed record StateLimits
{
    /// <summary>Undecided signals kept at once; alerts beyond it are refused, so that Alertmanager keeps them and sends them again.</summary>
    public int InboxBound { get; init; } = 10_000;

    /// <summary>How long delivered and dead pages are kept. The audit trail keeps what became of them for good.</summary>
    public TimeSpan PageRetention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long closed incidents are kept.</summary>
    public TimeSpan IncidentRetention { get; init; } = TimeSpan.FromDays(90);

    /// <summary>What is weaker than this keeps the host from starting.</summary>
    public Durability Durability { get; init; } = Durability.Standard;
}

/// <summary>Where the SQLite store keeps its file.</summary>
public sealed record SqliteSettings
{
    /// <summary>The database file. Its folder is made when it is missing. A local disk: SQLite's locks don't hold on network shares.</summary>
    public required string Path { get; init; }

    /// <summary>How long a call waits for another process that holds the file before it counts as unavailable.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(5);

    public StateLimits Limits { get; init; } = new();
}
