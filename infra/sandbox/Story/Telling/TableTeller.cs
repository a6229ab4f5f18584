using Sophia.Keda.Reactor.Core;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sophia.Keda.Reactor.Sandbox.Story.Telling;

/// <summary>A live table in a terminal: what, where, since when, replicas, which autoscaler; below it what happened last.</summary>
public sealed class TableTeller(LiveDisplayContext live, int height) : ITeller
{
    private readonly List<string> _news = [];

    public void Happened(Milestone milestone) => News(milestone.At, $"[bold]{Markup.Escape(milestone.What)}[/]");

    public void Arrived(DateTimeOffset at, string channel, string title) => News(at, $"[grey]page on {channel}:[/] {Markup.Escape(title)}");

    /// <summary>There is no room for it in the table: the summary shows it.</summary>
    public void Explained(DateTimeOffset at, string text) => News(at, $"[grey]asked why {Markup.Escape(text.Split('\n')[0])} is so: see the end[/]");

    public void Read(DateTimeOffset at, string page) => News(at, $"[grey]{Markup.Escape(page.Split('\n')[0])}[/]");

    public void Look(Sighting sighting)
    {
        live.UpdateTarget(Draw(sighting));
        live.Refresh();
    }

    private Rows Draw(Sighting sighting)
    {
        var news = Math.Clamp(height / 3, 4, 10);
        var room = Math.Max(5, height - news - 7);
        var table = new Table().Border(TableBorder.Simple).Expand();
        foreach (var column in new[] { "What and where", "Breaker", "Since", "Replicas", "Autoscaler" })
            table.AddColumn(new TableColumn(column) { NoWrap = true });

        // What is in motion comes first; what is closed is cut when the terminal is small.
        foreach (var row in sighting.Rows.OrderByDescending(r => r.State != BreakerState.Closed).Take(room))
        {
            var since = row.State == BreakerState.Closed || row.Since is not { } from ? "" : Words.Span(sighting.Now - from);
            var replicas = row.Available == row.Replicas ? $"{row.Replicas}" : $"{row.Available} of {row.Replicas}";
            table.AddRow(Markup.Escape(row.Target), $"[{Colour(row.State)}]{row.State}[/]", since, replicas, Markup.Escape(row.Autoscaler));
        }

        if (sighting.Rows.Length > room)
            table.AddRow($"[grey]and {sighting.Rows.Length - room} more[/]", "", "", "", "");
        List<IRenderable> parts =
        [
            new Markup($"[bold]{Words.Clock(sighting.Now, sighting.Now)}[/]  KEDA: {sighting.Keda}   clock at speed {sighting.Speed:0.#}   {Markup.Escape(sighting.Doing)}"),
            table,
            .. _news.TakeLast(news).Select(line => new Markup(line) { Overflow = Overflow.Ellipsis }),
        ];
        return new Rows(parts);
    }

    private void News(DateTimeOffset at, string text) => _news.Add($"[grey]{Words.Clock(at, at)}[/] {text}");

    private static string Colour(BreakerState state) => state switch
    {
        BreakerState.Closed => "green",
        BreakerState.Tripping => "yellow",
        BreakerState.Open => "red",
        BreakerState.Testing => "blue",
        BreakerState.Held => "magenta",
        _ => throw new System.Diagnostics.UnreachableException($"state {state}"),
    };
}
