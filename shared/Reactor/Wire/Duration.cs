namespace Sophia.Keda.Reactor.Wire;

/// <summary>Durations as operators write them: "90s", "15m", "1h30m", "2d".</summary>
public static class Duration
{
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var (number, digits) = (0L, 0);
        foreach (var c in text)
        {
            if (char.IsAsciiDigit(c))
            {
                if (++digits > 9) return false;
                number = number * 10 + (c - '0');
                continue;
            }

            if (digits == 0 || UnitOf(c) is not { } unit) return false;
            if (number > (TimeSpan.MaxValue - duration) / unit) return false;
            duration += number * unit;
            (number, digits) = (0, 0);
        }

        return digits == 0 && duration > TimeSpan.Zero;
    }

    private static TimeSpan? UnitOf(char c) => c switch
    {
        's' => TimeSpan.FromSeconds(1),
        'm' => TimeSpan.FromMinutes(1),
        'h' => TimeSpan.FromHours(1),
        'd' => TimeSpan.FromDays(1),
        _ => null,
    };
}
