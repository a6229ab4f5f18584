using System.Collections.Immutable;
using System.Text;

namespace Sophia.Keda.Reactor.Core.Tests.Table;

/// <summary>The whole document, played anew.</summary>
internal sealed class TableText
{
    private readonly StringBuilder _text = new();
    private readonly HashSet<Reason> _shown = [];

    private TableText()
    {
    }

    /// <summary>Reasons that stand somewhere in the table.</summary>
    public IReadOnlySet<Reason> Shown => _shown;

    public string Text => _text.ToString();

    public static TableText Play()
    {
        var table = new TableText();
        table.Line(Introduction.Text.TrimEnd());
        foreach (var state in States.All)
            table.Section(state);
        table.Elsewhere();
        return table;
    }

    private void Line(string line = "") => _text.Append(line).Append('\n');

    private void Section(State state)
    {
        var world = state.Make();
        Line();
        Line($"## {state.Name}");
        Line();
        Line($"{state.About} Before: {Played.Before(world)}.");
        Line();
        Line("| signal | breaker | incident | reasons | writes | pages |");
        Line("| --- | --- | --- | --- | --- | --- |");
        var alone = Signs.Time.ToDictionary(time => time.Lasts, time => Trial.Of(state, time).Came);
        _shown.UnionWith(alone.Values.SelectMany(played => played.Reasons));
        var rows = Signs.Time.Select(time => (time.Name, Played: alone[time.Lasts])).ToList();
        var nothing = new List<(string Because, string Name)>();
        foreach (var sign in Signs.All.Where(s => (state.Heard || !s.Heard) && s.Applies(world)))
        {
            var played = Trial.Of(state, sign).Came;
            var more = played.Reasons.Except(alone[sign.Lasts].Reasons).ToList();
            _shown.UnionWith(played.Reasons);
            if (played.SameAs(alone[sign.Lasts]))
                nothing.Add((more.Count == 0 ? "" : Names(more), sign.Name));
            else
                rows.Add((sign.Name, played));
        }

        foreach (var same in rows.GroupBy(r => Cells(r.Played)))
            Line($"| {string.Join("; ", same.Select(r => r.Name))} | {same.Key}");
        Line();
        Line("Nothing more than time alone brings:");
        Line();
        foreach (var group in nothing.GroupBy(n => n.Because).OrderBy(g => g.Key, StringComparer.Ordinal))
            Line($"- {(group.Key.Length == 0 ? "nothing to decide" : group.Key)}: {string.Join("; ", group.Select(g => g.Name))}");
    }

    private static string Cells(Played played) => string.Join(
        " ", new[] { played.Breakers, played.Incidents, Names(played.Reasons), played.Writes, played.Pages }.Select(cell => $"{(cell.Length == 0 ? "-" : cell)} |"));

    private void Elsewhere()
    {
        Line();
        Line("## Reasons that no row shows");
        Line();
        Line("They need more than one signal, or another cluster than this one; each has a test of its own. The last ones are not the core's.");
        Line();
        Line("| reason | shown by |");
        Line("| --- | --- |");
        foreach (var (reason, test) in Tests.OfReasons.OrderBy(r => r.Key))
            Line($"| `{reason}` | {test} |");
    }

    private static string Names(IEnumerable<Reason> reasons) => string.Join(", ", reasons.Select(r => $"`{r}`"));
}
