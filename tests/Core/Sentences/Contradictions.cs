namespace Sophia.Keda.Reactor.Core.Tests.Sentences;

/// <summary>What in one explanation contradicts another line of it: who scales the target, what comes next, whether an order is needed.</summary>
internal static class Contradictions
{
    public static IEnumerable<string> In(Explanation why)
    {
        var (state, scaler) = (why.Breaker.State, why.Breaker.Autoscaler);
        var all = why.Applies.Concat(why.WouldChange).Append(why.State).Append(why.Next).ToList();

        // Who scales it.
        if (!scaler.StartsWith("KEDA", StringComparison.Ordinal) && (Ends(why.Next, "KEDA scales it") || why.State.Contains("KEDA scales it", StringComparison.Ordinal)))
            yield return $"KEDA is said to scale it, and it is scaled by {scaler}";
        if (scaler.StartsWith("none", StringComparison.Ordinal) && all.Exists(line => line.Contains("none (frozen) scales", StringComparison.Ordinal) || line.Contains("none scales", StringComparison.Ordinal)))
            yield return "nobody is said to scale it as somebody";
        if (state is BreakerState.Closed && why.Next.StartsWith("Stays on the fallback", StringComparison.Ordinal))
            yield return "it is closed, and stays on the fallback";
        if (state is BreakerState.Open or BreakerState.Tripping or BreakerState.Held && why.Next.Contains("KEDA scales", StringComparison.Ordinal))
            yield return "it is not with KEDA, and nothing is said to come but KEDA";
        if (why.Decisions.All(d => d.State == MemberState.LeftAlone) && why.Decisions.Length > 0 && why.Next.Contains("fallback", StringComparison.Ordinal))
            yield return "it was left alone, and its fallback comes next";

        // What comes next.
        var trips = why.Next.StartsWith("It trips", StringComparison.Ordinal);
        if (trips && why.Applies.Any(a => a.StartsWith("Observe-only", StringComparison.Ordinal) || a.Contains("nothing trips", StringComparison.Ordinal) || a.Contains("neither trips", StringComparison.Ordinal) || a.StartsWith("It is left alone", StringComparison.Ordinal)))
            yield return "it trips next, and something keeps it from that";
        if ((trips || why.Next.StartsWith("It would trip", StringComparison.Ordinal)) && why.State.Contains("nothing was seen", StringComparison.Ordinal))
            yield return "nothing was seen of it, and it trips";
        if (why.Applies.Any(a => a.StartsWith("Kill switch", StringComparison.Ordinal)) && !why.Next.Contains("Nothing", StringComparison.Ordinal))
            yield return "nothing is written, and something comes next";
        if (why.Applies.Any(a => a.StartsWith("Kill switch", StringComparison.Ordinal)) && why.NextAt is not null && !trips)
            yield return "nothing is written, and it has a time";
        if (why.Decisions.Any(d => d.State == MemberState.Protected && d.Words.StartsWith("to its fallback", StringComparison.Ordinal)) && state == BreakerState.Closed)
            yield return "it went to its fallback, and is closed";
        if (why.NextAt is { } at && at < why.ObservedAt && why.Next.StartsWith("At ", StringComparison.Ordinal))
            yield return "what comes next is past";

        // Whether an order is needed.
        var change = why.WouldChange;
        var byHand = why.Next.Contains("until a reset by hand", StringComparison.Ordinal);
        if (byHand && change.Any(c => c.StartsWith("The end of the evidence", StringComparison.Ordinal)) && why.Evidence.All(e => e.Cause == Cause.Manual))
            yield return "only a reset ends it, and the end of the evidence would change it";
        if (why.Next.Contains("until a human releases it", StringComparison.Ordinal) != change.Any(c => c.Contains("/release", StringComparison.Ordinal)))
            yield return "a release is needed in one line and not in another";
        if (why.State.Contains("until a human releases it", StringComparison.Ordinal) && !why.Next.Contains("until a human releases it", StringComparison.Ordinal))
            yield return "it is held for a human, and something else comes next";
        if (why.State.Contains("while others hold it", StringComparison.Ordinal) && !why.Next.Contains("until this is over", StringComparison.Ordinal) && !why.Next.Contains("until a human releases it", StringComparison.Ordinal))
            yield return "others hold it, and something else comes next";
        if (why.Applies.Any(a => a.Contains("is left alone", StringComparison.Ordinal)) && change.Any(c => c.Contains("/api/breakers/", StringComparison.Ordinal)))
            yield return "it is left alone, and an order would change it";
    }

    private static bool Ends(string text, string end) => text.EndsWith(end, StringComparison.Ordinal);
}
