using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Policies;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>What the documents under infra/keda say is so.</summary>
public sealed partial class DocumentTests
{
    [Theory]
    [InlineData("DECISIONS.md", 4)]
    [InlineData("BLOCKS.md", 3)]
    public void Every_row_of_the_tables_is_whole_and_names_files_that_are_there(string document, int columns)
    {
        var rows = Rows(document);

        Assert.True(rows.Count > 30);
        foreach (var row in rows)
        {
            Assert.Equal(columns, row.Length);
            Assert.All(row[..^1], cell => Assert.NotEqual("", cell));
            foreach (var file in Coded().Matches(string.Join(' ', row)).Select(m => m.Groups["code"].Value).Where(IsFile))
                Assert.True(Exists(file), $"{document} names {file}, which is not there");
        }
    }

    /// <summary>A row that says "as above" or "by CI" has no test that anybody could run.</summary>
    [Theory]
    [InlineData("DECISIONS.md")]
    [InlineData("BLOCKS.md")]
    public void Every_row_names_a_test_a_script_or_a_job_that_is_there_and_nothing_else(string document)
    {
        var jobs = PlatformFiles.Parse(File.ReadAllText(Path.Combine(PlatformFiles.Root, ".github/workflows/ci.yml"))).Single().Map("jobs");

        Assert.All(Rows(document), row =>
        {
            var named = TestCell().Matches(row[^1]).Select(m => (Job: m.Groups["job"].Success, Name: m.Groups["code"].Value)).ToList();
            Assert.True(named.Count > 0, $"{document}, {row[0]}: no test is named");
            Assert.All(named, n => Assert.True(
                n.Job ? jobs.ContainsKey(n.Name) : n.Name.EndsWith(".sh", StringComparison.Ordinal) ? Exists(n.Name) : TestMethods.Has(n.Name),
                $"{document}, {row[0]}: {n.Name} is no test, no script and no job"));
        });
    }

    [Theory]
    [InlineData("DocumentTests.Every_row_names_a_test_a_script_or_a_job_that_is_there_and_nothing_else", true)]
    [InlineData("DocumentTests.No_such_method", false)]
    [InlineData("DocumentTests.Rows", false)]
    [InlineData("DocumentTests", false)]
    [InlineData("NoTests.Every_row_names_a_test_a_script_or_a_job_that_is_there_and_nothing_else", false)]
    [InlineData("OscillationTests.Stagings_limits_are_higher", true)]
    public void A_name_is_one_of_a_test_only_with_class_and_method(string name, bool known) => Assert.Equal(known, TestMethods.Has(name));

    /// <summary>S 1 to 10 with their sections, appendix A, and each folder of R's tree.</summary>
    [Fact]
    public void Every_block_of_the_source_documents_has_its_row()
    {
        int[] sections = [4, 4, 4, 4, 4, 4, 4, 3, 2, 2];
        var blocks = sections.SelectMany((count, chapter) => Enumerable.Range(1, count).Select(section => $"S {chapter + 1}.{section} "))
            .Concat(["S appendix A", .. new[] { "base", "scalers", "monitoring", "helm", "tests", "scripts", "gitops" }.Select(folder => $"R `{folder}/`"), "R environment table", "R runbook"]).ToList();
        var rows = Rows("BLOCKS.md").Select(row => row[0] + " ").ToList();

        Assert.All(blocks, block => Assert.Single(rows, row => row.StartsWith(block, StringComparison.Ordinal)));
        Assert.Equal(blocks.Count, rows.Count);
    }

    /// <summary>From the render to the table: every environment, each number.</summary>
    [TheoryWithProgram(Overlays.Kubectl)]
    [InlineData("dev", "dev", 1)]
    [InlineData("staging", "staging", 2)]
    [InlineData("prod", "production", 3)]
    public void READMEs_environment_table_is_what_is_rendered(string overlay, string environment, int column)
    {
        var rows = Rows("README.md").Where(row => row.Length == 4).ToDictionary(row => row[0], row => row[column]);
        var rendered = Overlays.Of(overlay);
        var facts = rendered.One("ConfigMap", "keda-environment").At("data");

        Assert.Equal($"{Most("artemis-redis-scaler")} / {Most("sophia-ai-prometheus-scaler")}", rows["max replicas: Artemis / Sophia"]);
        Assert.Equal($"{Most("sophia-ai-services")} / {Most("artemis-batch-processor")}", rows["AI services / batch"]);
        Assert.Equal($"{facts.Word("SCALING_TARGET_SECONDS")} s", rows["scale-up target"]);
        Assert.Equal(facts.Word("TESTING"), rows["load and failure tests"]);
        var policy = PolicyLoader.Load([("policy", rendered.One("ConfigMap", "keda-circuit-breaker").Word("data", "circuit_breaker.yaml")!)], environment).Policy;
        Assert.StartsWith(policy.Enabled ? $"{policy.ScaleEventsPerMinute} events a minute, {policy.DirectionChangesIn5Min} changes" : "disabled", rows["circuit breaker"], StringComparison.Ordinal);
        Assert.All(KedaValues.ByEachWay(environment).Values, keda => Assert.Equal(keda.Word("operator", "replicaCount"), rows["replicas of KEDA's parts"]));
        var mode = rendered.Kind("ConfigMap").Select(c => c.Word("data", "Policy__Mode")).OfType<string>().Single();
        Assert.StartsWith($"{mode}s", rows["the reactor"], StringComparison.Ordinal);
        Assert.Equal(rendered.Kind("ExternalSecret").Any(), rows["secrets"].StartsWith("External Secrets", StringComparison.Ordinal));
        Assert.Equal(File.ReadAllText(PlatformFiles.PathOf($"gitops/flux/{overlay}.yaml")).Contains("path: ./infra/keda/monitoring", StringComparison.Ordinal) ? "yes" : "no", rows["monitoring by GitOps"]);

        int Most(string name) => rendered.One("ScaledObject", name).Number("spec", "maxReplicaCount");
    }

    private static IReadOnlyList<string[]> Rows(string document) => [.. PlatformFiles.Text(document).Split('\n')
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| ---", StringComparison.Ordinal))
        .Select(line => line.Trim().Trim('|').Split(" | ").Select(cell => cell.Trim(' ', '|')).ToArray())
        .Where(row => row[0] is not ("conflict" or "block" or "folder"))];

    private static bool IsFile(string code) => (code.Contains('/') || code.EndsWith(".md", StringComparison.Ordinal) || code.EndsWith(".yaml", StringComparison.Ordinal))
        && !code.Contains(' ') && code != "ai-workload-cron-scaler.yaml" && !code.StartsWith("keda-", StringComparison.Ordinal);

    /// <summary>Below infra/keda, in the repository, or in the folder of the row's first scaler; with a star, at least one.</summary>
    private static bool Exists(string code)
    {
        string[] places = [PlatformFiles.PathOf(code), Path.Combine(PlatformFiles.Root, code), PlatformFiles.PathOf($"scalers/{code}")];
        return places.Any(place => Path.Exists(place) || Path.Exists(place + ".cs")) || (code.Contains('*') && Starred(code));
    }

    private static bool Starred(string code)
    {
        var (before, after) = (code[..code.IndexOf('*')], code[(code.IndexOf('*') + 1)..]);
        return Directory.GetFiles(PlatformFiles.PathOf(Path.GetDirectoryName(before)!), "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(PlatformFiles.PathOf(""), file)).Any(file => file.StartsWith(before, StringComparison.Ordinal) && file.EndsWith(after, StringComparison.Ordinal));
    }

    [GeneratedRegex("`(?<code>[^`]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Coded();

    [GeneratedRegex("(?<job>job )?`(?<code>[^`]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TestCell();
}
