namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// When targets may go back to KEDA by themselves: within one of <see cref="Policy.RecoveryWindows"/>, where there are any, and in none of
/// <see cref="Policy.RecoveryExcept"/>.
/// </summary>
public static class RecoveryHours
{
    /// <summary>A way through so many windows finds an opening or there is none worth telling.</summary>
    private const int MostSteps = 400;

    /// <summary>Why recovery has to wait now, and until when; null when it may go on. Without a time it never may.</summary>
    public static (string Words, DateTimeOffset? Until)? Closed(Policy policy, DateTimeOffset now)
    {
        if (Step(policy, now) is not { } first)
            return null;
        var (at, by) = first;
        for (var step = 0; step < MostSteps && at is { } moment; step++)
        {
            if (Step(policy, moment) is not { } next)
            {
                var when = WindowTimes.Local(moment, by.Zone, now);
                return (by.Except ? $"waits until recovery.except lets it again, {when}" : $"waits for the window that opens {when}", moment);
            }

            (at, by) = next;
        }

        return ("waits for a window of recovery.windows, and none opens", null);
    }

    /// <summary>Null when recovery may go on at that time; else the next time that is worth looking at.</summary>
    private static (DateTimeOffset? At, (string Zone, bool Except) By)? Step(Policy policy, DateTimeOffset at)
    {
        foreach (var except in policy.RecoveryExcept)
            if (WindowTimes.OpenUntil(except, at) is { } until)
                return (until, (except.Zone, true));
        if (policy.RecoveryWindows.IsEmpty || policy.RecoveryWindows.Any(w => WindowTimes.OpenUntil(w, at) is not null))
            return null;
        var (opens, zone) = policy.RecoveryWindows.Select(w => (At: WindowTimes.OpensAfter(w, at), w.Zone)).OrderBy(w => w.At ?? DateTimeOffset.MaxValue).First();
        return (opens, (zone, false));
    }
}
