namespace Sophia.Keda.Reactor.Policies;

/// <summary>Suggests the key that was probably meant.</summary>
internal static class Nearest
{
    public static string Of(string found, string path, IReadOnlyCollection<string> known)
    {
        var near = known.Select(k => (Key: k, Distance: Distance(found, k))).MinBy(k => k.Distance);
        var place = path.Length == 0 ? "at the top" : $"in {path}";
        return near.Distance <= Math.Max(2, found.Length / 3)
            ? $"a key known {place}; did you mean '{near.Key}'?"
            : $"one of {string.Join(", ", known)} {place}";
    }

    /// <summary>Edits from one word to the other (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        if (a.Length > 100)
            return int.MaxValue;
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
