using System.Collections.Immutable;
using System.Text.Json;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.State;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Alerts;

/// <summary>
/// An Alertmanager webhook body, version "4", read into signals. One bad alert never costs the others; only a body that is
/// not such a notification is refused as a whole. Fields that we do not know are tolerated: newer versions add some.
/// </summary>
public static class AlertmanagerPayload
{
    public const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>As many as the inbox holds: of more, none could ever be kept.</summary>
    public static int MaxAlerts { get; } = new StateLimits().InboxBound;

    public static Reading<ParsedNotification> Parse(ReadOnlyMemory<byte> body, Policy policy, DateTimeOffset now) =>
        JsonBody.Read(body, MaxBytes, "Set max_alerts on the receiver.", root => Read(root, policy, now));

    private static Reading<ParsedNotification> Read(JsonElement root, Policy policy, DateTimeOffset now)
    {
        if (AlertFields.Member(root, "alerts") is not { ValueKind: JsonValueKind.Array } alerts)
        {
            return new Refusal(400, "Not an Alertmanager notification",
                "There is no array `alerts`: this looks like a replaced body (a custom `payload` in the receiver's webhook configuration). Send Alertmanager's own body, version \"4\".");
        }

        var version = AlertFields.Text(root, "version") ?? "";
        if (version != "4")
        {
            return new Refusal(400, "Unknown version",
                $"`version` is {(version.Length == 0 ? "missing or no text" : $"\"{Text.Clean(version, 40)}\"")}; expected \"4\", the only version of Alertmanager's webhook body that is read here.");
        }

        if (alerts.GetArrayLength() > MaxAlerts)
            return new Refusal(413, "Too many alerts", $"The notification has {alerts.GetArrayLength()} alerts; at most {MaxAlerts} are taken. Set max_alerts on the receiver.");

        if (alerts.GetArrayLength() == 0)
            return new Refusal(400, "No alerts", "`alerts` is empty: there is nothing to do, and Alertmanager itself never sends that.");

        var signals = ImmutableArray.CreateBuilder<AlertSignal>();
        var ignored = ImmutableArray.CreateBuilder<IgnoredAlert>();
        var watchdog = false;
        foreach (var alert in alerts.EnumerateArray())
        {
            if (AlertReader.IsWatchdog(alert, policy)) watchdog = true;
            else if (AlertReader.Read(alert, policy, now, out var why) is { } signal) signals.Add(signal);
            else ignored.Add(why!);
        }

        return new ParsedNotification { Signals = signals.ToImmutable(), Ignored = ignored.ToImmutable(), Watchdog = watchdog, Truncated = TruncatedOf(root) };
    }

    private static int TruncatedOf(JsonElement root) =>
        AlertFields.Member(root, "truncatedAlerts") is { ValueKind: JsonValueKind.Number } count && count.TryGetUInt64(out var n)
            ? (int)Math.Min(n, int.MaxValue)
            : 0;
}
