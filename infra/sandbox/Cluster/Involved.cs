namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>What an event is about: an object of the store, or a pod or a ReplicaSet, which the sandbox only counts.</summary>
public sealed record Involved(string Kind, string ApiVersion, string Namespace, string Name, string Uid, long? ResourceVersion)
{
    public static Involved In(StoredObject about) =>
        new(about.Resource.Kind, about.Resource.ApiVersion, about.Namespace, about.Name, about.Uid, about.ResourceVersion);

    public static Involved Pod(StoredObject workload, string name) =>
        new("Pod", "v1", workload.Namespace, name, UidOf(workload, name), null);

    public static Involved ReplicaSet(StoredObject workload, string name) =>
        new("ReplicaSet", "apps/v1", workload.Namespace, name, UidOf(workload, name), null);

    private static string UidOf(StoredObject workload, string name) => SeededRandom.For(SeededRandom.Hash(workload.Uid), name).Uid();
}
