using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Paging;

/// <summary>What the last look at the channels found; looked again when it is older than an hour, or than a minute where something was wrong: that may be mended.</summary>
public sealed class LatestChannelCheck(Func<CancellationToken, Task<ImmutableArray<ChannelCheck>>> check, TimeProvider time)
{
    private static readonly TimeSpan Good = TimeSpan.FromHours(1);
    private static readonly TimeSpan Wrong = TimeSpan.FromMinutes(1);

    private DateTimeOffset? _at;

    public ImmutableArray<ChannelCheck> Latest { get; private set; } = [];

    public async Task LookAsync(CancellationToken cancel)
    {
        if (_at is { } at && time.GetUtcNow() - at < (Latest.Any(one => one.Problem is not null) ? Wrong : Good)) return;
        _at = time.GetUtcNow();
        Latest = await check(cancel);
    }
}
