using System.Globalization;

namespace Sophia.Keda.Reactor.Core;

/// <summary>What a ScaledObject's cron triggers would ask for now: pausing stops them, so the fallback keeps their promise.</summary>
public static class CronTriggers
{
    /// <summary>The greatest desiredReplicas of the windows that are open at <paramref name="now"/>; 0 when none is.</summary>
    public static int Wanted(IEnumerable<TriggerView> triggers, DateTimeOffset now)
    {
        var wanted = 0;
        foreach (var trigger in triggers)
            if (trigger.Type == "cron" && IsOpen(trigger, now)
                && int.TryParse(trigger.Metadata.GetValueOrDefault("desiredReplicas"), NumberStyles.None, CultureInfo.InvariantCulture, out var replicas))
                wanted = Math.Max(wanted, replicas);
        return wanted;
    }

    /// <summary>KEDA's own rule: a window is open when its next end comes before its next start. An expression we can't read is closed.</summary>
    private static bool IsOpen(TriggerView trigger, DateTimeOffset now)
    {
        if (!CronExpression.TryParse(trigger.Metadata.GetValueOrDefault("start"), out var start)
            || !CronExpression.TryParse(trigger.Metadata.GetValueOrDefault("end"), out var end)
            || !TimeZoneInfo.TryFindSystemTimeZoneById(trigger.Metadata.GetValueOrDefault("timezone") ?? "UTC", out var zone))
            return false;
        var local = TimeZoneInfo.ConvertTime(now, zone).DateTime;
        return end.Next(local) is { } ends && (start.Next(local) is not { } starts || ends <= starts);
    }
}
