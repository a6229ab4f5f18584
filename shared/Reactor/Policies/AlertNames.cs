using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Policies;

/// <summary>alerts.names: a team's own alert names beside the shipped ones. "none" takes a name out.</summary>
internal static class AlertNames
{
    private const string None = "none";

    // A human's order is no alert, so "manual" is not a choice.
    private static readonly Cause[] s_causes = [.. Enum.GetValues<Cause>().Where(c => c != Cause.Manual)];

    public static void Read(PolicyNode node, SettingSink sink)
    {
        if (node is PolicyScalar { Text: "" or "~" or "null" })
            return;
        if (node is not PolicyMap names)
        {
            sink.Faults.Add(node.Place, node.Show(), "alert names, each with its cause");
            return;
        }

        foreach (var (name, value) in names.Entries)
        {
            var slug = value is PolicyScalar { Text: var text } ? text : "";
            var cause = s_causes.Where(c => Causes.Slug(c) == slug).Select(c => (Cause?)c).FirstOrDefault();
            if (name.Text.Length == 0)
                sink.Faults.Add(name.Place, name.Text, "an alert's name");
            else if (cause is null && slug != None)
                sink.Faults.Add(value.Place, value.Show(), $"one of {string.Join(", ", s_causes.Select(Causes.Slug))}, {None}");
            else
            {
                sink.Take(
                    $"{nameof(Policy.AlertNames)}[{name.Text}]",
                    new Told<object>(slug, $"alerts.names.{name.Text}", value.Place),
                    p => p with { AlertNames = cause is { } c ? p.AlertNames.SetItem(name.Text, c) : p.AlertNames.Remove(name.Text) });
            }
        }
    }
}
