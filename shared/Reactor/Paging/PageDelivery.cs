using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Paging;

/// <summary>
/// Brings queued pages to people, at least once each. Channels go side by side, so that a dead one holds up no other; within a
/// channel the store hands out an incident's pages one after the other.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "See oneAtATime.")]
public sealed class PageDelivery
{
    private const int TurnTries = 4;

    /// <summary>So many failures in a row, and a channel rests until the next call.</summary>
    private const int FailuresToRest = 3;

    /// <summary>A failure that took so long would take it for every page.</summary>
    private static readonly TimeSpan SlowFailure = TimeSpan.FromSeconds(2);

    /// <summary>How often pages that came meanwhile are looked for, also by a channel that has many to send: the next one may be urgent.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TurnWait = TimeSpan.FromMilliseconds(250);

    private readonly IStateStore store;
    private readonly TimeProvider time;
    private readonly Random random;
    private readonly string instance;
    private readonly DeliverySettings settings;
    private readonly PageChannels channels;
    private readonly RefusedPages refused;
    private readonly Func<CancellationToken, Task<TrailState>> trail;
    // Never disposed: whoever waits at a semaphore that is disposed waits for ever, also when it is cancelled, and the stopping host with it.
    private readonly SemaphoreSlim oneAtATime = new(1, 1);

    /// <param name="store">Where pages wait.</param>
    /// <param name="channels">The ways out.</param>
    /// <param name="trail">How far the audit trail is sealed: each resolve carries it.</param>
    /// <param name="time">The clock of waits and records.</param>
    /// <param name="random">Spreads repeated tries.</param>
    /// <param name="instance">This process' name as the one who sends, unique among instances.</param>
    /// <param name="settings">How patiently.</param>
    public PageDelivery(
        IStateStore store, PageChannels channels, Func<CancellationToken, Task<TrailState>> trail, TimeProvider time, Random random, string instance, DeliverySettings? settings = null)
    {
        this.store = store;
        this.instance = instance;
        this.time = time;
        this.random = random;
        this.settings = settings ?? new DeliverySettings();
        this.channels = channels;
        refused = new RefusedPages(channels, time);
        this.trail = trail;
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
            if ((await DueAsync(store, limit: 1, cancel)).IsEmpty)
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
        // It must outlast a send that starts right before the deadline, what other channels start while that goes on, and the records.
        var duration = deadline - time.GetUtcNow() + channels.Timeout + channels.Timeout;
        for (var tries = 0; ; tries++)
        {
            cancel.ThrowIfCancellationRequested();
            // Not given up half-way when the process is told to stop: a turn that was granted unheard could not be given back.
            var answer = await store.AcquireLeaseAsync(LeaseName.Delivery, instance, duration, CancellationToken.None);
            if (answer.Lease is not null || tries == TurnTries || time.GetUtcNow() + TurnWait >= deadline)
                return answer.Lease;
            await Task.Delay(TurnWait, time, cancel);
        }
    }

    /// <summary>
    /// Channels side by side. Whoever is through looks again for what came meanwhile, while a sick one may still wait for its timeout, be it
    /// after the deadline; one that failed rests until the next call, which begins with the others.
    /// </summary>
    private async Task<DeliveryReport> DrainAsync(IOutbox outbox, DateTimeOffset deadline, CancellationToken cancel)
    {
        var attempts = ImmutableArray.CreateBuilder<DeliveryAttempt>();
        var sending = new Dictionary<string, Task<Round>>(StringComparer.Ordinal);
        var last = new Dictionary<string, Round>(StringComparer.Ordinal);
        var until = deadline;
        try
        {
            while (true)
            {
                if (until == deadline && sending.Count > 0 && time.GetUtcNow() >= deadline)
                {
                    // The others need not wait for it: they go on for about as long as it can last. The turn outlasts what they start then.
                    until = deadline + channels.Timeout - LookAgain;
                    foreach (var late in last.Where(one => one.Value.End == RoundEnd.Deadline).ToList()) last.Remove(late.Key);
                }

                // Past the deadline only beside one that began before it.
                var mayBegin = until == deadline || sending.Values.Any(round => !round.IsCompleted);
                foreach (var due in mayBegin ? (await DueAsync(outbox, settings.Batch, cancel)).GroupBy(entry => entry.Channel, StringComparer.Ordinal) : [])
                {
                    var before = last.GetValueOrDefault(due.Key);
                    if (before is null or { End: RoundEnd.Through } && !sending.ContainsKey(due.Key))
                        sending[due.Key] = SendAllAsync(outbox, channels.Find(due.Key), [.. due], before?.Failures ?? 0, until, cancel);
                }

                if (sending.Count == 0)
                    return new DeliveryReport(attempts.ToImmutable());
                await Task.WhenAny(sending.Values.Append<Task>(Task.Delay(LookAgain, time, cancel)));
                foreach (var (channel, round) in sending.Where(one => one.Value.IsCompleted).ToList())
                {
                    sending.Remove(channel);
                    last[channel] = await round;
                    attempts.AddRange(last[channel].Attempts);
                }
            }
        }
        finally
        {
            // Only after a fault of the store: what the others are sending now is recorded or not, but not forgotten here.
            await Task.WhenAll(sending.Values).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>What is due by the clock, and what a channel refused for a secret that is another one by now.</summary>
    private async Task<ImmutableArray<OutboxEntry>> DueAsync(IOutbox outbox, int limit, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        if (!refused.AnyRenewed) return await outbox.DuePagesAsync(now, limit, cancel);
        var waiting = await outbox.DuePagesAsync(now + settings.LongestWait, settings.Batch, cancel);
        return [.. waiting.Where(entry => entry.DueAt <= now || refused.IsRenewed(entry))];
    }

    /// <summary>The whole way of a page: due, not overtaken by later news, its turn, sent, classified, recorded.</summary>
    private async Task<Round> SendAllAsync(
        IOutbox outbox, PageChannels.Paced paced, ImmutableArray<OutboxEntry> due, int failures, DateTimeOffset deadline, CancellationToken cancel)
    {
        var (channel, pace) = paced;
        var attempts = new List<DeliveryAttempt>();
        var began = time.GetTimestamp();
        foreach (var entry in due)
        {
            if (IsFolded(entry))
            {
                await outbox.RecordDeliveryAsync(entry with { State = DeliveryState.Delivered }, DeliveryAudit.Folded(entry, time.GetUtcNow()), CancellationToken.None);
                continue;
            }

            var urgent = entry.Page.Severity == Severity.Critical;
            if (!await pace.WaitAsync(urgent, deadline, cancel)) return new Round(attempts, failures, RoundEnd.Deadline);

            var page = entry.Page.Kind == PageKind.Resolve ? await TrailHead.InAsync(entry.Page, trail, cancel) : entry.Page;
            var (started, secret) = (time.GetTimestamp(), channel.Credential);
            var result = refused.Settle(entry, await channels.SendAsync(channel, page, cancel), secret);
            var took = time.GetElapsedTime(started);
            attempts.Add(new DeliveryAttempt(entry.Channel, entry.Page.Id, result.Status, result.Detail, took));
            await RecordAsync(outbox, entry, result);

            failures = result.Status is SendStatus.Retry or SendStatus.Refused ? failures + 1 : 0;
            if (result.RetryAfter is { } asked) pace.HoldUntil(urgent, time.GetUtcNow() + Capped(asked));
            // A page may be bad by itself; a channel that is sick, or asks for a pause, is left alone for now.
            if (failures > 0 && (failures == FailuresToRest || took >= SlowFailure || result.RetryAfter is not null))
                return new Round(attempts, failures, RoundEnd.Failed);
            if (time.GetElapsedTime(began) >= LookAgain) break;
        }

        return new Round(attempts, failures, RoundEnd.Through);
    }

    /// <summary>Old news that somebody was not called for, with newer of the same incident behind it: a burst becomes its last word.</summary>
    private static bool IsFolded(OutboxEntry entry) => entry is { Overtaken: true, Page: { Kind: PageKind.Update, Severity: <= Severity.Warning } };

    /// <summary>Not cancelled with the caller: what was sent has to be recorded, or it goes out again.</summary>
    private async Task RecordAsync(IOutbox outbox, OutboxEntry before, SendResult result)
    {
        var now = time.GetUtcNow();
        var wait = WaitAfter(before.Attempts + 1, result.RetryAfter);
        if (result.Status == SendStatus.Refused && refused.Left(before) is var left && left < wait) wait = left;
        var after = before with
        {
            Attempts = before.Attempts + 1,
            State = result.Status switch
            {
                SendStatus.Delivered => DeliveryState.Delivered,
                SendStatus.Final => DeliveryState.Dead,
                _ => DeliveryState.Waiting,
            },
            DueAt = result.Status is SendStatus.Retry or SendStatus.Refused ? now + wait : before.DueAt,
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

    private TimeSpan Capped(TimeSpan asked) => asked < settings.LongestRetryAfter ? asked : settings.LongestRetryAfter;

    /// <param name="Attempts">What was tried.</param>
    /// <param name="Failures">How many in a row failed at its end.</param>
    /// <param name="End">Why it ended.</param>
    private sealed record Round(List<DeliveryAttempt> Attempts, int Failures, RoundEnd End);

    private enum RoundEnd
    {
        /// <summary>What it was given is sent, or it is time to look for what is more urgent.</summary>
        Through,

        /// <summary>The channel is sick, or asks for a pause.</summary>
        Failed,

        /// <summary>Its turn comes after the deadline.</summary>
        Deadline,
    }
}
