using System.Diagnostics.CodeAnalysis;

namespace Sophia.Keda.Reactor.Core;

/// <summary>One field of a cron expression, KEDA's or a timer's: the values that it lets through.</summary>
public sealed class CronField
{
    private static readonly string[] MonthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] DayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly ulong bits;

    private CronField(ulong bits) => this.bits = bits;

    /// <summary>True when it is "*": a day field then does not restrict. "*/2" does, as in the cron library that KEDA uses.</summary>
    public bool IsStar { get; private init; }

    public bool Allows(int value) => (bits & (1UL << value)) != 0;

    /// <summary>The least allowed value that is not below this one, or null.</summary>
    public int? AtLeast(int value)
    {
        var rest = value > 63 ? 0 : bits >> value << value;
        return rest == 0 ? null : System.Numerics.BitOperations.TrailingZeroCount(rest);
    }

    public static bool TryParse(string text, int least, int most, [NotNullWhen(true)] out CronField? field)
    {
        field = null;
        var names = most switch { 12 => MonthNames, 6 or 7 => DayNames, _ => [] };
        var allowed = 0UL;
        foreach (var item in text.Split(','))
        {
            if (!TryRange(item, least, most, names, out var from, out var to, out var step)) return false;
            for (var value = from; value <= to; value += step) allowed |= 1UL << value;
        }

        field = new CronField(allowed) { IsStar = text is "*" or "?" };
        return true;
    }

    /// <summary>"*" (or "?"), "5", "1-5", each with "/step"; "5/10" means from 5 on.</summary>
    private static bool TryRange(string item, int least, int most, string[] names, out int from, out int to, out int step)
    {
        (from, to, step) = (least, most, 1);
        var parts = item.Split('/');
        if (parts.Length > 2 || (parts.Length == 2 && (!int.TryParse(parts[1], out step) || step < 1 || step > most))) return false;
        if (parts[0] is "*" or "?") return true;

        var ends = parts[0].Split('-');
        if (ends.Length > 2 || !TryValue(ends[0], least, most, names, out from)) return false;
        if (ends.Length == 1)
        {
            to = parts.Length == 2 ? most : from;
            return true;
        }

        return TryValue(ends[1], least, most, names, out to) && from <= to;
    }

    private static bool TryValue(string text, int least, int most, string[] names, out int value)
    {
        var named = Array.FindIndex(names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        value = named < 0 ? -1 : named + least;
        if (named >= 0) return true;
        return text.Length is 1 or 2 && text.All(char.IsAsciiDigit) && int.TryParse(text, out value) && value >= least && value <= most;
    }
}
