using System.Diagnostics;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

/// <summary>ci.yml runs elsewhere; that it names what is there can be told here.</summary>
public sealed partial class CiTests
{
    private static readonly YamlMappingNode Workflow = Shipped.Yaml(".github/workflows/ci.yml").Single();

    private static IEnumerable<YamlNode> Steps => Workflow.Keys("jobs").SelectMany(job => Workflow.Each("jobs", job, "steps"));

    [Fact]
    public void The_tests_the_Functions_host_the_templates_a_real_KEDA_the_platform_the_image_and_the_scripts_each_have_their_job() =>
        Assert.Equal(["azure", "bicep", "image", "kind", "platform", "scripts-and-manifests", "tests"], Workflow.Keys("jobs").Order(StringComparer.Ordinal));

    [Fact]
    public void Every_job_may_only_read_and_none_runs_for_ever()
    {
        Assert.Equal("read", Workflow.Word("permissions", "contents"));
        Assert.Single(Workflow.Keys("permissions"));
        Assert.NotNull(Workflow.Word("concurrency", "group"));
        foreach (var job in Workflow.Keys("jobs"))
        {
            Assert.InRange(int.Parse(Workflow.Word("jobs", job, "timeout-minutes")!), 1, 45);
            Assert.Null(Workflow.At("jobs", job, "permissions"));
        }
    }

    [Fact]
    public void Every_action_is_pinned_to_a_whole_version() =>
        Assert.All(Steps.Select(step => step.Word("uses")).OfType<string>(), action => Assert.Matches(@"^[\w-]+/[\w-]+@v\d+\.\d+\.\d+$", action));

    [Fact]
    public void What_it_calls_is_there()
    {
        var commands = string.Join('\n', Steps.Select(step => step.Word("run")).OfType<string>());
        var named = Named().Matches(commands).Select(match => match.Groups["path"].Value).Distinct().ToList();

        Assert.Contains(".ci/run", named);
        Assert.Contains("tests/azure.sh", named);
        Assert.Contains("tests/kind.sh", named);
        Assert.Contains("tests/platform.sh", named);
        Assert.Contains("infra/keda/helm", named);
        Assert.Contains("infra/docker/Dockerfile", named);
        Assert.All(named, path => Assert.True(Shipped.Has(path), $"ci.yml names {path}, which is not there"));
    }

    [Fact]
    public void KEDA_is_tried_in_an_old_a_middle_and_the_newest_release()
    {
        var releases = Workflow.Each("jobs", "kind", "strategy", "matrix", "include").Select(row => row.Word("keda"));

        Assert.Equal(["2.14", "2.17", ""], releases);
    }

    [Fact]
    public void The_platform_is_tried_as_each_overlay_and_by_the_chart_in_its_two_steps()
    {
        var ways = Workflow.Each("jobs", "platform", "strategy", "matrix", "include").Select(row => (row.Word("overlay"), row.Word("environment")));
        var script = Shipped.Text("tests/platform.sh");

        Assert.Equal([("dev", "dev"), ("staging", "staging"), ("prod", "production"), ("chart", "production")], ways);
        Assert.Contains("bash tests/platform.sh --cluster-is-mine ${{ matrix.overlay }}", Platform, StringComparison.Ordinal);
        // Refused all at once, then KEDA, then the same without the flag.
        var refused = script.IndexOf("if helm install \"${arguments[@]}\" >", StringComparison.Ordinal);
        var first = script.IndexOf("helm install \"${arguments[@]}\" --set scalers.enabled=false --wait", StringComparison.Ordinal);
        var second = script.IndexOf("helm upgrade \"${arguments[@]}\"", StringComparison.Ordinal);
        Assert.InRange(first, refused, second);
        Assert.True(refused > 0);
    }

    /// <summary>What moves without us is KEDA alone, in the job kind: a newer network plugin must not fail the platform.</summary>
    [Fact]
    public void Every_chart_of_the_platforms_cluster_is_of_one_version_and_Calicos_definitions_of_the_same()
    {
        var installs = Platform.Split('\n').Where(line => line.Contains(" --repo ", StringComparison.Ordinal)).ToList();

        Assert.Equal(4, installs.Count);
        Assert.All(installs, line => Assert.Matches(@" --version v?\d+\.\d+\.\d+ ", line));
        var calico = installs.Where(line => line.Contains("/calico/", StringComparison.Ordinal)).Select(line => line.Split(" --version ")[1].Split(' ')[0]).ToList();
        Assert.Equal(2, calico.Count);
        Assert.Single(calico.Distinct());
    }

    private static string Platform => string.Join('\n', Workflow.Each("jobs", "platform", "steps").Select(step => step.Word("run")).OfType<string>());

    [FactWithProgram("shellcheck")]
    public async Task Every_shell_script_passes_shellcheck()
    {
        string[] scripts = [Shipped.PathOf(".ci/run"), .. new[] { "tests", "infra" }.SelectMany(folder => Directory.GetFiles(Shipped.PathOf(folder), "*.sh", SearchOption.AllDirectories)).Where(Ours)];
        using var check = Process.Start(new ProcessStartInfo("shellcheck", scripts) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var said = await check.StandardOutput.ReadToEndAsync();
        await check.WaitForExitAsync();

        Assert.True(check.ExitCode == 0, said);
    }

    private static bool Ours(string path) => path.Split(Path.DirectorySeparatorChar) is var parts && !parts.Contains("bin") && !parts.Contains("obj");

    [GeneratedRegex(@"(?:^|[\s""'])(?<path>(?:\.ci|tests|infra|functions|shared)/[\w./-]*\w)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Named();
}
