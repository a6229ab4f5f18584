namespace Sophia.Keda.Reactor.Core;

/// <summary>Waits that grow, are capped, and are spread so that incidents don't march in step.</summary>
public static class Backoff
{
    public static TimeSpan Wait(Policy policy, string incidentId, int attempt)
    {
        var grown = policy.FirstWait * Math.Pow(2, Math.Min(attempt - 1, 20));
        return Spread(policy, grown, $"{incidentId}/{attempt}");
    }

    /// <summary>What a repeated trip waits more than a first one, as Envoy does it: the base times the number of repeats (from 1).</summary>
    public static TimeSpan OfRepeats(Policy policy, string incidentId, int repeats) =>
        Spread(policy, policy.FirstWait * repeats, $"{incidentId}/repeats/{repeats}");

    private static TimeSpan Spread(Policy policy, TimeSpan grown, string name)
    {
        var wait = grown < policy.LongestWait ? grown : policy.LongestWait;

        // The spread comes from the incident's name: random to the eye, the same in every replay.
        var spread = ((double)(Hash(name) % 2001) - 1000) / 1000 * policy.WaitJitterPercent / 100;
        var spreadOut = wait * (1 + spread);
        return spreadOut <= policy.LongestWait ? spreadOut : wait * (1 - spread);
    }

    /// <summary>FNV-1a: stable over processes and machines, which string.GetHashCode is not.</summary>
    internal static uint Hash(string text)
    {
        var hash = 2166136261u;
        foreach (var c in text)
            hash = (hash ^ c) * 16777619u;
        return hash;
    }
}
