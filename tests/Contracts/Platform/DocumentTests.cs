using System.Text.RegularExpressions;

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

    [Theory]
    [InlineData("DECISIONS.md")]
    [InlineData("BLOCKS.md")]
    public void Every_test_that_they_name_is_one(string document)
    {
        var here = typeof(DocumentTests).Assembly.GetTypes().Where(t => t.Namespace == typeof(DocumentTests).Namespace && !t.IsNested).ToDictionary(t => t.Name);
        var named = Rows(document).SelectMany(row => Coded().Matches(row[^1]).Select(m => m.Groups["code"].Value)).Where(code => TestName().IsMatch(code)).Distinct(StringComparer.Ordinal).ToList();

        Assert.True(named.Count > 5);
        Assert.All(named, name =>
        {
            var (type, method) = name.Split('.') is [var t, var m] ? (t, m) : (name, null);
            Assert.True(here.ContainsKey(type) && (method is null || here[type].GetMethod(method) is not null), $"{document} names {name}, which is no test here");
        });
    }

    /// <summary>From the render to the table: every environment, each number.</summary>
    [TheoryWithProgram(Overlays.Kubectl)]
    [InlineData("dev", 1)]
    [InlineData("staging", 2)]
    [InlineData("prod", 3)]
    public void READMEs_environment_table_is_what_is_rendered(string overlay, int column)
    {
        var rows = Rows("README.md").Where(row => row.Length == 4).ToDictionary(row => row[0], row => row[column]);
        var rendered = Overlays.Of(overlay);
        var facts = rendered.One("ConfigMap", "keda-environment").At("data");

        Assert.Equal($"{Most("artemis-redis-scaler")} / {Most("sophia-ai-prometheus-scaler")}", rows["max replicas: Artemis / Sophia"]);
        Assert.Equal($"{Most("sophia-ai-services")} / {Most("artemis-batch-processor")}", rows["AI services / batch"]);
        Assert.Equal($"{facts.Word("SCALING_TARGET_SECONDS")} s", rows["scale-up target"]);
        Assert.Equal(facts.Word("TESTING"), rows["load and failure tests"]);

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

    [GeneratedRegex(@"^[A-Z]\w+Tests(\.\w+)?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TestName();
}
