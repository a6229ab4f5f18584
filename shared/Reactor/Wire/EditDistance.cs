namespace Sophia.Keda.Reactor.Wire;

/// <summary>How far a mistyped word is from another.</summary>
public static class EditDistance
{
    /// <summary>Nobody mistypes a word so long; whoever sends one must not buy our time with it.</summary>
    private const int Longest = 100;

    /// <summary>Letters put in, left out, taken for others or swapped with the next (optimal string alignment).</summary>
    public static int Between(string a, string b)
    {
        if (a.Length > Longest)
            return int.MaxValue;
        var (before, last, row) = (new int[b.Length + 1], Enumerable.Range(0, b.Length + 1).ToArray(), new int[b.Length + 1]);
        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                row[j] = Math.Min(Math.Min(last[j] + 1, row[j - 1] + 1), last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
            }

            (before, last, row) = (last, row, before);
        }

        return last[b.Length];
    }

    /// <summary>The one that was probably meant; null when none is near.</summary>
    public static string? Nearest(string found, IEnumerable<string> known)
    {
        var near = known.Select(word => (Word: word, Distance: Between(found.ToUpperInvariant(), word.ToUpperInvariant()))).OrderBy(word => word.Distance).FirstOrDefault();
        return near.Word is not null && near.Distance <= Math.Max(2, found.Length / 3) ? near.Word : null;
    }
}
