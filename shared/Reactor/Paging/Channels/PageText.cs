using System.Globalization;
using System.Text;

namespace Sophia.Keda.Reactor.Paging.Channels;

/// <summary>Text of unknown origin and length made fit for a channel's field.</summary>
internal static class PageText
{
    /// <summary>
    /// At most <paramref name="limit"/> UTF-16 units after <paramref name="escape"/>; never half a character or half an escape.
    /// Without control characters and without those that turn the direction of what follows: an alert's text must not rearrange ours.
    /// </summary>
    public static string Fit(string text, int limit, Func<Rune, string>? escape = null)
    {
        var kept = new StringBuilder();
        var withRoom = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsUnwanted(rune)) continue;
            kept.Append(escape is null ? rune.ToString() : escape(rune));
            if (kept.Length > limit)
            {
                kept.Length = withRoom;
                return kept.Append('…').ToString();
            }

            if (kept.Length < limit) withRoom = kept.Length;
        }

        return kept.ToString();
    }

    /// <summary>The first lines that fit, and how many more there are.</summary>
    public static (IReadOnlyList<string> Lines, int More) First(IReadOnlyCollection<string> lines, int count, int limit, Func<Rune, string>? escape = null)
    {
        var kept = lines.Take(count).Select(line => Fit(line, limit, escape)).ToList();
        return (kept, lines.Count - kept.Count);
    }

    public static string When(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static bool IsUnwanted(Rune rune) =>
        (Rune.IsControl(rune) && rune.Value is not ('\n' or '\t')) || rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);
}
