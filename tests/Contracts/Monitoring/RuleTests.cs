using System.Diagnostics;
using Sophia.Keda.Reactor.Contracts.Tests.State;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Monitoring;

/// <summary>The shipped rules as Prometheus' own tool reads and plays them: infra/keda/monitoring/tests says what fires and what must not.</summary>
public sealed class RuleTests
{
    private static readonly string[] CaseFiles =
        [.. Directory.GetFiles(Path.Combine(MonitoringFolder.Path, "tests"), "*.test.yaml").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Cases => [.. CaseFiles];

    private static IEnumerable<YamlDotNet.RepresentationModel.YamlMappingNode> Alerts => MonitoringFolder.AlertFiles.AsEnumerable().SelectMany(MonitoringFolder.Rules);

    [FactWithProgram("promtool")]
    public async Task Prometheus_accepts_every_rule()
    {
        using var folder = new RuleFolder();
        Assert.All(MonitoringFolder.RuleFiles, file => Assert.True(MonitoringFolder.Rules(file).Any()));

        await folder.PromtoolAsync(["check", "rules", .. MonitoringFolder.RuleFiles]);
    }

    [TheoryWithProgram("promtool")]
    [MemberData(nameof(Cases))]
    public async Task What_should_fire_fires_and_what_should_not_does_not(string cases)
    {
        using var folder = new RuleFolder();
        File.Copy(Path.Combine(MonitoringFolder.Path, "tests", cases), Path.Combine(folder.Path, cases));

        await folder.PromtoolAsync(["test", "rules", cases]);
    }

    [Fact]
    public void The_alerts_of_KEDA_are_just_those_that_the_reactor_gives_a_cause()
    {
        var named = Alerts.Select(rule => rule.Word("alert")!).Where(name => name.StartsWith("KEDA", StringComparison.Ordinal));

        Assert.Equal(Policy.DefaultAlertNames.Keys.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_alert_says_how_bad_it_is_and_what_it_means()
    {
        Assert.All(Alerts, rule =>
        {
            Assert.Contains(rule["labels"].Word("severity"), (string[])["none", "warning", "critical"]);
            Assert.Contains(rule["labels"].Word("component"), (string[])["keda", "reactor"]);
            Assert.False(string.IsNullOrWhiteSpace(rule["annotations"].Word("summary")));
            Assert.False(string.IsNullOrWhiteSpace(rule["annotations"].Word("description")));
        });
    }

    /// <summary>rollback-keda.sh takes away what is KEDA's in KEDA's namespace.</summary>
    [Fact]
    public void What_watches_the_reactor_stands_in_its_namespace_and_nothing_of_KEDAs_does()
    {
        foreach (var (file, place, component) in (ReadOnlySpan<(string, string, string)>)[("prometheus-rules.yaml", "keda-system", "keda"), ("reactor-rules.yaml", "keda-reactor", "reactor")])
        {
            Assert.Equal(place, MonitoringFolder.Documents(file).Single()["metadata"].Word("namespace"));
            Assert.All(MonitoringFolder.Rules(file), rule => Assert.Equal((file, component), (file, rule["labels"].Word("component"))));
        }
    }

    [Fact]
    public void Every_alert_and_every_recorded_name_is_played_by_a_case()
    {
        var cases = string.Concat(CaseFiles.Select(file => MonitoringFolder.Text(Path.Combine("tests", file))));
        var names = MonitoringFolder.RuleFiles.AsEnumerable().SelectMany(MonitoringFolder.Rules).Select(rule => rule.Word("alert") ?? rule.Word("record")!).ToList();

        // What only other rules read is played through them.
        string[] through =
        [
            "keda:workload_replicas", "keda:workload_replicas:direction", "keda:rescales:count5m", "keda:direction_changes:count1m", "keda:scaler_errors:rate1m",
            "keda:hpa:info", "keda:scaled_jobs", "keda:scaled_jobs:named_as_scaled_objects", "keda:scaled_object_errors:rate1m", "keda:scaled_job_errors:rate1m",
            "keda:scaling_up_seconds_bucket:rate5m", "keda:queue_depth:max", "keda:failing_targets:ratio", "keda:available_deployments:ratio", "keda:fallback_active:max",
        ];
        Assert.DoesNotContain(names.Except(through), name => !cases.Contains(name, StringComparison.Ordinal));
    }

    /// <summary>The rule files as Prometheus reads them.</summary>
    private sealed class RuleFolder : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public RuleFolder()
        {
            foreach (var file in MonitoringFolder.RuleFiles)
                MonitoringFolder.Write(MonitoringFolder.Groups(file), System.IO.Path.Combine(Path, file));
        }

        public string Path => _folder.Path;

        public async Task PromtoolAsync(string[] arguments)
        {
            using var promtool = Process.Start(new ProcessStartInfo(Programs.Find("promtool")!, arguments)
            {
                WorkingDirectory = Path, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
            })!;
            var errors = promtool.StandardError.ReadToEndAsync();
            var said = await promtool.StandardOutput.ReadToEndAsync();
            await promtool.WaitForExitAsync();
            Assert.True(promtool.ExitCode == 0, $"{said}{await errors}");
            Assert.Contains("SUCCESS", said, StringComparison.Ordinal);
        }

        public void Dispose() => _folder.Dispose();
    }
}
