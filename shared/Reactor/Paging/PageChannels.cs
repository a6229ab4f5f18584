using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Paging;

/// <summary>The ways to people, by name. Each call to one has its time, and a bug in one stops no other.</summary>
public sealed class PageChannels
{
    private readonly Dictionary<string, Paced> channels;
    private readonly TimeProvider time;

    /// <param name="channels">The ways out, each name once.</param>
    /// <param name="time">The clock of waits.</param>
    /// <param name="timeout">How long one call may take; 10 s by default.</param>
    public PageChannels(IEnumerable<IPageChannel> channels, TimeProvider time, TimeSpan? timeout = null)
    {
        this.time = time;
        Timeout = timeout ?? TimeSpan.FromSeconds(10);
        this.channels = channels.ToDictionary(
            channel => channel.Name, channel => new Paced(channel, new ChannelPace(channel.MinimumSpacing, time)), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The channels that are configured here.</summary>
    public IEnumerable<string> Names => channels.Keys.Order(StringComparer.Ordinal);

    /// <summary>How long one call may take.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>Whether a trigger stays open on that channel until a resolve.</summary>
    public bool KeepsOpen(string channel) => Find(channel).Channel.KeepsOpen;

    /// <summary>
    /// Sends a page now, on these channels side by side, past the queue and each once: a proof before it is needed. Where a trigger stays open it
    /// is resolved at once.
    /// </summary>
    /// <param name="hurry">Ends the wait for an answer, not the test: the channel that gave none is told so.</param>
    public async Task<ImmutableArray<ChannelTest>> TestAsync(Page page, IEnumerable<string> names, CancellationToken hurry, CancellationToken cancel) =>
    [
        .. await Task.WhenAll(names.Select(async name =>
        {
            var channel = Find(name).Channel;
            var started = time.GetTimestamp();
            var result = await SendHurriedAsync(channel, page, hurry, cancel);
            if (channel.KeepsOpen && result.Status == SendStatus.Delivered)
                result = await SendHurriedAsync(channel, page with { Id = page.Id + "/over", Kind = PageKind.Resolve }, hurry, cancel);
            return new ChannelTest(name, result.Status, result.Detail, time.GetElapsedTime(started));
        })),
    ];

    /// <summary>Looks whether each channel could be reached. Wakes nobody.</summary>
    public async Task<ImmutableArray<ChannelCheck>> CheckAsync(CancellationToken cancel) =>
    [
        .. await Task.WhenAll(channels.Values.Select(async paced => new ChannelCheck(
            paced.Channel.Name, await CallAsync(paced.Channel.CheckAsync, problem => problem, "the check", cancel), time.GetUtcNow()))),
    ];

    /// <summary>One try. What goes wrong with the channel is an answer like any other.</summary>
    internal Task<SendResult> SendAsync(IPageChannel channel, Page page, CancellationToken cancel) =>
        CallAsync(until => channel.SendAsync(page, until), problem => new SendResult(SendStatus.Retry, problem), "the channel", cancel);

    private async Task<SendResult> SendHurriedAsync(IPageChannel channel, Page page, CancellationToken hurry, CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(hurry, cancel);
        try
        {
            return await SendAsync(channel, page, either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new SendResult(SendStatus.Retry, "the channel gave no answer in time; whether the page arrives is not known");
        }
    }

    internal Paced Find(string name) =>
        channels.TryGetValue(name, out var known) ? known : new Paced(new UnconfiguredChannel(name, time), new ChannelPace(TimeSpan.Zero, time));

    private async Task<T> CallAsync<T>(Func<CancellationToken, Task<T>> call, Func<string, T> failed, string what, CancellationToken cancel)
    {
        using var late = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, late.Token);
        try
        {
            return await call(either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return failed($"no answer within {Timeout.TotalSeconds:0.#} s");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // A bug in a channel must not stop the others. Its message may hold an address with a secret: the type has to do.
            return failed($"{what} failed with {exception.GetType().Name}");
        }
    }

    internal sealed record Paced(IPageChannel Channel, ChannelPace Pace);
}
