using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Schedules;

namespace Sophia.Keda.Reactor.Contracts.Tests.Azure;

/// <summary>What Flex bills at rest, from the timers that there are, their schedules and the sizes: README's table says the same.</summary>
public sealed partial class CostTests
{
    private const string Probe = "Reconcile";
    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    /// <summary>How often each timer runs in a month.</summary>
    private static readonly Dictionary<string, long> Runs = Timers().ToDictionary(timer => timer.Name, timer => RunsOf(timer.Setting), StringComparer.Ordinal);

    [Fact]
    public void Only_the_probe_is_kept_ready_besides_http()
    {
        var ready = ReadyFunction().Matches(AzureFolder.Bicep("modules/app.bicep").Text).Select(m => m.Groups["name"].Value);
        Assert.Equal([Probe], ready);
        Assert.Contains(Probe, Runs.Keys);
    }

    [Fact]
    public void The_table_says_what_the_sizes_and_schedules_make()
    {
        Assert.Equal(AzureFolder.Stages.Select(stage => Ready(stage, "alwaysReadyHttp") + Ready(stage, "alwaysReadyReconcile")), Row("Flex: always-ready memory"));
        Assert.Equal(AzureFolder.Stages.Select(stage => Busy(stage, warm: false)), Row("Flex: timers on demand"));
        Assert.Equal(AzureFolder.Stages.Select(stage => Busy(stage, warm: true)), Row("Flex: timers on always-ready instances"));
        Assert.Equal(AzureFolder.Stages.Select(_ => Runs.Values.Sum()), Row("Flex: executions of the timers"));
    }

    private static long Ready(string stage, string count) => Gigabytes(stage) * Size(stage, count) * (long)Month.TotalSeconds;

    /// <summary>Flex bills a second at least for each run.</summary>
    private static long Busy(string stage, bool warm) =>
        Gigabytes(stage) * Runs.Where(timer => warm == (timer.Key == Probe && Size(stage, "alwaysReadyReconcile") > 0)).Sum(timer => timer.Value);

    private static long Gigabytes(string stage) => Size(stage, "instanceMemoryMB") / 1024;

    private static int Size(string stage, string name)
    {
        using var sizes = JsonDocument.Parse(AzureFolder.Read($"environments/{stage}.json"));
        return sizes.RootElement.GetProperty(name).GetInt32();
    }

    private static IEnumerable<(string Name, string Setting)> Timers() => File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "routes.txt"))
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(parts => parts is [_, "timer", ..]).Select(parts => (parts[0], parts[2].Trim('%')));

    private static long RunsOf(string setting)
    {
        var cron = Regex.Match(AzureFolder.Bicep("main.bicep").Text, $"{setting.Replace(":", "__", StringComparison.Ordinal)}: '(?<cron>[^']+)'", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        Assert.True(Schedule.TryParse(cron.Groups["cron"].Value, out var schedule), $"{setting} is not set, or no schedule");
        var first = schedule.After(DateTimeOffset.UnixEpoch);
        return Month / (schedule.After(first) - first) is var runs && runs == Math.Floor(runs) ? (long)runs : throw new InvalidOperationException($"{setting} is not even");
    }

    private static IEnumerable<long> Row(string what)
    {
        var row = AzureFolder.Read("README.md").Split('\n').Single(line => line.StartsWith($"| {what}", StringComparison.Ordinal));
        return row.Trim('|').Split('|')[2..].Select(cell => long.Parse(cell, NumberStyles.AllowThousands | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex("'function:(?<name>\\w+)'", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ReadyFunction();
}
