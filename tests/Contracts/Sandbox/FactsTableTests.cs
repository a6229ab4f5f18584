using System.Reflection;
using System.Runtime.CompilerServices;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>FACTS.md: no fact without a test, no test that is not there.</summary>
public sealed class FactsTableTests
{
    private static readonly Dictionary<string, Type> Classes = typeof(FactsTableTests).Assembly.GetTypes()
        .Where(t => t.IsClass && t.Namespace?.StartsWith("Sophia.Keda.Reactor.Contracts.Tests.Sandbox", StringComparison.Ordinal) == true && !t.IsDefined(typeof(CompilerGeneratedAttribute)) && !t.IsNested)
        .ToDictionary(t => t.Name);

    [Fact]
    public void Every_fact_has_a_test_and_every_test_is_there()
    {
        var wrong = Facts(Table()).SelectMany(row => Faults(row.Fact, row.Tests)).ToList();
        Assert.Empty(wrong);
    }

    [Fact]
    public void Each_heading_of_the_measured_facts_has_its_rows()
    {
        var sections = Facts(Table()).GroupBy(row => row.Heading).ToDictionary(g => g.Key, g => g.Count());
        Assert.Equal(
            [
                "API server", "Adapter dead", "Admission webhook", "Fallback HPA without CPU metrics", "Many at once", "Operator dead", "Operator metrics",
                "Oscillation, as the API shows it", "Pausing, operator alive", "Trigger source dead", "Two HPAs on one Deployment",
                "What else the real ones do that a reactor must bear", "Zero",
            ],
            sections.Keys.Order(StringComparer.Ordinal));
        Assert.True(sections.Values.Sum() >= 75, $"{sections.Values.Sum()} facts");
    }

    [Theory]
    [InlineData("| something | |")]
    [InlineData("| something | PausingFacts.This_is_not_there |")]
    [InlineData("| something | NoSuchClass.The_value_decides_whether_it_pauses |")]
    [InlineData("| something | World.Wait |")]
    [InlineData("| something | PausingFacts.The_value_decides_whether_it_pauses, PausingFacts.Gone |")]
    public void A_row_without_a_test_or_with_one_that_is_not_there_is_found(string row) =>
        Assert.Single(Facts("## X\n" + row).SelectMany(r => Faults(r.Fact, r.Tests)));

    private static string Table() => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Sandbox", "FACTS.md"));

    private static IEnumerable<(string Heading, string Fact, string[] Tests)> Facts(string table)
    {
        var heading = "";
        foreach (var line in table.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
                heading = line[3..];
            if (line.StartsWith("| ", StringComparison.Ordinal) && line.Split('|', StringSplitOptions.TrimEntries) is ["", var fact, var tests, ""] && fact is not ("fact" or "---"))
                yield return (heading, fact, tests.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }
    }

    private static IEnumerable<string> Faults(string fact, string[] tests)
    {
        if (tests.Length == 0)
            yield return $"'{fact}' has no test";
        foreach (var test in tests)
        {
            if (test.Split('.') is not [var type, var method] || !Classes.TryGetValue(type, out var found)
                || found.GetMethod(method, BindingFlags.Public | BindingFlags.Instance)?.GetCustomAttribute<FactAttribute>() is not { Skip: null })
                yield return $"'{fact}' names {test}, which is no test";
        }
    }
}
