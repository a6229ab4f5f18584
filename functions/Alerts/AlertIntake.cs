using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Alerts;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Metrics;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Functions.Alerts;

public sealed record IgnoredView(string Fingerprint, string Alertname, string Because);

public sealed record AlertsAnswer
{
    public required int Accepted { get; init; }

    public required ImmutableArray<IgnoredView> Ignored { get; init; }

    /// <summary>Incidents that the alerts opened or joined.</summary>
    public ImmutableArray<string>? Incident { get; init; }

    /// <summary>True when the Watchdog was among them.</summary>
    public bool? Watchdog { get; init; }

    /// <summary>How many alerts Alertmanager left out</summary>
    public int? Truncated { get; init; }

    /// <summary>Said only while something is still undecided.</summary>
    public string? Next { get; init; }
}

/// <summary>By which way a notification came, and how long its sender is kept waiting for the run; the timer finishes the rest.</summary>
public sealed record Arrival(SignalOrigin Origin, Caller Caller, TimeSpan Patience)
{
    public string Actor => $"{SignalOrigins.Name(Origin)} (authenticated as {Caller.Principal})";
}

/// <summary>A notification's way into the loop, and what became of it as the answer.</summary>
public sealed class AlertIntake(LoopAccess loop, IStateStore store, Counters counters, Watchdog watchdog, TimeProvider time, ILogger<AlertIntake> log)
{
    public async Task<IResult> TakeAsync(ParsedNotification notification, Arrival arrival, CancellationToken cancel)
    {
        if (notification.Watchdog) watchdog.Hear();
        var acceptance = notification.Signals.IsEmpty ? new Acceptance(Stored: true, [], []) : await loop.Accept(notification.Signals, arrival.Patience, cancel);
        if (!acceptance.Stored) return Problem.Unavailable("Inbox full", "None of these alerts was kept. Send them again.");

        // After the signals: what was ignored is told in the answer, and must not keep from us what counts.
        foreach (var ignored in notification.Ignored) counters.Signal(ignored.Reason);
        if (!notification.Ignored.IsEmpty) await RecordAsync(AuditOf(notification, arrival), cancel);
        return acceptance.Undecidable ? KeptOrNot.Undecidable() : Answer.Of(ToAnswer(notification, acceptance), StatusCodes.Status202Accepted);
    }

    /// <summary>A body that is no notification leaves a record too: whoever looks for a missing alert finds it there.</summary>
    public Task RefuseAsync(Refusal refusal, Arrival arrival, CancellationToken cancel)
    {
        counters.Signal(Reason.AlertInvalid);
        var record = new AuditRecord
        {
            At = time.GetUtcNow(),
            Kind = AuditKind.Signal,
            Reason = Reason.AlertInvalid,
            Actor = arrival.Actor,
            Text = $"A notification was refused with {refusal.Status}: {refusal.Title}: {refusal.Detail}",
        };
        return RecordAsync([record], cancel);
    }

    /// <summary>What is refused or ignored stays so, whether or not that can be recorded: the answer says it.</summary>
    private async Task RecordAsync(IReadOnlyList<AuditRecord> records, CancellationToken cancel)
    {
        try
        {
            await store.AppendAuditAsync(records, cancel);
        }
        catch (Exception fault) when (fault is StoreUnavailableException or OperationCanceledException)
        {
            log.LogWarning(fault, "Not in the audit trail, or nobody knows: {Text}", string.Join(" ", records.Select(record => record.Text)));
        }
    }

    private static AlertsAnswer ToAnswer(ParsedNotification notification, Acceptance acceptance)
    {
        var verdicts = acceptance.Verdicts;
        var verdictOf = verdicts.GroupBy(verdict => verdict.Key).ToDictionary(same => same.Key, same => same.Last());
        var refused = notification.Signals.Where(signal => verdictOf.GetValueOrDefault(signal.Key) is { Accepted: false }).ToList();
        var elsewhere = notification.Signals.Count(signal => acceptance.Elsewhere.Contains(signal.Key));
        var undecided = notification.Signals.Count(signal => !verdictOf.ContainsKey(signal.Key)) - elsewhere;
        var incidents = verdicts.Select(verdict => verdict.IncidentId).OfType<string>().ToImmutableSortedSet(StringComparer.Ordinal);
        return new AlertsAnswer
        {
            Accepted = notification.Signals.Length - refused.Count,
            Ignored =
            [
                .. notification.Ignored.Select(ignored => new IgnoredView(ignored.Fingerprint, ignored.AlertName, ignored.Because)),
                .. refused.Select(signal => new IgnoredView(signal.Fingerprint, signal.AlertName, verdictOf[signal.Key].Because)),
            ],
            Incident = incidents.IsEmpty ? null : [.. incidents],
            Watchdog = notification.Watchdog ? true : null,
            Truncated = notification.Truncated == 0 ? null : notification.Truncated,
            Next = (undecided, elsewhere) switch
            {
                (0, 0) => null,
                (0, _) => $"{elsewhere} were decided by another instance: GET /api/audit says how.",
                _ => $"{undecided} are stored and not decided yet: GET /api/audit says how once a run has done so.",
            },
        };
    }

    /// <summary>One record for each reason: a flood of foreign alerts must not drown the trail.</summary>
    private List<AuditRecord> AuditOf(ParsedNotification notification, Arrival arrival) =>
    [
        .. from same in notification.Ignored.GroupBy(ignored => ignored.Reason)
           orderby same.Key
           let first = same.First()
           select new AuditRecord
           {
               At = time.GetUtcNow(),
               Kind = AuditKind.Signal,
               Reason = same.Key,
               Actor = arrival.Actor,
               Text = $"{same.Count()} ignored at the door; the first is {first.AlertName} ({first.Fingerprint}), because {first.Because}.",
               Facts = ImmutableSortedDictionary<string, string>.Empty
                   .Add("count", $"{same.Count()}")
                   .Add("fingerprint", first.Fingerprint),
           },
    ];
}
