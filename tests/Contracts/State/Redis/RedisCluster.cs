namespace Sophia.Keda.Reactor.Contracts.Tests.State.Redis;

/// <summary>A Redis Cluster of three masters on this machine, made when it is first asked for.</summary>
public sealed class RedisCluster : IDisposable
{
    private const int Slots = 16_384;

    private readonly RedisServer[] nodes = [.. Enumerable.Range(0, 3).Select(_ => new RedisServer("--cluster-enabled", "yes", "--cluster-node-timeout", "5000"))];
    private bool made;

    public IReadOnlyList<RedisServer> Nodes
    {
        get
        {
            if (!made) Make();
            made = true;
            return nodes;
        }
    }

    public void FlushAll()
    {
        foreach (var node in Nodes)
            node.Do("FLUSHALL");
    }

    public void Dispose()
    {
        foreach (var node in nodes)
            node.Dispose();
    }

    private void Make()
    {
        for (var i = 0; i < nodes.Length; i++)
        {
            var (first, after) = (Slots * i / nodes.Length, Slots * (i + 1) / nodes.Length);
            nodes[i].Do(["CLUSTER", "ADDSLOTS", .. Enumerable.Range(first, after - first).Select(slot => $"{slot}")]);
            nodes[i].Do("CLUSTER", "SET-CONFIG-EPOCH", $"{i + 1}");
        }

        foreach (var node in nodes[1..])
            node.Do("CLUSTER", "MEET", "127.0.0.1", $"{nodes[0].Port}");
        SpinWait.SpinUntil(() => nodes.All(node => ((string)node.Do("CLUSTER", "INFO")!).Contains("cluster_state:ok", StringComparison.Ordinal)), TimeSpan.FromSeconds(20));
    }
}
