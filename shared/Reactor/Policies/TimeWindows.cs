using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Policies;

/// <summary>Stretches of time that come again: a cron expression for the start, one more or a duration for the end, and the zone that both are of.</summary>
internal static class TimeWindows
{
    internal const string CronExpected = "a cron expression of five fields such as '0 9 * * 1-5'";

    private static readonly ValueReader<TimeSpan> s_duration = Values.Duration(TimeSpan.FromMinutes(1), TimeSpan.FromDays(7));

    /// <summary>One entry of recovery.windows or recovery.except.</summary>
    public static ValueReader<TimeWindow> Entry(string path) => (PolicyNode node, FaultList faults, out TimeWindow value) =>
    {
        value = null!;
        if (MapFields.Of(node, path, faults, "start", "end", "duration", "zone") is not { } fields)
            return false;
        fields.Need("start", CronExpected);
        fields.Need("zone", "an IANA time zone such as Europe/Berlin");
        var (start, end, duration, zone) = (fields.Text("start", Cron), fields.Text("end", Cron), fields.Value("duration", s_duration), fields.Text("zone", Zone));
        if (fields.Has("end") == fields.Has("duration"))
            fields.Fault("end", fields.Has("end") ? "end and duration" : "no end and no duration", "just one of the two");
        if (!fields.Good)
            return false;
        value = new TimeWindow { Start = start!, End = end, Duration = duration, Zone = zone! };
        return true;
    };

    public static bool Cron(PolicyNode node, FaultList faults, out string value)
    {
        value = node is PolicyScalar { Text: var text } ? text : "";
        if (CronExpression.TryParse(value, out _, out var problem))
            return true;
        faults.Add(node.Place, node.Show(), problem.Contains("field", StringComparison.Ordinal) ? CronExpected : $"{CronExpected}; this one {problem}");
        return false;
    }

    /// <summary>By IANA name; the machine must know it.</summary>
    public static bool Zone(PolicyNode node, FaultList faults, out string value)
    {
        value = node is PolicyScalar { Text: var text } ? text : "";
        if (value.Length > 0 && (value == "UTC" || value.Contains('/')) && TimeZoneInfo.TryFindSystemTimeZoneById(value, out _))
            return true;
        faults.Add(node.Place, node.Show(), "an IANA time zone such as Europe/Berlin");
        return false;
    }
}
