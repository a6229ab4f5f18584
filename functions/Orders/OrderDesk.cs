using System.Collections.Immutable;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Access;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Http;
using Sophia.Keda.Reactor.Orders;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Functions.Orders;

public sealed record OrderView
{
    /// <summary>The order's id: sent again with it, the order gets the same answer.</summary>
    public required string RequestId { get; init; }

    public string? Incident { get; init; }

    /// <summary>The id of the maintenance that the order began or ended.</summary>
    public string? Maintenance { get; init; }

    public required ImmutableArray<OrderedTarget> Targets { get; init; }

    public required string Next { get; init; }

    public required DateTimeOffset At { get; init; }
}

/// <summary>An order's way into the loop, the same for every kind of order.</summary>
public sealed class OrderDesk(Bodies bodies, LoopAccess loop, IStateStore store, TimeProvider time, IdSource freshId, ILogger<OrderDesk> log)
{
    /// <summary>No browser sends this header to another site unasked.</summary>
    public const string Header = "X-Reactor-Order";

    private static readonly Refusal s_headerMissing = new(400, "Header missing", $"An order needs the header {Header}: 1, so that no foreign web page can give one.");

    /// <summary>How long a human waits for the run; the timer finishes the rest.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Null when the header is there.</summary>
    public static Problem? HeaderMissing(HttpRequest request) => request.Headers[Header] == "1" ? null : new Problem(s_headerMissing);

    /// <summary>An order about one incident.</summary>
    public Task<IResult> TakeAsync(HttpRequest request, Caller caller, string incident, IncidentOrderKind kind, CancellationToken cancel) =>
        TakeAsync(request, caller, (body, context) => OrderPayload.Incident(body, incident, kind, context), cancel);

    public async Task<IResult> TakeAsync<T>(
        HttpRequest request, Caller caller, Func<ReadOnlyMemory<byte>, OrderContext, Reading<T>> parse, CancellationToken cancel)
        where T : Order
    {
        if (request.Headers[Header] != "1") return await InvalidAsync(request, caller, s_headerMissing, cancel);
        var body = await bodies.ReadOrderAsync(request, OrderPayload.MaxBytes, cancel);
        if (!body.Succeeded(out var bytes, out var refusal)) return await InvalidAsync(request, caller, refusal, cancel);
        var context = new OrderContext(caller.Principal, time.GetUtcNow(), freshId());
        if (!parse(bytes, context).Succeeded(out var order, out refusal)) return await InvalidAsync(request, caller, refusal, cancel);

        try
        {
            var acceptance = await loop.Accept([order], Patience, cancel);
            return acceptance switch
            {
                { Stored: false } => Problem.Unavailable("Inbox full", "The order was not kept. Send it again."),
                { Undecidable: true } => KeptOrNot.Undecidable(order.RequestId),
                _ => ToAnswer(order, acceptance.Verdicts.LastOrDefault(verdict => verdict.Key == order.Key)),
            };
        }
        catch (StoreUnavailableException fault)
        {
            log.LogWarning(fault, "The order {RequestId} to {Path}: the store is not available", order.RequestId, request.Path);
            return Stopped(order, fault.NothingKept) ?? KeptOrNot.Of(fault, request, order.RequestId);
        }
        catch (OperationCanceledException) when (!request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            return Stopped(order, nothingKept: false) ?? Problem.Unavailable("Too slow", $"The store did not answer in time, or the host shuts down. {KeptOrNot.Unknown(request, order.RequestId)}");
        }
    }

    /// <summary>A stop counts here from the moment it is given.</summary>
    private static Problem? Stopped(Order order, bool nothingKept) => order is not KillSwitchOrder { Stop: true }
        ? null
        : Problem.Unavailable("Stopped here only",
            "This instance writes nothing to the cluster from now on, and keeps the order when the store takes it. "
            + $"{(nothingKept ? "The store has not taken it: other instances do not know of it." : "Whether the store has it is not known: other instances may not know of it.")} Send it again with the same requestId, \"{order.RequestId}\": it counts once.");

    /// <summary>What was never an order leaves a record too: somebody may believe that he gave one.</summary>
    private async Task<IResult> InvalidAsync(HttpRequest request, Caller caller, Refusal refusal, CancellationToken cancel)
    {
        var path = Text.Clean(request.Path.Value ?? "", 120);
        try
        {
            await store.AppendAuditAsync(
                [
                    new AuditRecord
                    {
                        At = time.GetUtcNow(),
                        Kind = AuditKind.Order,
                        Reason = Reason.OrderInvalid,
                        Actor = caller.Principal,
                        Text = $"An order to {path} was refused with {refusal.Status}: {refusal.Title}: {refusal.Detail}",
                        Facts = ImmutableSortedDictionary<string, string>.Empty
                            .Add("path", path).Add("status", $"{refusal.Status}").Add("errors", Text.Clean(string.Join("; ", refusal.Errors), 500)),
                    },
                ],
                cancel);
        }
        catch (Exception fault) when (fault is StoreUnavailableException or OperationCanceledException)
        {
            // It is none, whether or not that can be recorded.
            log.LogWarning(fault, "A refused order to {Path} is not in the audit trail, or nobody knows: {Title}", path, refusal.Title);
        }

        return new Problem(refusal);
    }

    private static IResult ToAnswer(Order order, Verdict? verdict) => verdict switch
    {
        null => Accepted(new OrderView
        {
            RequestId = order.RequestId,
            Targets = [],
            Next = "The order is stored and not decided yet. Sent again with the same requestId it gets its answer once a run has decided.",
            At = order.ReceivedAt,
        }),
        { Answer: { Accepted: true } answer } => Accepted(new OrderView
        {
            RequestId = answer.RequestId,
            Incident = answer.IncidentId,
            Maintenance = answer.Maintenance,
            Targets = answer.Targets,
            Next = answer.Next,
            At = answer.At,
        }),
        { Answer: { } refused } => Refused(order, refused.Reason, refused.Detail),
        { Accepted: true } => Accepted(new OrderView
        {
            RequestId = order.RequestId,
            Incident = verdict.IncidentId,
            Targets = [],
            Next = verdict.Because,
            At = order.ReceivedAt,
        }),
        _ => Refused(order, verdict.Reason, verdict.Because),
    };

    private static IResult Accepted(OrderView view) => Answer.Of(view, StatusCodes.Status202Accepted);

    private static Problem Refused(Order order, Reason reason, string detail) => new(reason switch
    {
        Reason.OrderRefusedUnknownTarget => new Refusal(404, "Unknown target", detail),
        Reason.OrderRefusedUnknownIncident when order is MaintenanceEndOrder => new Refusal(404, "Unknown maintenance", detail),
        Reason.OrderRefusedUnknownIncident => new Refusal(404, "Unknown incident", detail),
        Reason.OrderRefusedNothingTripped => new Refusal(409, "Nothing is tripped", detail),
        Reason.OrderRefusedStillUnhealthy => new Refusal(409, "Still unhealthy", detail),
        Reason.OrderRefusedDisabled => new Refusal(409, "Breaker disabled", detail),
        Reason.OrderRefusedContradiction => new Refusal(409, "Contradictory order", detail),
        _ => new Refusal(409, "Order refused", detail),
    });
}
