using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Policies;

/// <summary>maintenance: windows with a name, a scope, a zone, and a start and end, or a cron expression with a duration.</summary>
internal static partial class PlannedMaintenances
{
    private const string LocalExpected = "a local time such as 2026-03-02T22:00, its zone beside it";

    private static readonly ValueReader<string> s_name = Values.Word(NameShape(), "a name of small letters, digits and '-' (at most 63)");
    private static readonly ValueReader<Scope> s_scope = Values.OneOf([.. Enum.GetValues<Scope>().Select(s => (s.ToString().ToLowerInvariant(), s))]);
    private static readonly ValueReader<TimeSpan> s_duration = Values.Duration(TimeSpan.FromMinutes(1), TimeSpan.FromDays(7));
    private static readonly ValueReader<ImmutableArray<PlannedMaintenance>> s_list = Values.ListOf<PlannedMaintenance>(Entry, once: true);

    public static bool Read(PolicyNode node, FaultList faults, out ImmutableArray<PlannedMaintenance> value)
    {
        var good = s_list(node, faults, out value);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (planned, item) in value.Zip(good ? ((PolicyList)node).Items : []))
        {
            if (names.Add(planned.Name))
                continue;
            faults.Add(item.Place, planned.Name, "a name of its own: it is an id");
            good = false;
        }

        return good;
    }

    private static bool Entry(PolicyNode node, FaultList faults, out PlannedMaintenance value)
    {
        value = null!;
        if (MapFields.Of(node, "maintenance", faults, "name", "scope", "namespace", "target", "zone", "start", "end", "cron", "duration") is not { } fields)
            return false;
        fields.Need("name", "a name of small letters, digits and '-' (at most 63)");
        fields.Need("zone", "an IANA time zone such as Europe/Berlin");
        fields.Need("scope", "one of target, namespace, cluster");
        var (name, zone, selection) = (fields.Text("name", s_name), fields.Text("zone", TimeWindows.Zone), SelectionOf(fields));
        var planned = fields.Has("cron") || fields.Has("duration") ? Recurring(fields, zone) : Once(fields, zone);
        if (!fields.Good)
            return false;
        value = planned with { Name = name!, Selection = selection };
        return true;
    }

    private static PlannedMaintenance Recurring(MapFields fields, string? zone)
    {
        if (fields.Has("start") || fields.Has("end"))
            fields.Fault(null, $"{(fields.Has("cron") ? "cron" : "duration")} and {(fields.Has("start") ? "start" : "end")}", "start and end, or cron and duration");
        fields.Need("cron", TimeWindows.CronExpected);
        fields.Need("duration", "a duration such as 2h");
        var (cron, duration) = (fields.Text("cron", TimeWindows.Cron), fields.Value("duration", s_duration));
        return Empty with { Recurring = new TimeWindow { Start = cron ?? "", Duration = duration, Zone = zone ?? "" } };
    }

    private static PlannedMaintenance Once(MapFields fields, string? zone)
    {
        fields.Need("start", LocalExpected);
        fields.Need("end", LocalExpected);
        var (start, end) = (fields.Value<DateTime>("start", Local), fields.Value<DateTime>("end", Local));
        if (start is not { } from || end is not { } to || zone is null)
            return Empty;
        var found = TimeZoneInfo.FindSystemTimeZoneById(zone);
        var planned = Empty with { Start = WindowTimes.Instant(from, found), End = WindowTimes.Instant(to, found) };
        if (planned.End <= planned.Start)
            fields.Fault("end", fields.Map["end"]!.Show(), "an end after its start");
        return planned;
    }

    private static Selection SelectionOf(MapFields fields)
    {
        var scope = fields.Value("scope", s_scope);
        return new Selection(
            scope ?? Scope.Cluster,
            Part("namespace", scope is Scope.Namespace or Scope.Target, KubernetesName.IsNamespace, "a Kubernetes namespace's name"),
            Part("target", scope is Scope.Target, KubernetesName.IsName, "a ScaledObject's name"));

        string? Part(string key, bool wanted, Func<string, bool> shape, string expected)
        {
            if (scope is null || fields.Has(key) == wanted)
            {
                return fields.Text(key, (PolicyNode node, FaultList faults, out string value) =>
                {
                    value = node is PolicyScalar { Text: var text } ? text : "";
                    if (shape(value))
                        return true;
                    faults.Add(node.Place, node.Show(), expected);
                    return false;
                });
            }

            fields.Fault(key, wanted ? $"no {key}" : fields.Map[key]!.Show(), $"{(wanted ? "one" : "none")} with scope {scope.ToString()!.ToLowerInvariant()}");
            return null;
        }
    }

    private static bool Local(PolicyNode node, FaultList faults, out DateTime value)
    {
        value = default;
        if (node is PolicyScalar { Text: var text }
            && DateTime.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out value))
            return true;
        faults.Add(node.Place, node.Show(), LocalExpected);
        return false;
    }

    private static PlannedMaintenance Empty { get; } = new() { Name = "", Selection = new Selection(Scope.Cluster, null, null) };

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z", RegexOptions.ExplicitCapture, RegexPatience.Milliseconds)]
    private static partial Regex NameShape();
}
