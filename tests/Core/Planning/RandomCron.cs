namespace Sophia.Keda.Reactor.Core.Tests.Planning;

/// <summary>Pairs of cron expressions as people write them and as they should not, with a time that is often near a change of the clock.</summary>
internal sealed class RandomCron(int seed)
{
    /// <summary>Without and with changes of the clock, north and south, whole hours and halves.</summary>
    public static readonly string[] Zones =
        ["UTC", "Asia/Kolkata", "Europe/Berlin", "Europe/London", "America/New_York", "America/St_Johns", "Australia/Sydney", "Pacific/Auckland"];

    private static readonly DateTime Begin = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly Dictionary<string, List<DateTime>> Changes = Zones.ToDictionary(z => z, ChangesOf);

    private readonly Random _random = new(seed);

    public (string Start, string End, string Zone, DateTimeOffset Now) Pair()
    {
        var zone = One(Zones);
        var changes = Changes[zone];
        var at = changes.Count > 0 && _random.Next(3) > 0
            ? One(changes).AddSeconds(_random.Next(-36 * 3600, 36 * 3600))
            : Begin.AddSeconds(_random.Next(4 * 365 * 86400));
        return (Expression(), Expression(), zone, new DateTimeOffset(at));
    }

    private static List<DateTime> ChangesOf(string zone)
    {
        var of = TimeZoneInfo.FindSystemTimeZoneById(zone);
        return [.. Enumerable.Range(0, 2 * 365 * 24).Select(h => Begin.AddHours(h)).Where(h => of.GetUtcOffset(h) != of.GetUtcOffset(h.AddHours(-1)))];
    }

    private string Expression()
    {
        string[] months = ["jan", "Feb", "MAR", "apr", "may", "Jun", "jul", "aug", "sep", "OCT", "nov", "dec"];
        string[] days = ["sun", "Mon", "TUE", "wed", "thu", "fri", "Sat"];
        List<string> fields =
        [
            Field(0, 59, [], stars: 1), Field(0, 23, [], stars: 3), Field(1, 31, [], stars: 6), Field(1, 12, months, stars: 7), Field(0, 6, days, stars: 5),
        ];
        if (_random.Next(80) == 0)
            fields.RemoveAt(4);
        var text = string.Join(One([" ", " ", " ", "  ", "\t", " \t "]), fields);
        return _random.Next(20) == 0 ? $"CRON_TZ={One(Zones)} {text}" : text;
    }

    /// <summary>A star so often of ten times.</summary>
    private string Field(int least, int most, string[] names, int stars)
    {
        if (_random.Next(10) < stars)
            return One(["*", "*", "*", "?", "*/1"]);
        var items = Enumerable.Range(0, _random.Next(6) == 0 ? 3 : 1).Select(_ => Item(least, most, names));
        return string.Join(One([",", ",", ",,"]), items) + (_random.Next(15) == 0 ? "," : "");
    }

    private string Item(int least, int most, string[] names)
    {
        var (from, to) = (_random.Next(least, most + 1), _random.Next(least, most + 1));
        (from, to) = (Math.Min(from, to), Math.Max(from, to));
        var step = _random.Next(1, _random.Next(4) == 0 ? 2 * most + 8 : 8);
        return _random.Next(60) == 0 ? One([$"{most + 1}", $"{to + 1}-{from}", "*/0", "-5", "x", "1-2-3", "1/2/3"]) : _random.Next(6) switch
        {
            0 => $"*/{step}",
            1 => $"{Name(from, least, names)}/{step}",
            2 => $"{Name(from, least, names)}-{Name(to, least, names)}",
            3 => $"{from}-{to}/{step}",
            4 => $"{from:000}",
            _ => Name(from, least, names),
        };
    }

    private string Name(int value, int least, string[] names) => names.Length > 0 && _random.Next(3) == 0 ? names[value - least] : $"{value}";

    private T One<T>(IReadOnlyList<T> of) => of[_random.Next(of.Count)];
}
