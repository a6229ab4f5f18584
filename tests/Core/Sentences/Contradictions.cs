namespace Sophia.Keda.Reactor.Core.Tests.Sentences;

/// <summary>What in one explanation contradicts another line of it: who scales the target, what comes next, whether an order is needed.</summary>
internal static class Contradictions
{
    public static IEnumerable<string> In(Explanation why)
    {
        var (state, scaler) = (why.Breaker.State, why.Breaker.Autoscaler);
        return [.. Scaler(why, state, scaler), .. Next(why, state), .. Needed(why)];
    }

    private static IEnumerable<string> Scaler(Explanation why, BreakerState state, string scaler)
    {
        var all = why.Applies.Concat(why.WouldChange).Append(why.State).Append(why.Next);
        if (!Begins(scaler, "KEDA") && (why.Next.EndsWith("KEDA scales it", StringComparison.Ordinal) || Has(why.State, "KEDA scales it")))
            yield return $"KEDA is said to scale it, and it is scaled by {scaler}";
        if (all.Any(line => Has(line, "none (frozen) scales") || Has(line, "none scales")))
            yield return "nobody is said to scale it as somebody";
        if (state is BreakerState.Closed && Begins(why.Next, "Stays on the fallback"))
            yield return "it is closed, and stays on the fallback";
        if (state is BreakerState.Open or BreakerState.Tripping or BreakerState.Held && Has(why.Next, "KEDA scales"))
            yield return "it is not with KEDA, and nothing is said to come but KEDA";
        if (why.Decisions.Length > 0 && why.Decisions.All(d => d.State == MemberState.LeftAlone) && Has(why.Next, "fallback"))
            yield return "it was left alone, and its fallback comes next";
        if (state is BreakerState.Closed && why.Decisions.Any(d => Begins(d.Words, "to its fallback")))
            yield return "it went to its fallback, and is closed";
    }

    private static IEnumerable<string> Next(Explanation why, BreakerState state)
    {
        var trips = Begins(why.Next, "It trips");
        var stopped = why.Applies.Any(a => Begins(a, "Kill switch"));
        if (trips && why.Applies.Any(a => Begins(a, "Observe-only") || Has(a, "nothing trips") || Has(a, "neither trips") || Begins(a, "It is left alone")))
            yield return "it trips next, and something keeps it from that";
        if ((trips || Begins(why.Next, "It would trip")) && Has(why.State, "nothing was seen"))
            yield return "nothing was seen of it, and it trips";
        if (stopped && !Has(why.Next, "Nothing"))
            yield return "nothing is written, and something comes next";
        if (stopped && why.NextAt is not null && !trips)
            yield return "nothing is written, and it has a time";
        if (why.NextAt < why.ObservedAt && Begins(why.Next, "At "))
            yield return "what comes next is past";
        if (state is not BreakerState.Testing && Begins(why.Next, "Watching"))
            yield return "it is not being tested, and is watched";
    }

    private static IEnumerable<string> Needed(Explanation why)
    {
        var change = why.WouldChange;
        var released = Has(why.Next, "until a human releases it");
        if (Has(why.Next, "until a reset by hand") && why.Evidence.All(e => e.Cause == Cause.Manual) && change.Any(c => Begins(c, "The end of the evidence")))
            yield return "only a reset ends it, and the end of the evidence would change it";
        if (released != change.Any(c => Has(c, "/release")))
            yield return "a release is needed in one line and not in another";
        if (Has(why.State, "until a human releases it") && !released)
            yield return "it is held for a human, and something else comes next";
        if (Has(why.State, "while others hold it") && !Has(why.Next, "until this is over") && !released)
            yield return "others hold it, and something else comes next";
        if (why.Applies.Any(a => Has(a, "is left alone")) && change.Any(c => Has(c, "/api/breakers/")))
            yield return "it is left alone, and an order would change it";
    }

    private static bool Has(string line, string words) => line.Contains(words, StringComparison.Ordinal);

    private static bool Begins(string line, string words) => line.StartsWith(words, StringComparison.Ordinal);
}
