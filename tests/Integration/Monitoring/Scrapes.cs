using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Contracts.Tests.Monitoring;

namespace Sophia.Keda.Reactor.Integration.Tests.Monitoring;

/// <summary>
/// Pages of GET /api/metrics, one after the other, and what the shipped alerts make of them: promtool plays its rules over them as Prometheus
/// would have, in no time.
/// </summary>
internal sealed partial class Scrapes
{
    private const string Rules = "reactor-rules.yaml";

    /// <summary>promtool's clock begins at 1970, and so must every time in the samples.</summary>
    private readonly DateTimeOffset _start;

    private readonly Dictionary<string, Dictionary<int, string>> _series = new(StringComparer.Ordinal);

    public Scrapes(DateTimeOffset start) => _start = start;

    public static TimeSpan Every { get; } = TimeSpan.FromSeconds(30);

    public int Count { get; private set; }

    public DateTimeOffset Next => _start + Count * Every;

    public void Add(string page)
    {
        foreach (var sample in Sample().Matches(page).Where(sample => IsAsked(sample.Groups["name"].Value)))
        {
            var value = sample.Groups["value"].Value;
            if (sample.Groups["name"].Value.EndsWith("_timestamp_seconds", StringComparison.Ordinal))
                value = (double.Parse(value, CultureInfo.InvariantCulture) - _start.ToUnixTimeMilliseconds() / 1000.0).ToString(CultureInfo.InvariantCulture);
            var series = sample.Groups["series"].Value;
            if (!_series.TryGetValue(series, out var values)) _series[series] = values = [];
            values[Count] = value;
        }

        Count++;
    }

    /// <summary>The same without the series of one name.</summary>
    public Scrapes Without(string name)
    {
        var rest = new Scrapes(_start) { Count = Count };
        foreach (var (series, values) in _series.Where(series => !series.Key.StartsWith(name, StringComparison.Ordinal))) rest._series[series] = values;
        return rest;
    }

    /// <summary>The names of the alerts that fired at any time, but the Watchdog, which always does.</summary>
    public async Task<string> FiringAsync()
    {
        var folder = Directory.CreateTempSubdirectory("scrapes-").FullName;
        try
        {
            MonitoringFolder.Write(MonitoringFolder.Groups(Rules), Path.Combine(folder, Rules));
            var names = MonitoringFolder.Rules(Rules).Select(rule => rule.Word("alert")!).ToList();
            List<string> fired = [];
            foreach (var name in names)
            {
                if (await HasFiredAsync(folder, name)) fired.Add(name);
            }

            // Whatever was scraped: this proves that the rules were played at all.
            Assert.True(fired.Remove("Watchdog"));
            return string.Join(", ", fired);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<bool> HasFiredAsync(string folder, string alert)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "case.yaml"), CaseOf(alert));
        using var promtool = Process.Start(new ProcessStartInfo(Programs.Find("promtool")!, ["test", "rules", "case.yaml"])
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        })!;
        var errors = promtool.StandardError.ReadToEndAsync();
        var said = await promtool.StandardOutput.ReadToEndAsync() + await errors;
        await promtool.WaitForExitAsync();
        Assert.True(promtool.ExitCode == 0 || said.Contains("exp:", StringComparison.Ordinal), said);
        return promtool.ExitCode != 0;
    }

    /// <summary>That it never fired.</summary>
    private string CaseOf(string alert)
    {
        var text = new StringBuilder($"""
            rule_files: [{Rules}]
            evaluation_interval: 15s
            tests:
              - interval: {Every.TotalSeconds}s
                input_series:
                  - series: 'up{"{"}job="sophia-keda-reactor", instance="recipe"{"}"}'
                    values: 1x{Count - 1}

            """);
        foreach (var (series, values) in _series)
        {
            var all = string.Join(' ', Enumerable.Range(0, Count).Select(at => values.GetValueOrDefault(at, "_")));
            text.Append(CultureInfo.InvariantCulture, $"      - series: '{series.Replace("'", "''")}'\n        values: {all}\n");
        }

        return text.Append(CultureInfo.InvariantCulture, $$"""
                promql_expr_test:
                  - expr: max_over_time((count(ALERTS{alertname="{{alert}}", alertstate="firing"}) or vector(0))[{{Count * Every.TotalSeconds}}s:15s])
                    eval_time: {{(Count - 1) * Every.TotalSeconds}}s
                    exp_samples: [{labels: "{}", value: 0}]

            """).ToString();
    }

    private static bool IsAsked(string name) => MonitoringFolder.Text(Rules).Contains(name, StringComparison.Ordinal);

    [GeneratedRegex(@"^(?<series>(?<name>[a-z_]+)(\{.*\})?) (?<value>\S+)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Sample();
}
