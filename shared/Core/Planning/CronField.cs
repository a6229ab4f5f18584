using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// One field of a cron expression, KEDA's or a timer's: the values that it lets through. It is read as robfig/cron v3 reads it, which KEDA
/// uses: any step is legal, empty items of a list count nothing, numbers may have zeros and a plus before them.
/// </summary>
public sealed class CronField
{
    private static readonly string[] MonthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] DayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly ulong bits;

    private CronField(ulong bits) => this.bits = bits;

    /// <summary>True when an item of it is "*" or "?", also with the step 1: a day field then does not restrict. "*/2" does.</summary>
    public bool IsStar { get; private init; }

    public bool Allows(int value) => (bits & (1UL << value)) != 0;

    /// <summary>The least allowed value that is not below this one, or null.</summary>
    public int? AtLeast(int value)
    {
        var rest = value > 63 ? 0 : bits >> value << value;
        return rest == 0 ? null : BitOperations.TrailingZeroCount(rest);
    }

    public static bool TryParse(string text, int least, int most, [NotNullWhen(true)] out CronField? field)
    {
        field = null;
        var names = most switch { 12 => MonthNames, 6 => DayNames, _ => [] };
        var (allowed, star) = (0UL, false);
        foreach (var item in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!TryRange(item, least, most, names, out var range)) return false;
            for (var value = range.From; value <= range.To; value += range.Step) allowed |= 1UL << value;
            star |= range.Star;
        }

        field = new CronField(allowed) { IsStar = star };
        return true;
    }

    /// <summary>"*" (or "?"), "5", "1-5", each with "/step"; "5/10" means from 5 on. What follows "*-" is not looked at.</summary>
    private static bool TryRange(string item, int least, int most, string[] names, out (int From, int To, int Step, bool Star) range)
    {
        range = (least, most, 1, false);
        var parts = item.Split('/');
        var ends = parts[0].Split('-');
        if (parts.Length > 2 || (parts.Length == 2 && !TryStep(parts[1], out range.Step))) return false;
        if (ends[0] is "*" or "?")
        {
            range.Star = range.Step == 1;
            return true;
        }

        if (ends.Length > 2 || !TryValue(ends[0], names, least, out var from)) return false;
        var to = ends.Length == 1 && parts.Length == 2 ? most : from;
        if (ends.Length == 2 && !TryValue(ends[1], names, least, out to)) return false;
        if (from < least || to > most || from > to) return false;
        (range.From, range.To) = ((int)from, (int)to);
        return true;
    }

    /// <summary>A step beyond the field leaves its first value alone.</summary>
    private static bool TryStep(string text, out int step)
    {
        var good = TryNumber(text, out var number) && number > 0;
        step = (int)Math.Clamp(number, 1, 64);
        return good;
    }

    private static bool TryValue(string text, string[] names, int least, out long value)
    {
        var named = Array.IndexOf(names, text.ToLowerInvariant());
        value = named + least;
        return named >= 0 || TryNumber(text, out value);
    }

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number) && number >= 0;
}
