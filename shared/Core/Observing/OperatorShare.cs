using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Which ScaledObjects an operator serves: those of its namespaces (<c>WATCH_NAMESPACE</c>) that its labels choose (<c>WATCH_LABEL_SELECTOR</c>,
/// KEDA 2.21). Nobody serves what no operator's share has.
/// </summary>
public sealed class OperatorShare : IEquatable<OperatorShare>
{
    private readonly ImmutableArray<LabelRequirement> _labels;

    private OperatorShare(ImmutableSortedSet<string> namespaces, ImmutableArray<LabelRequirement> labels, string selector) =>
        (Namespaces, _labels, Selector) = (namespaces, labels, selector);

    /// <summary>Everything: KEDA as nearly everybody runs it.</summary>
    public static OperatorShare Whole { get; } = new([], [], "");

    /// <summary>Empty for all.</summary>
    public ImmutableSortedSet<string> Namespaces { get; }

    /// <summary>As it was written; empty for any labels.</summary>
    public string Selector { get; }

    public bool IsWhole => Namespaces.IsEmpty && _labels.IsEmpty;

    /// <summary>Reads the two variables as KEDA does; null with the reason when they do not say a share.</summary>
    /// <param name="namespaces">Names with commas between them; empty, or two quotation marks, for all.</param>
    /// <param name="selector">A label selector as kubectl takes it; empty, or two quotation marks, for any.</param>
    /// <param name="problem">Why there is none; empty when there is one.</param>
    public static OperatorShare? Read(string namespaces, string selector, out string problem)
    {
        const string quotes = "\"\"";
        string[] names = namespaces.Trim() is "" or quotes ? [] : namespaces.Split(',', StringSplitOptions.TrimEntries);
        problem = Array.Find(names, n => n.Length == 0 || !n.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')) is { } odd
            ? $"WATCH_NAMESPACE is '{Words.Cut(namespaces, 100)}', and '{Words.Cut(odd, 63)}' is no name of a namespace" : "";
        if (problem.Length > 0)
            return null;
        if (selector.Trim() is "" or quotes)
            return new OperatorShare([.. names], [], "");
        if (LabelRequirement.Read(selector) is { } labels)
            return new OperatorShare([.. names], labels, selector.Trim());
        problem = $"WATCH_LABEL_SELECTOR is '{Words.Cut(selector, 100)}', which is no label selector";
        return null;
    }

    public bool Covers(string ns, IReadOnlyDictionary<string, string> labels) =>
        (Namespaces.IsEmpty || Namespaces.Contains(ns)) && _labels.All(l => l.Meets(labels));

    public bool Equals(OperatorShare? other) => other is not null && Namespaces.SetEquals(other.Namespaces) && Selector == other.Selector;

    public override bool Equals(object? obj) => Equals(obj as OperatorShare);

    public override int GetHashCode() => HashCode.Combine(Namespaces.Count, Selector);

    /// <summary>"namespaces a, b with labels team=x".</summary>
    public override string ToString()
    {
        var where = Namespaces.Count switch
        {
            0 => "all namespaces",
            1 => $"namespace {Namespaces[0]}",
            _ => $"namespaces {string.Join(", ", Namespaces)}",
        };
        return Selector.Length == 0 ? where : $"{where} with labels {Selector}";
    }
}
