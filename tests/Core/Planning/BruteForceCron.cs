namespace Sophia.Keda.Reactor.Core.Tests.Planning;

/// <summary>
/// A second evaluator of cron windows for the tests, minute by minute, written from the rules that KEDA's parser has and sharing no code with
/// the first: the fields are sets of values, and each minute that comes is looked at on the zone's clock. Where days do not match they are
/// passed over whole.
/// </summary>
internal static class BruteForceCron
{
    private const int Quarter = 15;
    private static readonly DateTime Epoch = new(2025, 12, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly int Quarters = (int)(new DateTime(2036, 1, 2, 0, 0, 0, DateTimeKind.Utc) - Epoch).TotalMinutes / Quarter;
    private static readonly Dictionary<string, Clock> Clocks = [];

    /// <summary>Null when the parser refuses one of them.</summary>
    public static bool? IsOpen(string start, string end, string zone, DateTimeOffset now)
    {
        if (Parse(start, zone) is not { } starts || Parse(end, zone) is not { } ends)
            return null;
        var minute = (int)Math.Floor((now.UtcDateTime - Epoch).TotalMinutes);
        var (next, over) = (starts.Next(minute), ends.Next(minute));
        return next is null || over <= next;
    }

    private static Expression? Parse(string text, string zone)
    {
        if (text.StartsWith("CRON_TZ="))
        {
            var words = text.Split(' ', 2);
            (zone, text) = (words[0]["CRON_TZ=".Length..], words[1]);
        }

        var fields = text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5)
            return null;
        var minutes = Set(fields[0], 0, 59, "");
        var hours = Set(fields[1], 0, 23, "");
        var days = Set(fields[2], 1, 31, "");
        var months = Set(fields[3], 1, 12, "jan feb mar apr may jun jul aug sep oct nov dec");
        var weekdays = Set(fields[4], 0, 6, "sun mon tue wed thu fri sat");
        return minutes is null || hours is null || days is null || months is null || weekdays is null
            ? null
            : new Expression(ClockOf(zone), minutes, hours, days, months, weekdays, Stars(fields[2]) || Stars(fields[4]));
    }

    private static bool Stars(string field) => field.Split(',').Any(item => item is "*" or "?" or "*/1" or "?/1");

    private static bool[]? Set(string field, int least, int most, string names)
    {
        var set = new bool[64];
        foreach (var item in field.Split(',').Where(i => i.Length > 0))
        {
            var slash = item.IndexOf('/');
            var range = slash < 0 ? item : item[..slash];
            var step = slash < 0 ? 1 : Whole(item[(slash + 1)..], "", 0);
            var dash = range.IndexOf('-');
            var (from, to) = range is "*" or "?" ? (least, most)
                : dash >= 0 ? (Whole(range[..dash], names, least), Whole(range[(dash + 1)..], names, least))
                : (Whole(range, names, least), slash < 0 ? Whole(range, names, least) : most);
            if (step is null or 0 || from is null || to is null || from < least || to > most || from > to)
                return null;
            for (var value = from.Value; value <= to; value++)
                if ((value - from) % step == 0)
                    set[value] = true;
        }

        return set;
    }

    private static int? Whole(string text, string names, int least)
    {
        var named = names.Split(' ').ToList().IndexOf(text.ToLower());
        return named >= 0 && text.Length > 0 ? named + least : text.Length > 0 && text.All(char.IsAsciiDigit) ? int.Parse(text) : null;
    }

    private static Clock ClockOf(string zone)
    {
        if (!Clocks.TryGetValue(zone, out var clock))
            Clocks[zone] = clock = new Clock(TimeZoneInfo.FindSystemTimeZoneById(zone));
        return clock;
    }

    /// <summary>What the clock of a zone is ahead, for each quarter of an hour: every change of a clock is on one.</summary>
    private sealed class Clock
    {
        public readonly short[] Ahead = new short[Quarters];

        /// <summary>The first minute of each local day.</summary>
        public readonly List<(DateOnly Day, int From)> Days = [];

        public Clock(TimeZoneInfo zone)
        {
            for (var i = 0; i < Quarters; i++)
            {
                Ahead[i] = (short)zone.GetUtcOffset(Epoch.AddMinutes(i * Quarter)).TotalMinutes;
                var day = DateOnly.FromDateTime(Epoch.AddMinutes(i * Quarter + Ahead[i]));
                if (Days.Count == 0 || Days[^1].Day != day)
                    Days.Add((day, i * Quarter));
            }
        }
    }

    private sealed record Expression(Clock Clock, bool[] Minutes, bool[] Hours, bool[] Days, bool[] Months, bool[] Weekdays, bool BothDays)
    {
        public int? Next(int now)
        {
            var first = Math.Max(0, (now / 1440) - 2);
            var last = Epoch.AddMinutes(now).Year + 5;
            for (var i = first; i < Clock.Days.Count - 1 && Clock.Days[i].Day.Year <= last; i++)
            {
                if (Clock.Days[i + 1].From <= now + 1 || !Matches(Clock.Days[i].Day))
                    continue;
                for (var minute = Math.Max(now + 1, Clock.Days[i].From); minute < Clock.Days[i + 1].From; minute++)
                {
                    var shown = (minute + Clock.Ahead[minute / Quarter] + 1440) % 1440;
                    if (Hours[shown / 60] && Minutes[shown % 60])
                        return minute;
                }
            }

            return null;
        }

        private bool Matches(DateOnly day)
        {
            var (month, week) = (Days[day.Day], Weekdays[(int)day.DayOfWeek]);
            return Months[day.Month] && (BothDays ? month && week : month || week);
        }
    }
}
