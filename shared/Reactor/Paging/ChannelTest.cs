namespace Sophia.Keda.Reactor.Paging;

/// <param name="Channel">The channel by name.</param>
/// <param name="Status">How a test page went.</param>
/// <param name="Detail">The answer in words, without secrets.</param>
/// <param name="Took">How long it took.</param>
public sealed record ChannelTest(string Channel, SendStatus Status, string Detail, TimeSpan Took);

/// <param name="Channel">The channel by name.</param>
/// <param name="Problem">Null when nothing is known to be wrong.</param>
/// <param name="At">When it was looked.</param>
public sealed record ChannelCheck(string Channel, string? Problem, DateTimeOffset At);
