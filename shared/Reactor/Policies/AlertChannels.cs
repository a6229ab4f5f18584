using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Policies;

/// <summary>
/// monitoring.alert_channels: names as the source documents list them, or mappings that say which pages a channel gets:
/// <c>{channel: email, severity: error, causes: [oscillation], environments: [production]}</c>.
/// </summary>
internal static partial class AlertChannels
{
    private const string Expected = "a channel's name such as slack, pagerduty or email";

    public static ValueReader<string> Name { get; } = Values.Word(ChannelName(), Expected);

    public static ValueReader<Severity> AtLeast { get; } = Values.OneOf([.. Enum.GetValues<Severity>().Select(s => (s.ToString().ToLowerInvariant(), s))]);

    private static readonly ValueReader<ImmutableArray<Cause>> s_causes = Values.ListOf(
        Values.OneOf([.. Enum.GetValues<Cause>().Select(c => (Causes.Slug(c), c))]), once: true);

    private static readonly ValueReader<ImmutableArray<string>> s_environments = Values.ListOf<string>(Environment, once: true);

    public static void Read(PolicyNode node, SettingSink sink)
    {
        if (!Values.ListOf<Entry>(One, once: false)(node, sink.Faults, out var entries))
            return;
        foreach (var twice in entries.GroupBy(entry => entry.Route.Channel, StringComparer.Ordinal).Where(same => same.Count() > 1))
        {
            sink.Faults.Add(twice.ElementAt(1).Place, twice.Key, "each value once");
            return;
        }

        sink.Take(
            nameof(Policy.AlertChannels),
            new Told<object>(string.Join(", ", entries.Select(Show)), "monitoring.alert_channels", node.Place),
            policy => With(policy, entries, sink.Environment?.Value));
    }

    /// <summary>An entry of other environments is as one that is not there.</summary>
    private static Policy With(Policy policy, ImmutableArray<Entry> entries, string? environment)
    {
        var here = entries.Where(entry => entry.Environments.IsEmpty || (environment is not null && entry.Environments.Contains(environment))).Select(entry => entry.Route).ToList();
        return policy with
        {
            NamedChannels = [.. here.Select(route => route.Channel)],
            PageRoutes = [.. here.Where(route => route.AtLeast > Severity.Info || !route.Causes.IsEmpty)],
        };
    }

    private static bool One(PolicyNode node, FaultList faults, out Entry value)
    {
        value = null!;
        if (node is not PolicyMap)
        {
            if (!Name(node, faults, out var name))
                return false;
            value = new Entry(new PageRoute(name, Severity.Info, []), [], node.Place);
            return true;
        }

        if (MapFields.Of(node, "monitoring.alert_channels", faults, "channel", "severity", "causes", "environments") is not { } fields)
            return false;
        fields.Need("channel", Expected);
        var channel = fields.Text("channel", Name);
        var atLeast = fields.Value("severity", AtLeast) ?? Severity.Info;
        var causes = fields.Value("causes", s_causes) ?? [];
        var environments = fields.Value("environments", s_environments) ?? [];
        if (!fields.Good)
            return false;
        value = new Entry(new PageRoute(channel!, atLeast, [.. causes]), [.. environments], node.Place);
        return true;
    }

    private static bool Environment(PolicyNode node, FaultList faults, out string value)
    {
        value = node is PolicyScalar { Text: var text } ? Presets.Find(text) ?? "" : "";
        if (value.Length > 0)
            return true;
        faults.Add(node.Place, node.Show(), $"one of {Presets.Names}");
        return false;
    }

    private static string Show(Entry entry)
    {
        var (route, environments) = (entry.Route, entry.Environments);
        var conditions = string.Concat(
            route.AtLeast > Severity.Info ? $" from {route.AtLeast}" : "",
            route.Causes.IsEmpty ? "" : $" for {string.Join('+', route.Causes)}",
            environments.IsEmpty ? "" : $" in {string.Join('+', environments)}");
        return route.Channel + conditions;
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9_-]{0,62}\z", RegexOptions.None, RegexPatience.Milliseconds)]
    private static partial Regex ChannelName();

    private sealed record Entry(PageRoute Route, ImmutableSortedSet<string> Environments, Place Place);
}
