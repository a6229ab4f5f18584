using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Sandbox.Story.Telling;

/// <summary>Lines for a log or a pipe: every change of state, and a sign of life in long waits.</summary>
public sealed class LogTeller(TextWriter to, TimeProvider machine) : ITeller
{
    /// <summary>With more targets than this only the sums are told.</summary>
    private const int MostRows = 24;

    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, Row> _last = [];
    private string _lastSums = "";
    private long _lastLine = machine.GetTimestamp();

    public void Happened(Milestone milestone) => Line(milestone.At, $"== {milestone.What}");

    public void Arrived(DateTimeOffset at, string channel, string title) => Line(at, $"   page on {channel}: {title}");

    public void Explained(DateTimeOffset at, string text) => Quote(at, "   why is it so?", text);

    public void Read(DateTimeOffset at, string page) => Quote(at, "   the page:", page);

    private void Quote(DateTimeOffset at, string before, string text)
    {
        Line(at, before);
        foreach (var line in text.TrimEnd().Split('\n'))
            to.WriteLine($"             | {line}");
    }

    public void Look(Sighting sighting)
    {
        if (sighting.Rows.Length <= MostRows)
            Rows(sighting);
        else
            Sums(sighting);
        if (machine.GetElapsedTime(_lastLine) > SignOfLife)
            Line(sighting.Now, $"   … {sighting.Doing} (clock at speed {sighting.Speed:0.#})");
    }

    private void Rows(Sighting sighting)
    {
        foreach (var row in sighting.Rows)
        {
            var before = _last.GetValueOrDefault(row.Target);
            _last[row.Target] = row;
            if (before is null || (before.State == row.State && before.Autoscaler == row.Autoscaler))
                continue;
            var state = before.State == row.State ? $"{row.State}" : $"{before.State} → {row.State}";
            Line(sighting.Now, $"   {row.Target,-44} {state,-18} {row.Replicas,3} replicas, scaled by {row.Autoscaler}");
        }
    }

    private void Sums(Sighting sighting)
    {
        var sums = string.Join(", ", sighting.Rows.GroupBy(r => r.State).OrderBy(g => g.Key).Select(g => $"{g.Key} {g.Count()}"));
        if (sums == _lastSums)
            return;
        _lastSums = sums;
        Line(sighting.Now, $"   {sums}");
    }

    private void Line(DateTimeOffset at, string text)
    {
        _lastLine = machine.GetTimestamp();
        to.WriteLine($"{Words.Clock(at, at)} {text}");
    }
}
