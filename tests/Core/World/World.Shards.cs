using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core.Tests;

/// <summary>An operator with a share of its own.</summary>
internal sealed class Shard(string selector)
{
    public OperatorShare Share { get; set; } = OperatorShare.Read("sophia-mesh", selector, out _)!;

    public bool Alive { get; set; } = true;

    /// <summary>True: its Deployment is deleted.</summary>
    public bool Gone { get; set; }

    public int Wanted { get; set; } = 1;

    public string? Lease { get; set; } = "team.keda.sh";

    public ImmutableArray<TargetId> ScaledJobs { get; set; } = [];

    public DateTimeOffset Renewed { get; set; } = World.Start;
}

/// <summary>Several operators, each with its lease and its share.</summary>
internal sealed partial class World
{
    /// <summary>By "namespace/name".</summary>
    public SortedDictionary<string, Shard> Shards { get; } = new(StringComparer.Ordinal);

    /// <summary>True: there is no operator that serves the rest.</summary>
    public bool OnlyShards { get; set; }

    /// <summary>True: the operator that serves the rest serves everything.</summary>
    public bool ServesAll { get; set; }

    /// <summary>Gives every target the label that shards choose by.</summary>
    public void Label(string team, params string[] names)
    {
        foreach (var name in names)
            Change(name, v => v with { Labels = v.Labels.SetItem("team", team) });
    }

    /// <summary>Operators "keda/a" … by their label team, and nobody for the rest.</summary>
    public void Share(params string[] teams)
    {
        OnlyShards = true;
        foreach (var team in teams)
            Shards["keda/" + team] = new Shard($"team={team}") { Lease = $"keda/{team}.keda.sh" };
    }

    private Observation WithShards(Observation seen)
    {
        foreach (var shard in Shards.Values.Where(s => s is { Alive: true, Gone: false }))
            shard.Renewed = Now - ClusterClockBehind;
        return seen with
        {
            Operator = OnlyShards ? new OperatorView() : seen.Operator with { ServesAll = ServesAll, Deployments = ["keda-system/keda-operator"] },
            Shards = Shards.Where(s => !s.Value.Gone).ToImmutableSortedDictionary(
                s => s.Key,
                s => new OperatorView
                {
                    Name = s.Key,
                    Namespace = s.Key.Split('/')[0],
                    Deployment = s.Key.Split('/')[1],
                    Deployments = [s.Key],
                    Share = s.Value.Share,
                    WantedReplicas = s.Value.Wanted,
                    AvailableReplicas = s.Value is { Alive: true, Wanted: > 0 } ? 1 : 0,
                    Lease = s.Value.Lease,
                    LeaseRenewTime = s.Value.Lease is null ? null : s.Value.Renewed,
                    ScaledJobs = s.Value.ScaledJobs,
                }),
        };
    }

    /// <summary>Whether somebody who lives serves it, as KEDA's own watches have it.</summary>
    private bool IsServed(TargetView view)
    {
        if (Shards.Count == 0)
            return OperatorAlive && !Hangs;
        var shards = Shards.Values.Where(s => !s.Gone && s.Share.Covers(view.Id.Namespace, view.Labels)).ToList();
        return shards.Exists(s => s is { Alive: true, Wanted: > 0 }) || (!OnlyShards && OperatorAlive && !Hangs && (ServesAll || shards.Count == 0));
    }
}
