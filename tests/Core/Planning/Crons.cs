using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests.Planning;

internal static class Crons
{
    /// <summary>A cron trigger of these values; what is null is not there.</summary>
    public static TriggerView Trigger(string? start, string? end, string? zone, string? replicas) => new(
        "cron",
        new Dictionary<string, string?> { ["start"] = start, ["end"] = end, ["timezone"] = zone, ["desiredReplicas"] = replicas }
            .Where(p => p.Value is not null).ToImmutableSortedDictionary(p => p.Key, p => p.Value!));
}
