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
        Line();
        Line($"## {state.Name}");
        Line();
        Line(state.About);
        Line();
        Line("| signal | breaker | incident | reasons | writes | pages |");
        Line("| --- | --- | --- | --- | --- | --- |");
        var alone = new Dictionary<TimeSpan, Played>();
        foreach (var time in Signs.Time)
        {
            alone[time.Lasts] = Played.Of(state, time);
            Row(time.Name, alone[time.Lasts]);
        }

        var nothing = new List<(string Because, string Name)>();
        foreach (var sign in Signs.All.Where(s => state.Heard || !s.Heard))
        {
            var played = Played.Of(state, sign);
            var without = alone.TryGetValue(sign.Lasts, out var known) ? known : alone[sign.Lasts] = Played.Of(state, sign with { Happens = _ => null, EachProbe = _ => { } });
            var more = played.Reasons.Except(without.Reasons).ToList();
            if (!played.SameAs(without))
            {
                Row(sign.Name, played);
                continue;
            }

            _shown.UnionWith(more);
            nothing.Add((more.Count == 0 ? "" : Names(more), sign.Name));
        }

        Line();
        Line("Nothing comes of these, beyond what time alone brings:");
        Line();
        foreach (var group in nothing.GroupBy(n => n.Because).OrderBy(g => g.Key, StringComparer.Ordinal))
            Line($"- {(group.Key.Length == 0 ? "nothing to decide" : group.Key)}: {string.Join("; ", group.Select(g => g.Name))}");
    }

    private void Row(string name, Played played)
    {
        _shown.UnionWith(played.Reasons);
        Line($"| {name} | {played.Breakers} | {played.Incidents} | {Names(played.Reasons)} | {played.Writes} | {played.Pages} |");
    }

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
