using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Orders;

/// <summary>Orders of maintenance: how long is said by an end or a duration, and never left open.</summary>
public static partial class OrderPayload
{
    /// <summary>Planned further ahead, it belongs into the policy.</summary>
    private static readonly TimeSpan FurthestStart = TimeSpan.FromDays(30);

    public static Reading<MaintenanceOrder> Maintenance(ReadOnlyMemory<byte> body, OrderContext context, TimeSpan longest) => Read<MaintenanceOrder>(
        body,
        ["scope", "namespace", "name", "reason", "by", "start", "until", "duration", "requestId"],
        fields =>
        {
            var (selection, start, until, duration) = (SelectionOf(fields), fields.Instant("start", required: false), fields.Instant("until", required: false), DurationOf(fields));
            var from = start ?? context.Now;
            var end = until ?? from + duration;
            if (until is not null && duration is not null) fields.Fault("until, duration: contradict each other");
            else if (end is null && fields.Faults.IsEmpty) fields.Fault("until: missing; an end is needed, as until or duration");
            else if (end is { } known && known <= from) fields.Fault($"until: {known:O} is not after the start {from:O}");
            else if (end is { } far && far - from > longest) fields.Fault($"until: that is {Words.Span(far - from)}; at most {Words.Span(longest)} are taken (limits.longest_maintenance)");
            else if (end <= context.Now) fields.Fault($"until: {end:O} is over; it is {context.Now:O}");
            if (from - context.Now > FurthestStart) fields.Fault($"start: more than {FurthestStart.TotalDays} days ahead; put it into the policy (maintenance)");
            var common = CommonOf(fields, context);
            return new MaintenanceOrder
            {
                Key = common.Key,
                ReceivedAt = context.Now,
                RequestId = common.RequestId,
                Reason = common.Reason,
                By = common.By,
                Principal = context.Principal,
                Selection = selection,
                Start = start,
                Until = end ?? from,
            };
        });

    public static Reading<MaintenanceEndOrder> MaintenanceEnd(ReadOnlyMemory<byte> body, string id, OrderContext context) => Read<MaintenanceEndOrder>(
        body,
        ["reason", "by", "requestId"],
        fields =>
        {
            if (id.Length > LongestName || Text.HasControl(id)) fields.Fault("id: this is no maintenance's id");
            var common = CommonOf(fields, context);
            return new MaintenanceEndOrder
            {
                Key = common.Key,
                ReceivedAt = context.Now,
                RequestId = common.RequestId,
                Reason = common.Reason,
                By = common.By,
                Principal = context.Principal,
                MaintenanceId = id,
            };
        });
}
