using System.Text;

namespace Sophia.Keda.Reactor.Wire;

/// <summary>Text from outside, made fit for a page, a log line or an answer.</summary>
public static class Text
{
    /// <summary>True when the text holds a control character (line breaks too) or a character that reorders what people read.</summary>
    public static bool HasControl(string text) => text.Any(IsControl);

    /// <summary>Control characters become one space, and the rest is cut, never within a surrogate pair.</summary>
    public static string Clean(string text, int longest)
    {
        var clean = new StringBuilder(Math.Min(text.Length, longest));
        foreach (var c in text)
        {
            if (clean.Length >= longest) break;
            if (!IsControl(c) && !char.IsWhiteSpace(c)) clean.Append(c);
            else if (clean.Length > 0 && clean[^1] != ' ') clean.Append(' ');
        }

        if (clean.Length > 0 && char.IsHighSurrogate(clean[^1])) clean.Length--;
        return clean.ToString().TrimEnd();
    }

    private static bool IsControl(char c) =>
        char.IsControl(c) || c is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
