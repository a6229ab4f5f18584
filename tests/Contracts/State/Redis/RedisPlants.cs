using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.State.Redis;

namespace Sophia.Keda.Reactor.Contracts.Tests.State.Redis;

/// <summary>Puts into a store what another version, a hand or damage would: past the code that is tested.</summary>
internal sealed class RedisPlants(string cluster, IReadOnlyList<RedisServer> nodes)
{
    private readonly string prefix = $"{{sophia-keda-reactor:{cluster}}}:";

    public void Signal(string key, string json)
    {
        var number = Next("inbox");
        Do("ZADD", prefix + "inbox", number, key);
        Do("HSET", prefix + "inbox:json", key, json);
    }

    public void Page(string id, string channel, string dedupKey, DateTimeOffset at, string json)
    {
        var number = Next("outbox");
        var row = new JsonObject { ["channel"] = channel, ["pageId"] = id, ["dedupKey"] = dedupKey, ["queuedAt"] = at.UtcTicks };
        Do("HSET", prefix + "outbox:ids", $"{channel}/{id}", number);
        Do("HSET", prefix + "outbox:rows", number, row.ToJsonString());
        Do("HSET", prefix + "outbox:pages", number, json);
        Do("ZADD", prefix + "outbox:waiting", number, number);
    }

    public void Audit(string json) => Do("HSET", prefix + "audit", Next("audit"), json);

    public void ChangeAudit(long sequence, string json) => Do("HSET", prefix + "audit", $"{sequence}", json);

    public void RemoveAudit(long sequence) => Do("HDEL", prefix + "audit", $"{sequence}");

    /// <summary>As somebody would who knows the layout: numbers, hashes and the seal go back.</summary>
    public void CutTrail(long last)
    {
        var hash = $"{Do("HGET", prefix + "audit:hashes", $"{last}")}";
        for (var number = long.Parse($"{Do("HGET", prefix + "meta", "audit")}", CultureInfo.InvariantCulture); number > last; number--)
        {
            RemoveAudit(number);
            Do("HDEL", prefix + "audit:hashes", $"{number}");
        }

        Do("HSET", prefix + "meta", "audit", $"{last}", "sealed", $"{last} {hash}");
    }

    public void ClosedIncident(string id, DateTimeOffset closedAt, string json)
    {
        var left = (DateTimeOffset.MaxValue.UtcTicks - closedAt.UtcTicks).ToString("D19", CultureInfo.InvariantCulture);
        Do("HSET", prefix + "incidents", id, json);
        Do("HSET", prefix + "incidents:closed", id, left);
        Do("ZADD", prefix + "incidents:order", "0", left + id);
    }

    public void Panel(string json, long revision) => Do("HSET", prefix + "panel", "revision", $"{revision}", "json", json);

    public string? PanelJson() => Do("HGET", prefix + "panel", "json") is string bytes ? RedisJson.Unpack(Encoding.Latin1.GetBytes(bytes)) : null;

    private string Next(string counter) => $"{Do("HINCRBY", prefix + "meta", counter, "1")}";

    /// <summary>At the node that has the keys.</summary>
    private object? Do(params string[] command)
    {
        foreach (var node in nodes)
        {
            try
            {
                return node.Do(command);
            }
            catch (InvalidOperationException moved) when (moved.Message.StartsWith("MOVED", StringComparison.Ordinal))
            {
                // the next one
            }
        }

        throw new InvalidOperationException("No node has the keys.");
    }
}
