namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>Names of pods and ReplicaSets as their controllers make them.</summary>
public static class PodNames
{
    /// <summary>Kubernetes leaves out vowels and what looks like them.</summary>
    private const string Letters = "bcdfghjklmnpqrstvwxz2456789";

    public static string ReplicaSet(StoredObject workload) => $"{workload.Name}-{SeededRandom.Hash(workload.Uid) % 0xFFFFFFFFFF:x10}";

    /// <summary>The pod in that place, counted from 0: the same one for as long as it lives.</summary>
    public static string At(StoredObject workload, int place) => workload.Resource == Resources.StatefulSets
        ? $"{workload.Name}-{place}"
        : $"{ReplicaSet(workload)}-{Suffix($"{workload.Uid}/{place}")}";

    /// <summary>A pod that was to be made and was refused: each attempt has a name of its own.</summary>
    public static string Attempt(StoredObject workload, int place, int attempt) => workload.Resource == Resources.StatefulSets
        ? $"{workload.Name}-{place}"
        : $"{ReplicaSet(workload)}-{Suffix($"{workload.Uid}/attempt/{attempt}")}";

    private static string Suffix(string of)
    {
        var random = SeededRandom.For(0, of);
        return string.Concat(Enumerable.Range(0, 5).Select(_ => Letters[random.Whole(0, Letters.Length - 1)]));
    }
}
