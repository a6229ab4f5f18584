using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Paging;

/// <summary>
/// When nothing gets through: said in the log at critical, and as an Event on each affected ScaledObject; health
/// and metrics say it from the same <see cref="Silence"/>. Whoever looks at the cluster sees it there; the pages themselves go on being tried.
/// </summary>
/// <param name="store">Where pages wait.</param>
/// <param name="policy">Where a page goes that names no channels.</param>
/// <param name="tell">Writes an Event on a ScaledObject: target, its uid or null, a stable name, and what to say. False when it was not taken.</param>
/// <param name="time">The clock.</param>
/// <param name="log">The last resort's last resort.</param>
public sealed partial class LastResort(
    IStateStore store, Policy policy, Func<EventOnTarget, CancellationToken, Task<bool>> tell, TimeProvider time, ILogger<LastResort> log)
{
    /// <summary>Events for one page: enough to be found, and no flood when a thousand targets move.</summary>
    private const int MostEvents = 20;
    private const int Looked = 1_000;
    private static readonly TimeSpan Repeat = TimeSpan.FromMinutes(5);

    /// <summary>Pages whose Events are written, and those that stand in the trail: while the store is down there is no trail.</summary>
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly HashSet<string> _recorded = new(StringComparer.Ordinal);
    private DateTimeOffset? _saidAt;
    private int _looking;

    /// <summary>What nobody has heard, as of the last look.</summary>
    public ImmutableArray<Unheard> Latest { get; private set; } = [];

    /// <summary>Throws <see cref="StoreUnavailableException"/> when the store can't say what waits.</summary>
    public Task LookAsync(CancellationToken cancel) => AloneAsync(async () =>
    {
        var panel = (await store.LoadAsync(cancel)).Panel;
        var unheard = Silence.Of(await store.PagesAsync(new PageQuery { Limit = Looked }, cancel), policy.AlertChannels, panel, time.GetUtcNow());
        if (unheard.IsEmpty && !Latest.IsEmpty)
        {
            _saidAt = null;
            _told.Clear();
            _recorded.Clear();
            LogHeard();
            await RecordAsync(Reason.PagesHeardAgain, "Pages get through again, are older than a day, or told of what is over.", null, cancel);
        }

        Latest = unheard;
        Say();
        foreach (var one in unheard.Where(one => !_recorded.Contains(one.Page.Id)))
        {
            await RecordAsync(Reason.PagesSilent, $"Nobody could be told \"{one.Page.Title}\": {one.Errors}", one.Page, cancel);
            _recorded.Add(one.Page.Id);
        }

        await TellClusterAsync(panel, cancel);
    });

    /// <summary>The same while there is no store, of what this process has in mind. The record waits until there is one again.</summary>
    /// <param name="undelivered">Pages in memory that wait or are dead.</param>
    /// <param name="panel">The latest that is known.</param>
    /// <param name="cancel">Ends it.</param>
    public Task LookWithoutStoreAsync(ImmutableArray<OutboxEntry> undelivered, Panel panel, CancellationToken cancel) => AloneAsync(async () =>
    {
        // What waited in the store before it went waits there still: nobody can say that it was heard.
        Latest = [.. Latest.UnionBy(Silence.Of(undelivered, policy.AlertChannels, panel, time.GetUtcNow()), one => one.Page.Id)];
        Say();
        await TellClusterAsync(panel, cancel);
    });

    /// <summary>The timer and the end of a run may both come here: the second leaves it to the first.</summary>
    private async Task AloneAsync(Func<Task> look)
    {
        if (Interlocked.Exchange(ref _looking, 1) == 1) return;
        try
        {
            await look();
        }
        finally
        {
            Volatile.Write(ref _looking, 0);
        }
    }

    private void Say()
    {
        if (Latest.IsEmpty || (_saidAt is { } before && time.GetUtcNow() - before < Repeat)) return;
        _saidAt = time.GetUtcNow();
        LogUnheard(Latest.Length, Latest[0].Page.Title, Latest[0].Errors);
    }

    private async Task TellClusterAsync(Panel panel, CancellationToken cancel)
    {
        foreach (var one in Latest.Where(one => !_told.Contains(one.Page.Id)).ToList())
        {
            await TellClusterAsync(one, panel, cancel);
            _told.Add(one.Page.Id);
        }
    }

    private async Task TellClusterAsync(Unheard one, Panel panel, CancellationToken cancel)
    {
        if (one.Page.IncidentId is not { } id || !panel.Incidents.TryGetValue(id, out var incident))
            return;
        foreach (var target in incident.Members.Where(m => m.Value.State == MemberState.Protected).Select(m => m.Key).Take(MostEvents))
        {
            var uid = panel.Targets.GetValueOrDefault(target)?.Uid;
            await tell(new EventOnTarget(target, uid, one.Page.Id, "PageNotDelivered", $"Nobody could be paged: {one.Page.Title}. {one.Page.Happened} ({one.Errors})", time.GetUtcNow()), cancel);
        }
    }

    private Task RecordAsync(Reason reason, string text, Page? page, CancellationToken cancel) => store.AppendAuditAsync(
        [
            new AuditRecord
            {
                At = time.GetUtcNow(),
                Kind = AuditKind.Page,
                Reason = reason,
                Actor = "reactor",
                IncidentId = page?.IncidentId,
                Text = text,
                Facts = page is null ? ImmutableSortedDictionary<string, string>.Empty : ImmutableSortedDictionary<string, string>.Empty.Add("page", page.Id),
            },
        ],
        cancel);

    [LoggerMessage(1, LogLevel.Critical, "Nobody can be told: {Count} pages or incidents went through no channel, the first \"{Title}\" ({Errors}). GET /api/pages lists them")]
    private partial void LogUnheard(int count, string title, string errors);

    [LoggerMessage(2, LogLevel.Information, "Pages get through again")]
    private partial void LogHeard();
}

/// <param name="Target">The ScaledObject.</param>
/// <param name="Uid">Of it, when it is known.</param>
/// <param name="Key">What it is about: the same key on the same target is the same Event.</param>
/// <param name="Reason">As Events have them: one word.</param>
/// <param name="Message">For people.</param>
/// <param name="At">When.</param>
public sealed record EventOnTarget(TargetId Target, string? Uid, string Key, string Reason, string Message, DateTimeOffset At)
{
    /// <summary>Of type Warning; else Normal.</summary>
    public bool Warning { get; init; } = true;
}
