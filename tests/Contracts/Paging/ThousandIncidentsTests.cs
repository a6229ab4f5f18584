using System.Collections.Immutable;
using Sophia.Keda.Reactor.Contracts.Tests.State;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Keeping;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.State;
using Xunit.Abstractions;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

public sealed class ThousandIncidentsTests(ITestOutputHelper output)
{
    private const int Incidents = 1_000;
    private const double Fails = 0.3;

    /// <summary>As functions/Wiring.cs and Pages:Schedule have them.</summary>
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    [Fact]
    public void A_thousand_incidents_at_once_reach_every_channel_in_order_although_each_fails_three_times_in_ten()
    {
        var time = new StepTime(Pages.Noon);
        FakeChannel[] channels =
        [
            Failing("slack", TimeSpan.FromSeconds(1), seed: 1),
            Failing("pagerduty", TimeSpan.FromSeconds(0.5), seed: 2),
            Failing("email", TimeSpan.Zero, seed: 3),
            Failing("webhook", TimeSpan.Zero, seed: 4),
        ];
        var outbox = new Watched([.. Enumerable.Range(0, Incidents).SelectMany(PagesOf)], [.. channels.Select(channel => channel.Name)]);
        using var folder = new TemporaryFolder();
        using var store = new SqliteStore("unused", new SqliteSettings { Path = Path.Combine(folder.Path, "state.db") }, time);
        var trail = Task.FromResult(new TrailState("chain", 0, AuditPoint.Beginning, AuditPoint.Beginning)); // the store's own answers on another thread
        var delivery = new PageDelivery(store, new PageChannels(channels, time), _ => trail, time, new Random(5), "test");

        var done = new Dictionary<string, DateTimeOffset>();
        for (var tick = Pages.Noon; done.Count < channels.Length; tick += Every)
        {
            time.PassUntil(tick);
            time.Run(() => delivery.DeliverAsync(outbox, time.GetUtcNow() + Budget, CancellationToken.None));
            foreach (var channel in channels.Where(channel => outbox.DeliveredOn(channel.Name).Count == Incidents * 4))
                done.TryAdd(channel.Name, time.GetUtcNow());
            Assert.True(time.GetUtcNow() - Pages.Noon < TimeSpan.FromHours(4), "after four hours something still waits");
        }

        foreach (var channel in channels)
        {
            var taken = channel.Sent.Count;
            var (took, least) = (done[channel.Name] - Pages.Noon, channel.MinimumSpacing * taken);
            output.WriteLine($"{channel.Name}: {taken} sends for {Incidents} incidents, through after {took.TotalMinutes:0.0} min; its limit alone would take {least.TotalMinutes:0.0} min");
            AssertInOrder(outbox.DeliveredOn(channel.Name));
            // The limit, the share of time in which a timer sends (8 of 10 s), and room for the last repetitions, which wait up to 5 min.
            Assert.True(took <= least * 1.25 * 1.2 + TimeSpan.FromMinutes(30), $"{channel.Name} took {took}, its limit alone would take {least}");
        }
    }

    private static FakeChannel Failing(string name, TimeSpan spacing, int seed)
    {
        var random = new Random(seed);
        return new FakeChannel(name)
        {
            MinimumSpacing = spacing,
            Answer = _ => random.NextDouble() < Fails ? new SendResult(SendStatus.Retry, "503") : new SendResult(SendStatus.Delivered, "ok"),
        };
    }

    private static IEnumerable<Page> PagesOf(int incident)
    {
        foreach (var (kind, severity, number) in new[] { (PageKind.Trigger, Severity.Critical, 1), (PageKind.Update, Severity.Critical, 2), (PageKind.Update, Severity.Info, 3), (PageKind.Resolve, Severity.Info, 4) })
        {
            yield return Pages.Full with
            {
                Id = $"incident-{incident}#{number}", DedupKey = $"incident-{incident}", IncidentId = $"incident-{incident}", Kind = kind, Severity = severity, Targets = [],
            };
        }
    }

    /// <summary>Each incident's pages one after the other, all of them but old news that newer news stood behind.</summary>
    private static void AssertInOrder(List<(string Page, bool Folded)> delivered)
    {
        foreach (var incident in delivered.GroupBy(one => one.Page[..one.Page.IndexOf('#', StringComparison.Ordinal)]))
        {
            var numbers = incident.Select(one => int.Parse(one.Page[(one.Page.IndexOf('#', StringComparison.Ordinal) + 1)..], System.Globalization.CultureInfo.InvariantCulture)).ToImmutableArray();
            Assert.Equal([1, 2, 3, 4], numbers.ToArray());
            Assert.All(incident.Where(one => one.Folded), one => Assert.EndsWith("#3", one.Page, StringComparison.Ordinal));
        }

        Assert.Equal(Incidents * 4, delivered.Count);
    }

    /// <summary>The outbox of the time without a store, which needs no other thread, and what became of its pages.</summary>
    private sealed class Watched : IOutbox
    {
        private readonly StandInOutbox inner = new();
        private readonly Dictionary<string, List<(string Page, bool Folded)>> delivered = [];

        public Watched(ImmutableArray<Page> pages, ImmutableArray<string> channels) => inner.Queue(pages, channels);

        public List<(string Page, bool Folded)> DeliveredOn(string channel) => delivered.GetValueOrDefault(channel) ?? [];

        public Task<ImmutableArray<OutboxEntry>> DuePagesAsync(DateTimeOffset now, int limit, CancellationToken cancel) => inner.DuePagesAsync(now, limit, cancel);

        public Task RecordDeliveryAsync(OutboxEntry after, AuditRecord audit, CancellationToken cancel)
        {
            if (after.State == DeliveryState.Delivered)
            {
                if (!delivered.TryGetValue(after.Channel, out var pages)) delivered[after.Channel] = pages = [];
                pages.Add((after.Page.Id, audit.Reason == Reason.PageFolded));
            }

            return inner.RecordDeliveryAsync(after, audit, cancel);
        }
    }
}
