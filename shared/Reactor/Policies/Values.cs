using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Policies;

/// <summary>Reads one kind of value, or says what was expected.</summary>
internal delegate bool ValueReader<T>(PolicyNode node, FaultList faults, out T value);

internal static partial class Values
{
    public static ValueReader<int> Number(int least, int most) => (PolicyNode node, FaultList faults, out int value) =>
    {
        value = 0;
        if (node is PolicyScalar { Text: var text } && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            && value >= least && value <= most)
            return true;
        faults.Add(node.Place, node.Show(), most == int.MaxValue ? $"a whole number of at least {least}" : $"a whole number from {least} to {most}");
        return false;
    };

    public static ValueReader<TimeSpan> Duration(TimeSpan least, TimeSpan most) => (PolicyNode node, FaultList faults, out TimeSpan value) =>
    {
        value = default;
        if (node is not PolicyScalar { Text: var text } || !TryDuration(text, out value))
            faults.Add(node.Place, node.Show(), "a duration such as 30s, 5m, 1h30m or 500ms");
        else if (value < least || value > most)
            faults.Add(node.Place, node.Show(), $"a duration from {Show(least)} to {Show(most)}");
        else
            return true;
        return false;
    };

    public static bool Switch(PolicyNode node, FaultList faults, out bool value)
    {
        value = node is PolicyScalar { Text: "true" or "True" or "TRUE" };
        if (value || node is PolicyScalar { Text: "false" or "False" or "FALSE" })
            return true;
        faults.Add(node.Place, node.Show(), "true or false");
        return false;
    }

    public static ValueReader<T> OneOf<T>(params (string Name, T Value)[] choices) => (PolicyNode node, FaultList faults, out T value) =>
    {
        foreach (var choice in choices)
        {
            if (node is PolicyScalar { Text: var text } && text == choice.Name)
            {
                value = choice.Value;
                return true;
            }
        }

        value = default!;
        faults.Add(node.Place, node.Show(), $"one of {string.Join(", ", choices.Select(c => c.Name))}");
        return false;
    };

    public static ValueReader<string> Word(Regex shape, string expected) => (PolicyNode node, FaultList faults, out string value) =>
    {
        value = node is PolicyScalar { Text: var text } ? text : "";
        if (value.Length > 0 && shape.IsMatch(value))
            return true;
        faults.Add(node.Place, node.Show(), expected);
        return false;
    };

    /// <summary>A list; with <paramref name="once"/>, none of its values twice.</summary>
    public static ValueReader<ImmutableArray<T>> ListOf<T>(ValueReader<T> item, bool once) => (PolicyNode node, FaultList faults, out ImmutableArray<T> value) =>
    {
        value = [];
        if (node is not PolicyList list)
        {
            faults.Add(node.Place, node.Show(), "a list");
            return false;
        }

        var good = true;
        foreach (var element in list.Items)
        {
            if (!item(element, faults, out var read))
                good = false;
            else if (once && value.Contains(read))
            {
                faults.Add(element.Place, element.Show(), "each value once");
                good = false;
            }
            else
                value = value.Add(read);
        }

        return good;
    };

    public static string Show(TimeSpan duration) => duration switch
    {
        { Ticks: 0 } => "0s",
        _ when duration.Ticks % TimeSpan.TicksPerHour == 0 => $"{duration.TotalHours:0}h",
        _ when duration.Ticks % TimeSpan.TicksPerMinute == 0 => $"{duration.TotalMinutes:0}m",
        _ when duration.Ticks % TimeSpan.TicksPerSecond == 0 => $"{duration.TotalSeconds:0}s",
        _ => $"{duration.TotalMilliseconds:0.###}ms",
    };

    private static bool TryDuration(string text, out TimeSpan value)
    {
        value = default;
        var match = DurationShape().Match(text);
        if (text.Length is 0 or > 40 || !match.Success)
            return false;

        var total = 0d;
        foreach (var (group, milliseconds) in new[] { ("h", 3_600_000d), ("m", 60_000d), ("s", 1_000d), ("ms", 1d) })
            total += match.Groups[group].Success ? double.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) * milliseconds : 0;
        if (total > TimeSpan.FromDays(3650).TotalMilliseconds)
            return false;
        value = TimeSpan.FromMilliseconds(total);
        return true;
    }

    [GeneratedRegex(@"\A((?<h>\d+(\.\d+)?)h)?((?<m>\d+(\.\d+)?)m)?((?<s>\d+(\.\d+)?)s)?((?<ms>\d+(\.\d+)?)ms)?\z", RegexOptions.ExplicitCapture, RegexPatience.Milliseconds)]
    private static partial Regex DurationShape();
}
