using System.Text.RegularExpressions;

namespace Sophia.Keda.Reactor.Integration.Tests;

/// <summary>tests/EDGES.md names tests that exist.</summary>
public sealed partial class EdgesTests
{
    [Fact]
    public void Every_edge_names_tests_that_exist()
    {
        var rows = File.ReadLines(Path.Combine(Repository.Root, "tests", "EDGES.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| ---", StringComparison.Ordinal)).ToList();
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .ToLookup(file => Path.GetFileNameWithoutExtension(file), StringComparer.Ordinal);
        var missing = new List<string>();
        foreach (var row in rows.Where(row => !row.EndsWith("| test |", StringComparison.Ordinal)))
        {
            var named = Named().Matches(row);
            if (named.Count == 0)
                missing.Add(row);
            missing.AddRange(named.Where(n => !sources[n.Groups["class"].Value].Any(file => File.ReadAllText(file).Contains($" {n.Groups["method"].Value}(", StringComparison.Ordinal))).Select(n => n.Value));
        }

        Assert.True(rows.Count > 50);
        Assert.Empty(missing);
    }

    [GeneratedRegex(@"`(?<class>\w+)\.(?<method>[A-Z]\w+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Named();
}
