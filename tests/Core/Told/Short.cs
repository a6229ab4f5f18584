using System.Text.RegularExpressions;

namespace Sophia.Keda.Reactor.Core.Tests.Told;

/// <summary>What is told of several targets in the same words is written out once.</summary>
internal static partial class Short
{
    /// <summary>Names of targets, and in whose words what is told of them is written out: a's, or the first of twelve.</summary>
    private static readonly Dictionary<string, string> Others = new[] { "b", "c", "d", "e" }.Select(name => (name, First: "a"))
        .Concat(Enumerable.Range(2, 11).Select(n => ($"t{n:00}", "t01")))
        .ToDictionary(pair => pair.Item1, pair => pair.Item2, StringComparer.Ordinal);

    /// <summary>
    /// "{b, c}" after a line about a: at the same time the same was told of b and of c. Everything of the other line is the same but
    /// its name, its resourceVersion and its uid.
    /// </summary>
    public static IReadOnlyList<string> Likewise(IReadOnlyList<string> lines)
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        var also = new SortedDictionary<int, List<string>>();
        var kept = new List<string>();
        foreach (var line in lines)
        {
            var named = Others.Keys.Where(name => Word(name).IsMatch(line)).ToList();
            var plain = Plain(named.Count == 1 ? Word(named[0]).Replace(line, Others[named[0]]) : line);
            if (named.Count == 1 && first.TryGetValue(plain, out var at))
            {
                if (!also.TryGetValue(at, out var names))
                    also[at] = names = [];
                names.Add(named[0]);
                continue;
            }

            if (named.Count < 2)
                first.TryAdd(plain, kept.Count);
            kept.Add(line);
        }

        foreach (var (at, names) in also)
            kept[at] += $" {{{string.Join(", ", names)}}}";
        return kept;
    }

    private static Regex Word(string name) => new($@"\b{name}\b", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    private static string Plain(string line) => Passing().Replace(line, "");

    [GeneratedRegex(@"resourceVersion \d+|(?<=uid (?:fallback|hpa)-[a-z0-9]+-)\d+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Passing();
}
