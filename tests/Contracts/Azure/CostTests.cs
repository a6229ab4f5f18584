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
    private static readonly Dictionary<string, long> Runs =
        Timers().ToDictionary(timer => timer.Name, timer => RunsOf(timer.Setting), StringComparer.Ordinal);

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
        Assert.Equal(AzureFolder.Stages.Select(Ready), Row("Flex: always-ready memory"));
        Assert.Equal(AzureFolder.Stages.Select(stage => Busy(stage, warm: false)), Row("Flex: timers on demand"));
        Assert.Equal(AzureFolder.Stages.Select(stage => Busy(stage, warm: true)), Row("Flex: timers on always-ready instances"));
        Assert.Equal(AzureFolder.Stages.Select(_ => Runs.Values.Sum()), Row("Flex: executions of the timers"));
    }

    private static long Ready(string stage) =>
        Gigabytes(stage) * (Size(stage, "alwaysReadyHttp") + Size(stage, "alwaysReadyReconcile")) * (long)Month.TotalSeconds;

    /// <summary>Flex bills a second at least for each run.</summary>
    private static long Busy(string stage, bool warm) =>
        Gigabytes(stage) * Runs.Sum(timer => warm == (timer.Key == Probe && Size(stage, "alwaysReadyReconcile") > 0) ? timer.Value : 0);

    private static long Gigabytes(string stage) => Size(stage, "instanceMemoryMB") / 1024;

    private static int Size(string stage, string name)
    {
        using var sizes = JsonDocument.Parse(AzureFolder.Read($"environments/{stage}.json"));
        return sizes.RootElement.GetProperty(name).GetInt32();
    }

    private static IEnumerable<(string Name, string Setting)> Timers() =>
        from line in File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "routes.txt"))
        let parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where parts is [_, "timer", ..]
        select (parts[0], parts[2].Trim('%'));

    private static long RunsOf(string setting)
    {
        var name = setting.Replace(":", "__", StringComparison.Ordinal);
        var set = SetSchedule().Matches(AzureFolder.Bicep("main.bicep").Text).Single(m => m.Groups["name"].Value == name);
        Assert.True(Schedule.TryParse(set.Groups["cron"].Value, out var schedule), $"{setting} is no schedule");
        var first = schedule.After(DateTimeOffset.UnixEpoch);
        return (long)(Month / (schedule.After(first) - first));
    }

    private static IEnumerable<long> Row(string what)
    {
        var row = AzureFolder.Read("README.md").Split('\n').Single(line => line.StartsWith($"| {what}", StringComparison.Ordinal));
        var cells = row.Trim('|').Split('|', StringSplitOptions.TrimEntries)[2..];
        return cells.Select(cell => long.Parse(cell, NumberStyles.AllowThousands, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"(?<name>\w+__Schedule): '(?<cron>[^']+)'", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SetSchedule();

    [GeneratedRegex("'function:(?<name>\\w+)'", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ReadyFunction();
}
