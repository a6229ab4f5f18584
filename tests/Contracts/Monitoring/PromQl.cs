using System.Text.RegularExpressions;

namespace Sophia.Keda.Reactor.Contracts.Tests.Monitoring;

/// <summary>Just enough of PromQL to find the metrics that an expression reads.</summary>
internal static partial class PromQl
{
    private static readonly string[] Words = ["and", "or", "unless", "bool", "offset", "ignoring", "inf", "nan"];

    public static IEnumerable<string> MetricsOf(string expression)
    {
        var bare = Noise().Replace(expression, " ");
        return Name().Matches(bare).Select(m => m.Value).Where(name => !Words.Contains(name)).Distinct(StringComparer.Ordinal);
    }

    // Strings, then matchers, then lists of labels, then ranges and variables of a dashboard.
    [GeneratedRegex("""
        "(\\.|[^"\\])*" | \{[^}]*\} | \b(by|on|without|ignoring|group_left|group_right)\s*\([^)]*\) | \[[^\]]*\] | \$\w+ | \boffset\s+\w+
        """, RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace, 1000)]
    private static partial Regex Noise();

    // A name that is called is a function.
    [GeneratedRegex(@"(?<![\w:.])(?>[a-zA-Z_:][\w:]*)(?!\s*\()", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Name();
}
