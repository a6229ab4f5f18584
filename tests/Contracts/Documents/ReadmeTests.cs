using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Policies;
using Sophia.Keda.Reactor.State.Json;

namespace Sophia.Keda.Reactor.Contracts.Tests.Documents;

public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md"));

    [Fact]
    public void The_table_of_defaults_says_what_the_code_has()
    {
        var rows = DefaultsRow().Matches(Readme).Select(m => (Section: m.Groups["section"].Value, Key: m.Groups["key"].Value, Value: m.Groups["value"].Value)).ToList();
        var yaml = string.Concat(rows.GroupBy(r => r.Section).Select(s => $"{s.Key}:\n{string.Concat(s.Select(r => $"  {r.Key}: {r.Value}\n"))}"));
        var told = PolicyLoader.Load([("README.md", yaml)]).Policy;
        Assert.Equal(ReactorJson.Write(new Policy()), ReactorJson.Write(told));
    }

    [Fact]
    public void The_table_of_defaults_has_every_number_of_the_policy()
    {
        var numbers = typeof(Policy).GetProperties()
            .Count(p => p.CanWrite && (p.PropertyType == typeof(int) || p.PropertyType == typeof(TimeSpan) || p.PropertyType == typeof(ImmutableArray<int>) || p.PropertyType == typeof(Severity)));
        Assert.Equal(numbers, DefaultsRow().Count(Readme));
    }

    [Fact]
    public void Every_package_that_is_pinned_is_explained()
    {
        var pinned = PinnedPackage().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Directory.Packages.props"))).Select(m => m.Groups["name"].Value);
        var explained = Readme[Readme.IndexOf("## Packages", StringComparison.Ordinal)..];
        Assert.All(pinned, name => Assert.True(Names(name).Any(n => explained.Contains(n)), $"{name} is pinned and README does not say why"));

        // The worker's parts share one row.
        static string[] Names(string name) => [name, name.Replace("Microsoft.Azure.Functions.Worker.", ".")];
    }

    [Fact]
    public void Every_file_that_is_linked_is_there()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Sophia.Keda.Reactor.sln")))
            root = Path.GetDirectoryName(root)!;
        Assert.All(Link().Matches(Readme).Select(m => m.Groups["path"].Value), path => Assert.True(File.Exists(Path.Combine(root, path)), $"README links {path}, which is not there"));
    }

    [GeneratedRegex(@"^\| (?<section>monitoring|thresholds|fallback|recovery|limits)\.(?<key>\w+) \| (?<value>[^|]+) \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex DefaultsRow();

    [GeneratedRegex("PackageVersion Include=\"(?<name>[^\"]+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PinnedPackage();

    [GeneratedRegex(@"\]\((?<path>[^)#:]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();
}
