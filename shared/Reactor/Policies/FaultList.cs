using System.Globalization;

namespace Sophia.Keda.Reactor.Policies;

/// <summary>Where in which file; line 0 for what is not from a file.</summary>
internal sealed record Place(string File, long Line, long Column)
{
    public override string ToString() => Line == 0 ? File : string.Create(CultureInfo.InvariantCulture, $"{File}({Line},{Column})");
}

/// <summary>Collects, so that a file is mended in one go and not fault by fault.</summary>
internal sealed class FaultList
{
    private const int Longest = 80;

    private readonly List<(Place Place, string Text)> _faults = [];

    public void Add(Place place, string found, string expected) => Say(place, $"found '{Short(found)}', expected {expected}");

    public void Say(Place place, string text)
    {
        if (!_faults.Contains((place, text)))
            _faults.Add((place, text));
    }

    public void ThrowIfAny()
    {
        if (_faults.Count > 0)
            throw new PolicyException([.. _faults.Select(f => $"{f.Place}: {f.Text}")]);
    }

    private static string Short(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= Longest ? line : string.Concat(line.AsSpan(0, Longest), "…");
    }
}
