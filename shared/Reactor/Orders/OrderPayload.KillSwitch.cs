using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Orders;

/// <summary>How the kill switch is to stand.</summary>
public enum SwitchState
{
    /// <summary>Nothing is written.</summary>
    On,

    /// <summary>Writes go on.</summary>
    Off,
}

/// <summary>The order to stop all writes, or to let them go on.</summary>
public static partial class OrderPayload
{
    public static Reading<KillSwitchOrder> KillSwitch(ReadOnlyMemory<byte> body, OrderContext context) => Read<KillSwitchOrder>(
        body,
        ["state", "reason", "by", "requestId"],
        fields =>
        {
            var (state, common) = (fields.Word<SwitchState>("state", required: true), CommonOf(fields, context));
            return new KillSwitchOrder
            {
                Key = common.Key,
                ReceivedAt = context.Now,
                RequestId = common.RequestId,
                Reason = common.Reason,
                By = common.By,
                Principal = context.Principal,
                Stop = state == SwitchState.On,
            };
        });
}
