namespace Sophia.Keda.Reactor.Integration.Tests;

internal sealed record RouteRow(string Name, string Method, string Route, string Auth, string[] May);

/// <summary>routes.txt: what is served, and to whom. A change of the surface must be a change of that file.</summary>
internal static class RouteTable
{
    public static IReadOnlyList<RouteRow> Rows { get; } =
    [
        .. from line in File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "routes.txt"))
           where line.Length > 0 && line[0] != '#'
           let cells = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
           select new RouteRow(cells[0], cells[1], cells[2], cells[3], cells[4..]),
    ];
}
