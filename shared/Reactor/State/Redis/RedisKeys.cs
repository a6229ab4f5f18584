using StackExchange.Redis;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>
/// The keys of one cluster's state. Every script is given all of them, in this order, and computes none: a Redis Cluster routes and guards
/// scripts by the keys they declare.
/// </summary>
internal sealed class RedisKeys
{
    /// <summary>Name in the key, name in the scripts, Redis type.</summary>
    private static readonly (string Key, string Local, string Kind)[] Layout =
    [
        // version, cluster, chain; how far the audit trail is sealed, where it begins, how far records lie behind; the last number given out in inbox, outbox and audit; notices not queued, by channel: whoever loses these loses the chain with them.
        ("meta", "META", "hash"),
        ("panel", "PANEL", "hash"),
        ("lease:runner", "RUNNER", "hash"),
        ("lease:delivery", "DELIVERY", "hash"),
        // Signal keys by number, and what they say.
        ("inbox", "INBOX", "zset"),
        ("inbox:json", "INBOX_JSON", "hash"),
        // Which page on which channel has which number; what never changes of it, what each try changes, and the page itself.
        ("outbox:ids", "IDS", "hash"),
        ("outbox:rows", "ROWS", "hash"),
        ("outbox:tries", "TRIES", "hash"),
        ("outbox:pages", "PAGES", "hash"),
        ("outbox:waiting", "WAITING", "zset"),
        // "number id" by the millisecond it ended, and the channels of the dead ones.
        ("outbox:ended", "ENDED", "zset"),
        ("outbox:dead", "DEAD", "hash"),
        // Records by number, and "what they are of" + number in one lexicographic set.
        ("audit", "AUDIT", "hash"),
        ("audit:index", "INDEX", "zset"),
        // Hashes by number; numbers by the latest time of all records up to them; how far readers of the whole trail are.
        ("audit:hashes", "HASHES", "hash"),
        ("audit:times", "TIMES", "zset"),
        ("audit:places", "PLACES", "hash"),
        ("incidents", "INCIDENTS", "hash"),
        ("incidents:closed", "CLOSED", "hash"),
        ("incidents:order", "ORDER", "zset"),
    ];

    public RedisKeys(string cluster)
    {
        // The braces make one hash slot of them all; what is between them must hold no brace, and no two clusters the same.
        Prefix = $"{{sophia-keda-reactor:{Uri.EscapeDataString(cluster)}}}:";
        All = [.. Layout.Select(key => (RedisKey)(Prefix + key.Key))];
    }

    /// <summary>Gives the keys their names in scripts, and their kinds.</summary>
    public static string Declaration { get; } =
        $"local {string.Join(", ", Layout.Select(key => key.Local))} = unpack(KEYS)\n"
        + $"local kinds = {{{string.Join(", ", Layout.Select(key => $"'{key.Kind}'"))}}}\n";

    public string Prefix { get; }

    public RedisKey[] All { get; }
}
