using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;
using Trigger = Sophia.Keda.Reactor.Core.TriggerView;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

/// <summary>
/// What KEDA's cron scaler makes of a trigger. Its expressions are read by the core's own reader, which the tests hold to a second one; what KEDA
/// does with what can't be read is its own: an expression stops the ScaledObject's scalers from being built, a zone fails when it is asked.
/// </summary>
public sealed class KedaCron
{
    /// <summary>Zones that an image with older data knows and this machine need not: what KEDA reads is not always what others can.</summary>
    private static readonly FrozenDictionary<string, string> OlderNames = new Dictionary<string, string>
    {
        ["US/Pacific-New"] = "America/Los_Angeles", // left the IANA database in 2020
    }.ToFrozenDictionary();

    private readonly Trigger[] _trigger;

    private KedaCron(ImmutableSortedDictionary<string, string> metadata)
    {
        var zone = metadata.GetValueOrDefault("timezone", "");
        _trigger = [new Trigger("cron", metadata.SetItem("timezone", OlderNames.GetValueOrDefault(zone, zone)))];
        Refused = CronTriggers.Unread([new Trigger("cron", metadata.SetItem("timezone", "UTC"))]).Length > 0;
        UnknownZone = !Refused && CronTriggers.Unread(_trigger).Length > 0 ? zone : null;
    }

    /// <summary>Its scaler can't be built, and with it none of its ScaledObject's.</summary>
    public bool Refused { get; }

    /// <summary>The zone that can't be loaded, which KEDA finds when it asks.</summary>
    public string? UnknownZone { get; }

    public static KedaCron Of(JsonObject? metadata) => new((metadata ?? []).Where(p => p.Value is not null)
        .ToImmutableSortedDictionary(p => p.Key, p => metadata.Text(p.Key) ?? "", StringComparer.Ordinal));

    /// <summary>desiredReplicas while its window is open, else 0.</summary>
    public int Asks(DateTimeOffset now) => CronTriggers.Wanted(_trigger, now);
}
