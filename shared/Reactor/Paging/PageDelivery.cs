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
    private const int TurnTries = 4;
    private static readonly TimeSpan TurnWait = TimeSpan.FromMilliseconds(250);

    private readonly IStateStore store;
    private readonly TimeProvider time;
    private readonly Random random;
    private readonly string instance;
    private readonly DeliverySettings settings;
    private readonly Dictionary<string, Paced> channels;
    private readonly SemaphoreSlim oneAtATime = new(1, 1);

    /// <param name="store">Where pages wait.</param>
    /// <param name="channels">The ways out.</param>
    /// <param name="time">The clock of waits and records.</param>
    /// <param name="random">Spreads repeated tries.</param>
    /// <param name="instance">This process' name as the one who sends, unique among instances.</param>
    /// <param name="settings">How patiently.</param>
    public PageDelivery(IStateStore store, IEnumerable<IPageChannel> channels, TimeProvider time, Random random, string instance, DeliverySettings? settings = null)
    {
        this.store = store;
        this.instance = instance;
        this.time = time;
        this.random = random;
        this.settings = settings ?? new DeliverySettings();
        this.channels = channels.ToDictionary(
            channel => channel.Name, channel => new Paced(channel, new ChannelPace(channel.MinimumSpacing, time)), StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>
    /// Delivers what is due, as the only instance that does so now: two that send at once page people twice. No send starts at or after the
    /// deadline; one under way then may take up to its timeout. Throws <see cref="StoreUnavailableException"/> when the store fails: a page
    /// that was sent and could not be recorded goes out again.
    /// </summary>
    public async Task<DeliveryReport> DeliverAsync(DateTimeOffset deadline, CancellationToken cancel)
    {
        await oneAtATime.WaitAsync(cancel);
        try
        {
            // A turn is two writes: not for nothing, every few seconds, in each instance.
            if ((await store.DuePagesAsync(time.GetUtcNow(), limit: 1, cancel)).IsEmpty)
                return new DeliveryReport([]);
            if (await TakeTurnAsync(deadline, cancel) is not { } turn)
                return new DeliveryReport([]); // whoever sends now sees what we would have sent
            try
            {
                return await DrainAsync(store, deadline, cancel);
            }
            finally
            {
                await store.ReleaseLeaseAsync(turn, CancellationToken.None);
            }
        }
        finally
        {
            oneAtATime.Release();
        }
    }

    /// <summary>The same for pages that wait elsewhere because the store is down.</summary>
    public async Task<DeliveryReport> DeliverAsync(IOutbox outbox, DateTimeOffset deadline, CancellationToken cancel)
    {
        await oneAtATime.WaitAsync(cancel);
        try
        {
            return await DrainAsync(outbox, deadline, cancel);
        }
        finally
        {
            oneAtATime.Release();
        }
    }

    /// <summary>
    /// Another one's turn lasts as long as it takes to send what it found, mostly a fraction of a second. Whoever does not get it soon leaves
    /// it: a turn of one that died ends by itself.
    /// </summary>
    private async Task<StoreLease?> TakeTurnAsync(DateTimeOffset deadline, CancellationToken cancel)
    {
        // It must outlast a send that starts right before the deadline, and the record of it.
        var duration = deadline - time.GetUtcNow() + settings.Timeout + settings.Timeout;
        for (var tries = 0; ; tries++)
        {
            var answer = await store.AcquireLeaseAsync(LeaseName.Delivery, instance, duration, cancel);
            if (answer.Lease is not null || tries == TurnTries || time.GetUtcNow() + TurnWait >= deadline)
                return answer.Lease;
            await Task.Delay(TurnWait, time, cancel);
        }
    }

    private async Task<DeliveryReport> DrainAsync(IOutbox outbox, DateTimeOffset deadline, CancellationToken cancel)
    {
        var due = await outbox.DuePagesAsync(time.GetUtcNow(), settings.Batch, cancel);
        var attempts = await Task.WhenAll(due
            .GroupBy(entry => entry.Channel, StringComparer.Ordinal)
            .Select(group => DrainAsync(outbox, Find(group.Key), [.. group], deadline, cancel)));
        return new DeliveryReport([.. attempts.SelectMany(some => some)]);
    }

    public void Dispose() => oneAtATime.Dispose();

    /// <summary>The whole way of a page: due, sent, classified, recorded.</summary>
    private async Task<List<DeliveryAttempt>> DrainAsync(
        IOutbox outbox, Paced paced, ImmutableArray<OutboxEntry> due, DateTimeOffset deadline, CancellationToken cancel)
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
                await RecordAsync(outbox, entry, result);

                if (result.Status != SendStatus.Retry) continue;
                if (result.RetryAfter is { } asked) pace.HoldUntil(time.GetUtcNow() + Capped(asked));
                // One failure is enough: a sick channel would cost a timeout for every page. The next call begins with the others.
                return attempts;
            }

            // What was just delivered may have made the next page of its incident due.
            due = [.. (await outbox.DuePagesAsync(time.GetUtcNow(), settings.Batch, cancel)).Where(entry => entry.Channel == due[0].Channel)];
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
    private async Task RecordAsync(IOutbox outbox, OutboxEntry before, SendResult result)
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
        await outbox.RecordDeliveryAsync(after, DeliveryAudit.Of(after, result, now), CancellationToken.None);
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
