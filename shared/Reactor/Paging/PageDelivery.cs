using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Paging;

/// <summary>
/// Brings queued pages to people, at least once each. Channels go side by side, so that a dead one holds up no other; within a
/// channel the store hands out an incident's pages one after the other.
/// </summary>
public sealed class PageDelivery : IDisposable
{
    private readonly IStateStore store;
    private readonly TimeProvider time;
    private readonly Random random;
    private readonly DeliverySettings settings;
    private readonly Dictionary<string, Paced> channels;
    private readonly SemaphoreSlim oneAtATime = new(1, 1);

    public PageDelivery(IStateStore store, IEnumerable<IPageChannel> channels, TimeProvider time, Random random, DeliverySettings? settings = null)
    {
        this.store = store;
        this.time = time;
        this.random = random;
        this.settings = settings ?? new DeliverySettings();
        this.channels = channels.ToDictionary(
            channel => channel.Name, channel => new Paced(channel, new ChannelPace(channel.MinimumSpacing, time)), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>
    /// Delivers what is due. No send starts at or after the deadline; one under way then may take up to its timeout.
    /// Throws <see cref="StoreUnavailableException"/> when the store fails: a page that was sent and could not be recorded goes out again.
    /// </summary>
    public async Task<DeliveryReport> DeliverAsync(DateTimeOffset deadline, CancellationToken cancel)
    {
        // Two calls at once would both send what is due.
        await oneAtATime.WaitAsync(cancel);
        try
        {
            var due = await store.DuePagesAsync(time.GetUtcNow(), settings.Batch, cancel);
            var attempts = await Task.WhenAll(due
                .GroupBy(entry => entry.Channel, StringComparer.Ordinal)
                .Select(group => DrainAsync(Find(group.Key), [.. group], deadline, cancel)));
            return new DeliveryReport([.. attempts.SelectMany(some => some)]);
        }
        finally
        {
            oneAtATime.Release();
        }
    }

    public void Dispose() => oneAtATime.Dispose();

    /// <summary>The whole way of a page: due, sent, classified, recorded.</summary>
    private async Task<List<DeliveryAttempt>> DrainAsync(
        Paced paced, ImmutableArray<OutboxEntry> due, DateTimeOffset deadline, CancellationToken cancel)
    {
        var (channel, pace) = paced;
        var attempts = new List<DeliveryAttempt>();
        while (!due.IsEmpty)
        {
            foreach (var entry in due)
            {
                if (!await pace.WaitAsync(deadline, cancel)) return attempts;

                var started = time.GetTimestamp();
                var result = await SendAsync(channel, entry.Page, cancel);
                attempts.Add(new DeliveryAttempt(entry.Channel, entry.Page.Id, result.Status, result.Detail, time.GetElapsedTime(started)));
                await RecordAsync(entry, result);

                if (result.Status != SendStatus.Retry) continue;
                if (result.RetryAfter is { } asked) pace.HoldUntil(time.GetUtcNow() + Capped(asked));
                // One failure is enough: a sick channel would cost a timeout for every page. The next call begins with the others.
                return attempts;
            }

            // What was just delivered may have made the next page of its incident due.
            due = [.. (await store.DuePagesAsync(time.GetUtcNow(), settings.Batch, cancel)).Where(entry => entry.Channel == due[0].Channel)];
        }

        return attempts;
    }

    private async Task<SendResult> SendAsync(IPageChannel channel, Page page, CancellationToken cancel)
    {
        using var timeout = new CancellationTokenSource(settings.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, timeout.Token);
        try
        {
            return await channel.SendAsync(page, either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new SendResult(SendStatus.Retry, $"no answer within {settings.Timeout.TotalSeconds:0.#} s");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // A bug in a channel must not stop the others. Its message may hold an address with a secret: the type has to do.
            return new SendResult(SendStatus.Retry, $"the channel failed with {exception.GetType().Name}");
        }
    }

    /// <summary>Not cancelled with the caller: what was sent has to be recorded, or it goes out again.</summary>
    private async Task RecordAsync(OutboxEntry before, SendResult result)
    {
        var now = time.GetUtcNow();
        var after = before with
        {
            Attempts = before.Attempts + 1,
            State = result.Status switch
            {
                SendStatus.Delivered => DeliveryState.Delivered,
                SendStatus.Final => DeliveryState.Dead,
                _ => DeliveryState.Waiting,
            },
            DueAt = result.Status == SendStatus.Retry ? now + WaitAfter(before.Attempts + 1, result.RetryAfter) : before.DueAt,
            LastError = result.Status == SendStatus.Delivered ? "" : result.Detail,
        };
        await store.RecordDeliveryAsync(after, DeliveryAudit.Of(after, result, now), CancellationToken.None);
    }

    /// <summary>Doubles from the first wait to the longest, spread over its upper half so that pages that failed together don't return together.</summary>
    private TimeSpan WaitAfter(int attempts, TimeSpan? asked)
    {
        var wait = settings.FirstWait * Math.Min(Math.Pow(2, attempts - 1), settings.LongestWait / settings.FirstWait);
        double spread;
        lock (random) spread = random.NextDouble();
        wait *= 0.5 + spread / 2;
        return asked is { } longer && Capped(longer) > wait ? Capped(longer) : wait;
    }

    private Paced Find(string name) =>
        channels.TryGetValue(name, out var known) ? known : new Paced(new UnconfiguredChannel(name), new ChannelPace(TimeSpan.Zero, time));

    private TimeSpan Capped(TimeSpan asked) => asked < settings.LongestRetryAfter ? asked : settings.LongestRetryAfter;

    private sealed record Paced(IPageChannel Channel, ChannelPace Pace);
}
