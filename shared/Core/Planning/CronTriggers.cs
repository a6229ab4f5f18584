using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// What a ScaledObject's cron triggers would ask for now, read as KEDA's cron scaler reads them: pausing stops them, so the fallback keeps
/// their promise. What can't be read is told (<see cref="Unread"/>), and never taken for 0.
/// </summary>
public static class CronTriggers
{
    /// <summary>The greatest desiredReplicas of the windows that are open at <paramref name="now"/>; 0 when none of those that can be read is.</summary>
    public static int Wanted(IEnumerable<TriggerView> triggers, DateTimeOffset now) =>
        triggers.Select(t => Read(t) is { Window: { } window } && window.IsOpen(now) ? window.Replicas : 0).Append(0).Max();

    /// <summary>Which of them can't be evaluated, and why, in words; empty when all can.</summary>
    public static string Unread(IEnumerable<TriggerView> triggers) =>
        string.Join("; ", triggers.Select((t, i) => Read(t).Problem is { Length: > 0 } problem ? $"triggers[{i}] {problem}" : "").Where(words => words.Length > 0));

    private static (CronWindow? Window, string Problem) Read(TriggerView trigger)
    {
        if (trigger.Type != "cron")
            return (null, "");
        var (start, end) = (Value(trigger, "start"), Value(trigger, "end"));
        if (!TryZone(Value(trigger, "timezone"), out var zone, out var problem)
            || !TrySchedule("start", start, zone, out var starts, out problem)
            || !TrySchedule("end", end, zone, out var ends, out problem))
            return (null, problem);
        if (start == end)
            return (null, $"has the same start and end, {start}, which KEDA refuses");
        return TryReplicas(Value(trigger, "desiredReplicas"), out var replicas)
            ? (new CronWindow(starts, ends, replicas), "")
            : (null, $"has desiredReplicas {Value(trigger, "desiredReplicas") ?? "(none)"}, and not a whole number other than 0");
    }

    /// <summary>KEDA trims what it reads.</summary>
    private static string? Value(TriggerView trigger, string key) => trigger.Metadata.GetValueOrDefault(key)?.Trim();

    /// <summary>
    /// Go takes an empty name for UTC; "Local" is the zone of KEDA's container, whose image sets none. Its names are those of the IANA
    /// database, with their capitals.
    /// </summary>
    private static bool TryZone(string? name, [NotNullWhen(true)] out TimeZoneInfo? zone, out string problem)
    {
        zone = name is "" or "UTC" or "Local" ? TimeZoneInfo.Utc : null;
        problem = name is null ? "has no timezone, which KEDA refuses" : $"names the time zone {name}, which this machine does not know";
        if (zone is null && name is not null && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var found) && found.HasIanaId && found.Id == name)
            zone = found;
        return zone is not null;
    }

    /// <summary>An expression may bring its own zone, "CRON_TZ=Europe/Berlin 0 8 * * *", closed by a blank.</summary>
    private static bool TrySchedule(string name, string? text, TimeZoneInfo zone, [NotNullWhen(true)] out Schedule? schedule, out string problem)
    {
        schedule = null;
        var expression = text ?? "";
        if (expression.StartsWith("TZ=", StringComparison.Ordinal) || expression.StartsWith("CRON_TZ=", StringComparison.Ordinal))
        {
            var (from, blank) = (expression.IndexOf('=') + 1, expression.IndexOf(' '));
            var own = blank < 0 ? expression[from..] : expression[from..blank];
            if (own != "Local")
            {
                if (!TryZone(own, out var ofItsOwn, out problem))
                    return false;
                zone = ofItsOwn;
            }

            expression = blank < 0 ? "" : expression[blank..];
        }

        if (!CronExpression.TryParse(expression, out var cron, out problem))
        {
            problem = $"has {name} {(text is { Length: > 0 } ? text : "(none)")}, which KEDA refuses: it {problem}";
            return false;
        }

        schedule = new Schedule(cron, zone);
        return true;
    }

    /// <summary>A number below 0 asks for nothing; releases of KEDA before its typed metadata took "+4" too.</summary>
    private static bool TryReplicas(string? text, out int replicas)
    {
        var good = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number != 0;
        replicas = (int)Math.Clamp(number, 0, int.MaxValue);
        return good;
    }

    private sealed record Schedule(CronExpression Cron, TimeZoneInfo Zone)
    {
        public DateTimeOffset? Next(DateTimeOffset after) => CronWalk.Next(Cron, Zone, after);
    }

    private sealed record CronWindow(Schedule Start, Schedule End, int Replicas)
    {
        /// <summary>
        /// KEDA's own rule: open when the next end comes before the next start, or with it. A start that never comes reads as one that was
        /// long ago (Go's zero time).
        /// </summary>
        public bool IsOpen(DateTimeOffset now) => Start.Next(now) is not { } starts || (End.Next(now) is { } ends && ends <= starts);
    }
}
