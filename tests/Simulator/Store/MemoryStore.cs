using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.Simulator.Store;

/// <summary>
/// What a store keeps, without a file or a server: the semantics of <see cref="IStateStore"/> in memory, at the speed that a simulated year
/// needs. A test holds it against the real one, call by call. Everything in it is a value, so that a copy costs nothing.
/// </summary>
public sealed class MemoryStore(string cluster, StateLimits limits, Func<DateTimeOffset> clock)
{
    private Content _now = Content.Empty;
    private readonly List<AuditRecord> _audit = [];
    private int _lives;

    /// <summary>True where the store can know that a lease's holder is gone, as a file on one machine does.</summary>
    public Func<string, bool>? IsGone { get; init; }

    /// <summary>Bytes of the panel as it was saved last.</summary>
    public int PanelBytes { get; private set; }

    public IReadOnlyList<AuditRecord> Records => _audit;

    public sealed record Copy(object Content, int Records);

    public Copy BackUp() => new(_now, _audit.Count);

    /// <summary>Null: all of it is lost.</summary>
    public void PutBack(Copy? copy)
    {
        _now = (Content?)copy?.Content ?? Content.Empty with { Chain = $"life-{++_lives}" };
        _audit.RemoveRange(copy?.Records ?? 0, _audit.Count - (copy?.Records ?? 0));
    }

    public StoredPanel Load()
    {
        if (_now.Panel is not { } json)
            return new StoredPanel(Panel.Empty(cluster), 0, _now.Chain);
        return new StoredPanel(json, _now.Revision, _now.Chain);
    }

    public bool Save(Commit commit)
    {
        if (commit.ExpectedRevision != _now.Revision || !IsLatest(commit.Lease))
            return false;
        var text = PanelJson.Write(commit.Panel, commit.Unknown);
        PanelBytes = text.Length;
        var (panel, _) = PanelJson.Read(text, cluster, (found, expected, misfit) => new StoreContentException($"{found}; expected {expected}", misfit));
        _now = _now with
        {
            Panel = panel,
            Revision = _now.Revision + 1,
            Chain = commit.NewChain ?? _now.Chain,
            Inbox = _now.Inbox.RemoveRange(commit.Decided),
            Closed = _now.Closed.SetItems(commit.Closed.Select(incident => KeyValuePair.Create(incident.Id, incident))),
        };
        Queue(commit.Pages, commit.Channels);
        _audit.AddRange(commit.Audit);
        return true;
    }

    public bool Append(IReadOnlyList<Signal> signals)
    {
        var known = _now.Inbox.ToDictionary(entry => entry.Value.Key, entry => entry.Key);
        if (signals.Any(signal => signal is not Order))
        {
            var added = signals.Select(signal => signal.Key).Distinct(StringComparer.Ordinal).Count(key => !known.ContainsKey(key));
            if (added > 0 && known.Count + added > limits.InboxBoundFor(signals))
                return false;
        }

        var inbox = _now.Inbox;
        var last = _now.LastSignal;
        foreach (var signal in signals)
        {
            if (known.TryGetValue(signal.Key, out var older))
                inbox = inbox.Remove(older);
            inbox = inbox.Add(++last, signal);
            known[signal.Key] = last;
        }

        _now = _now with { Inbox = inbox, LastSignal = last };
        return true;
    }

    public ImmutableArray<InboxEntry> Pending(int limit)
    {
        var first = _now.Inbox.Take(limit).Select(entry => new InboxEntry(entry.Key, entry.Value)).ToList();
        if (first.Count < limit || first.Count == 0)
            return [.. first];
        var orders = _now.Inbox.Skip(limit).Where(entry => entry.Value is Order).Take(100).Select(entry => new InboxEntry(entry.Key, entry.Value));
        return [.. first, .. orders];
    }

    public LeaseAnswer Acquire(LeaseName name, string owner, TimeSpan duration, DateTimeOffset callersNow)
    {
        var now = clock();
        var held = _now.Leases.GetValueOrDefault(name);
        var gone = held?.Owner is { } other && other != owner && held.Until > now && IsGone?.Invoke(other) is true;
        if (held?.Owner is not null && held.Owner != owner && held.Until > now && !gone)
            return new LeaseAnswer(null, held.Until - now);
        var token = (held?.Token ?? 0) + 1;
        _now = _now with { Leases = _now.Leases.SetItem(name, new Held(owner, token, now + duration)) };
        return new LeaseAnswer(new StoreLease(name, owner, token, callersNow + duration), TimeSpan.Zero) { HolderGone = gone };
    }

    public StoreLease? Renew(StoreLease lease, TimeSpan duration, DateTimeOffset callersNow)
    {
        var now = clock();
        if (_now.Leases.GetValueOrDefault(lease.Name) is not { } held || held.Owner != lease.Owner || held.Token != lease.Token || held.Until <= now)
            return null;
        var until = held.Until > now + duration ? held.Until : now + duration;
        _now = _now with { Leases = _now.Leases.SetItem(lease.Name, held with { Until = until }) };
        return lease with { Until = callersNow + (until - now) };
    }

    public void Release(StoreLease lease)
    {
        if (_now.Leases.GetValueOrDefault(lease.Name) is { } held && held.Owner == lease.Owner && held.Token == lease.Token)
            _now = _now with { Leases = _now.Leases.SetItem(lease.Name, held with { Owner = null, Until = DateTimeOffset.MinValue }) };
    }

    public void Queue(IReadOnlyList<Page> pages, ImmutableArray<string> channels)
    {
        var room = new NoticeRoom(limits.NoticeBound);
        foreach (var page in pages)
        {
            foreach (var channel in page.Channels?.AsEnumerable() ?? channels)
            {
                if (!room.Takes(page, channel, Notices, () => _now.Outbox.Values.Any(entry => entry.Channel == channel && entry.Page.DedupKey == page.DedupKey)))
                    continue;
                if (_now.Queued.Contains((page.Id, channel)))
                    continue;
                var entry = new OutboxEntry
                {
                    Sequence = _now.LastPage + 1, Page = page, Channel = channel, State = DeliveryState.Waiting, DueAt = page.At,
                };
                _now = _now with { Outbox = _now.Outbox.Add(entry.Sequence, entry), LastPage = entry.Sequence, Queued = _now.Queued.Add((page.Id, channel)) };
            }
        }

        foreach (var (channel, count) in room.Dropped)
            _now = _now with { Dropped = _now.Dropped.SetItem(channel, _now.Dropped.GetValueOrDefault(channel) + count) };
    }

    public ImmutableArray<OutboxEntry> Due(DateTimeOffset now, int limitPerChannel)
    {
        var waiting = _now.Waiting;
        if (waiting.IsEmpty)
            return [];
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var due = ImmutableArray.CreateBuilder<OutboxEntry>();
        foreach (var (turn, overtaken) in DueOrder.Of([.. waiting.Select(e => new WaitingPage(e.Sequence, e.Channel, e.Page.DedupKey, e.DueAt, DueOrder.UrgencyOf(e.Page)))], now))
        {
            var place = places.GetValueOrDefault(turn.Channel);
            if (place >= limitPerChannel)
                continue;
            places[turn.Channel] = place + 1;
            due.Add(_now.Outbox[turn.Sequence] with { Overtaken = overtaken });
        }

        return due.ToImmutable();
    }

    public void Record(OutboxEntry after, AuditRecord audit)
    {
        if (_now.Outbox.GetValueOrDefault(after.Sequence) is { State: DeliveryState.Waiting } before)
        {
            var state = before with { State = after.State, Attempts = after.Attempts, DueAt = after.DueAt, LastError = after.LastError };
            _now = _now with { Outbox = _now.Outbox.SetItem(after.Sequence, state) };
        }

        _audit.Add(audit);
    }

    public bool Resend(string pageId, string channel, DateTimeOffset dueAt, AuditRecord audit)
    {
        if (_now.Outbox.Values.FirstOrDefault(e => e.Page.Id == pageId && e.Channel == channel && e.State != DeliveryState.Delivered) is not { } found)
            return false;
        _now = _now with { Outbox = _now.Outbox.SetItem(found.Sequence, found with { State = DeliveryState.Waiting, Attempts = 0, DueAt = dueAt, LastError = "" }) };
        _audit.Add(audit);
        return true;
    }

    public ImmutableArray<OutboxEntry> Pages(PageQuery query) =>
    [
        .. _now.Outbox.Values
            .Where(e => e.State != DeliveryState.Delivered && (query.State is null || e.State == query.State) && (query.Channel is null || e.Channel == query.Channel))
            .Take(query.Limit),
    ];

    public ImmutableArray<OutboxCount> Count() =>
    [
        .. _now.Outbox.Values.Where(e => e.State != DeliveryState.Delivered).Select(e => e.Channel).Union(_now.Dropped.Keys).Order(StringComparer.Ordinal).Select(channel =>
        {
            var all = _now.Outbox.Values.Where(e => e.Channel == channel).ToList();
            var waiting = all.Where(e => e.State == DeliveryState.Waiting).ToList();
            return new OutboxCount(
                channel, waiting.Count, all.Count(e => e.State == DeliveryState.Dead), waiting.Count == 0 ? null : waiting.Min(e => e.Page.At), _now.Dropped.GetValueOrDefault(channel));
        }),
    ];

    public void AppendAudit(IReadOnlyList<AuditRecord> records) => _audit.AddRange(records);

    public ImmutableArray<StoredAudit> Audit(long after, int limit) =>
        [.. _audit.Skip((int)after).Take(limit).Select((record, i) => new StoredAudit(after + i + 1, record))];

    public ImmutableArray<Incident> ClosedIncidents(int limit) =>
        [.. _now.Closed.Values.OrderByDescending(incident => incident.ClosedAt).ThenBy(incident => incident.Id, StringComparer.Ordinal).Take(limit)];

    public Incident? ClosedIncident(string id) => _now.Closed.GetValueOrDefault(id);

    private int Notices(string channel) =>
        _now.Outbox.Values.Count(e => e.State == DeliveryState.Waiting && e.Channel == channel && NoticeRoom.IsNotice(e.Page));

    private bool IsLatest(StoreLease? lease) => _now.Leases.GetValueOrDefault(LeaseName.Runner) is { } held
        ? held.Token == lease?.Token && (held.Owner is null || held.Owner == lease.Owner)
        : lease is null;

    private sealed record Held(string? Owner, long Token, DateTimeOffset Until);

    private sealed record Content
    {
        public static Content Empty { get; } = new();

        public Panel? Panel { get; init; }

        public long Revision { get; init; }

        public string Chain { get; init; } = "life-0";

        public ImmutableSortedDictionary<long, Signal> Inbox { get; init; } = ImmutableSortedDictionary<long, Signal>.Empty;

        public long LastSignal { get; init; }

        public ImmutableSortedDictionary<long, OutboxEntry> Outbox { get; init; } = ImmutableSortedDictionary<long, OutboxEntry>.Empty;

        public ImmutableHashSet<(string, string)> Queued { get; init; } = [];

        public long LastPage { get; init; }

        public ImmutableSortedDictionary<string, long> Dropped { get; init; } = ImmutableSortedDictionary<string, long>.Empty;

        public ImmutableSortedDictionary<LeaseName, Held> Leases { get; init; } = ImmutableSortedDictionary<LeaseName, Held>.Empty;

        public ImmutableSortedDictionary<string, Incident> Closed { get; init; } = ImmutableSortedDictionary<string, Incident>.Empty;

        public ImmutableArray<OutboxEntry> Waiting => [.. Outbox.Values.Where(e => e.State == DeliveryState.Waiting)];
    }
}
