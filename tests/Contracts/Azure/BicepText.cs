using System.Text;

namespace Sophia.Keda.Reactor.Contracts.Tests.Azure;

/// <summary>Bicep as text, as far as the cross-check needs it: comments away, words in strings told from names in code.</summary>
internal static class BicepText
{
    /// <summary>Comments become blanks; everything keeps its place.</summary>
    public static string WithoutComments(string text) => Blank(text, comments: true, strings: false);

    /// <summary>Also what strings say becomes blanks, but not the names that they put in: '${name}'.</summary>
    public static string NamesOnly(string text) => Blank(text, comments: true, strings: true);

    /// <summary>The keys of the object that begins at this brace, on its first level.</summary>
    /// <exception cref="FormatException">It has no end, or a first level that isn't keys and values.</exception>
    public static IReadOnlyList<string> Keys(string text, int open)
    {
        var keys = new List<string>();
        var names = NamesOnly(text);
        var (depth, expectsKey) = (0, true);
        for (var i = open; i < names.Length; i++)
        {
            var c = names[i];
            if (c is '{' or '[' or '(')
            {
                depth++;
            }
            else if (c is '}' or ']' or ')')
            {
                if (--depth == 0) return keys;
            }
            else if (depth == 1 && c is '\n' or ',')
            {
                expectsKey = true;
            }
            else if (depth == 1 && expectsKey && !char.IsWhiteSpace(c))
            {
                var end = i;
                while (end < names.Length && (char.IsLetterOrDigit(names[end]) || names[end] == '_')) end++;
                if (end == i || end == names.Length || names[end] != ':') throw new FormatException($"\"{Line(text, i)}\" is no \"key: value\"");
                keys.Add(names[i..end]);
                (i, expectsKey) = (end, false);
            }
        }

        throw new FormatException($"an object without an end, from \"{Line(text, open)}\"");
    }

    public static string Line(string text, int at)
    {
        var begin = text.LastIndexOf('\n', Math.Max(0, at - 1)) + 1;
        var end = text.IndexOf('\n', at);
        return text[begin..(end < 0 ? text.Length : end)].Trim();
    }

    private static string Blank(string text, bool comments, bool strings)
    {
        if (text.Contains("'''", StringComparison.Ordinal) || text.Contains("/*", StringComparison.Ordinal))
            throw new FormatException("''' and /* */ are not read here: write '…' and //");
        var kept = new StringBuilder(text);
        // For each string that is open: how many braces are open in the expression that it puts in.
        var open = new Stack<int>();
        var inString = false;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (inString)
            {
                if (c == '\n') throw new FormatException($"a string without an end: {Line(text, i - 1)}");
                if (strings && c != '\'') kept[i] = ' ';
                if (c == '\'')
                {
                    inString = false;
                }
                else if (c == '\\')
                {
                    if (strings) kept[i + 1] = ' ';
                    i++;
                }
                else if (c == '$' && text[i + 1] == '{')
                {
                    // The braces are blanks too: they are none of the code around.
                    if (strings) kept[i + 1] = ' ';
                    i++;
                    open.Push(0);
                    inString = false;
                }
            }
            else if (c == '\'')
            {
                inString = true;
            }
            else if (c == '/' && i + 1 < text.Length && text[i + 1] == '/')
            {
                for (; i < text.Length && text[i] != '\n'; i++)
                {
                    if (comments) kept[i] = ' ';
                }
            }
            else if (open.Count > 0 && c is '{' or '}')
            {
                var braces = open.Pop() + (c == '{' ? 1 : -1);
                if (braces >= 0)
                {
                    open.Push(braces);
                }
                else
                {
                    inString = true;
                    if (strings) kept[i] = ' ';
                }
            }
        }

        return kept.ToString();
    }
}
