using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// One part of a label selector (Kubernetes' "Labels and Selectors"): <c>key=a</c>, <c>key==a</c>, <c>key!=a</c>, <c>key in (a,b)</c>,
/// <c>key notin (a,b)</c>, <c>key</c>, <c>!key</c>. What lacks the key is met by <c>!=</c> and <c>notin</c>.
/// </summary>
internal sealed partial record LabelRequirement(string Key, bool Wanted, ImmutableArray<string> Values)
{
    /// <summary>Null when it is none. Parts with commas between them must all be met.</summary>
    public static ImmutableArray<LabelRequirement>? Read(string selector)
    {
        var parts = ImmutableArray.CreateBuilder<LabelRequirement>();
        var at = 0;
        while (true)
        {
            if (Part().Match(selector, at) is not { Success: true } part)
                return null;
            parts.Add(Of(part));
            at = part.Index + part.Length;
            if (at == selector.Length)
                return parts.ToImmutable();
            if (selector[at++] != ',')
                return null;
        }
    }

    /// <summary>No values: the key alone is asked for.</summary>
    public bool Meets(IReadOnlyDictionary<string, string> labels) =>
        (labels.TryGetValue(Key, out var value) && (Values.IsEmpty || Values.Contains(value))) == Wanted;

    private static LabelRequirement Of(Match part)
    {
        var key = part.Groups["key"].Value;
        if (part.Groups["set"].Success)
            return new(key, part.Groups["set"].Value == "in", [.. part.Groups["values"].Value.Split(',', StringSplitOptions.TrimEntries)]);
        return part.Groups["op"].Success
            ? new(key, part.Groups["op"].Value != "!=", [part.Groups["value"].Value])
            : new(key, !part.Groups["not"].Success, []);
    }

    [GeneratedRegex("""
        \G\s*(?:(?<not>!)\s*(?<key>[A-Za-z0-9][A-Za-z0-9._/-]*)|(?<key>[A-Za-z0-9][A-Za-z0-9._/-]*)(?:\s+(?<set>in|notin)\s*\((?<values>[A-Za-z0-9._,\s-]*)\)|\s*(?<op>==|=|!=)\s*(?<value>[A-Za-z0-9._-]*))?)\s*(?=,|$)
        """, RegexOptions.CultureInvariant, RegexPatience.Milliseconds)]
    private static partial Regex Part();
}
