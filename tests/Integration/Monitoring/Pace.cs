using System.Globalization;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Contracts.Tests.Monitoring;
using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Integration.Tests.Monitoring;

/// <summary>
/// How many times as fast as the machine's clock the sandbox and the reactor live. What Prometheus and Alertmanager measure and wait for, who
/// know no other clock, is divided by it, and what they count a second with it; everything else of the rules is as shipped.
/// </summary>
internal sealed partial record Pace(double Factor)
{
    public TimeSpan Simulated(TimeSpan real) => real * Factor;

    /// <summary>As Prometheus writes a duration.</summary>
    public string Real(TimeSpan simulated) => string.Create(CultureInfo.InvariantCulture, $"{Math.Round(simulated.TotalMilliseconds / Factor)}ms");

    /// <summary>A shipped rule file for this pace.</summary>
    public YamlMappingNode Rules(string file)
    {
        var root = MonitoringFolder.Groups(file);
        foreach (var group in ((YamlSequenceNode)root["groups"]).Cast<YamlMappingNode>())
        {
            Change(group, "interval", Durations);
            foreach (var rule in ((YamlSequenceNode)group["rules"]).Cast<YamlMappingNode>())
            {
                Change(rule, "for", Durations);
                Change(rule, "expr", expression => Rate().Replace(Ranges().Replace(expression, Shorter), $"(1 / {Factor.ToString(CultureInfo.InvariantCulture)}) * rate("));
            }
        }

        return root;
    }

    private static void Change(YamlMappingNode node, string key, Func<string, string> change)
    {
        if (node.Word(key) is { } text)
            node.Children[new YamlScalarNode(key)] = new YamlScalarNode(change(text));
    }

    private string Durations(string text) => Alone().Replace(text, Shorter);

    private string Shorter(Match match)
    {
        var count = double.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture);
        return match.Groups["before"].Value + Real(match.Groups["unit"].Value switch
        {
            "s" => TimeSpan.FromSeconds(count),
            "m" => TimeSpan.FromMinutes(count),
            _ => TimeSpan.FromHours(count),
        });
    }

    [GeneratedRegex(@"^(?<before>)(?<count>\d+)(?<unit>[smh])$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Alone();

    [GeneratedRegex(@"(?<before>\[|offset )(?<count>\d+)(?<unit>[smh])", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Ranges();

    [GeneratedRegex(@"\brate\(", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Rate();
}
