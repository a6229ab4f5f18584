using System.Text;
using System.Text.RegularExpressions;

namespace Sophia.Keda.Reactor.Core.Tests.Told;

/// <summary>A file of what was told, short enough to be read: what stands in it once is not written out again.</summary>
internal sealed partial class Written
{
    /// <summary>What is left of a line that stood above already, not counting its time.</summary>
    private const int Kept = 44;

    private readonly HashSet<string> _above = new(StringComparer.Ordinal);
    private readonly List<string> _incidents = [];
    private readonly StringBuilder _text = new();

    /// <summary>A section of the lines that are told under this title; none without lines.</summary>
    public void Section(string title, IEnumerable<string> lines)
    {
        if (Again(lines.Select(line => Numbered(line).Replace("sophia-mesh/", "~", StringComparison.Ordinal))).ToList() is not { Count: > 0 } told)
            return;
        _text.Append("## ").Append(title).Append('\n');
        foreach (var line in told)
            _text.Append(line.TrimEnd()).Append('\n');
        _text.Append('\n');
    }

    public override string ToString() => "~ is sophia-mesh/\n" + string.Concat(_incidents.Select((id, i) => $"<{i + 1}> is {id}\n")) + "\n" + _text;

    /// <summary>Cuts each line that was written out above, "page Trigger Crit…", and only counts those that follow it and were too.</summary>
    private IEnumerable<string> Again(IEnumerable<string> lines)
    {
        var (cut, more) = ("", 0);
        foreach (var line in lines)
        {
            var (time, rest) = Time().Match(line) is { Success: true, Length: var length } ? (line[..length], line[length..]) : ("", line);
            if (!_above.Add(rest))
            {
                if (cut.Length == 0)
                    cut = rest.Length <= Kept ? line : $"{time}{rest[..Kept]}…";
                else
                    more++;
                continue;
            }

            if (cut.Length > 0)
                yield return Told(cut, more);
            (cut, more) = ("", 0);
            yield return line;
        }

        if (cut.Length > 0)
            yield return Told(cut, more);
    }

    /// <summary>&lt;1&gt; for the first incident's id and &lt;2&gt; for the next; what they stand for is at the top of the file.</summary>
    private string Numbered(string line) => IncidentId().Replace(line, found =>
    {
        if (!_incidents.Contains(found.Value, StringComparer.Ordinal))
            _incidents.Add(found.Value);
        return $"<{_incidents.IndexOf(found.Value) + 1}>";
    });

    private static string Told(string cut, int more) => more == 0 ? cut : $"{cut} and {more} more as above";

    [GeneratedRegex(@"\b\d{8}-\d{6}-[a-z]+(?:-[a-z]+)*", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex IncidentId();

    [GeneratedRegex(@"^\d\d:\d\d:\d\d ", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Time();
}
