using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>What an HPA or a ScaledObject points at.</summary>
public readonly record struct WorkloadKey(string Namespace, string Kind, string Name)
{
    public override string ToString() => $"{Namespace}/{Kind}/{Name}";
}

/// <summary>Deployments and StatefulSets: scaling them and letting their pods come up.</summary>
public sealed class Workloads
{
    private const string Controller = "deployment-controller";
    private readonly ObjectStore _store;
    private readonly Agenda _agenda;
    private readonly EventRecorder _events;
    private readonly SeededRandom _random;

    public Workloads(ObjectStore store, Agenda agenda, EventRecorder events, SeededRandom random)
    {
        _store = store;
        _agenda = agenda;
        _events = events;
        _random = random;
    }

    public StoredObject? Find(WorkloadKey key) =>
        Resources.ScaleTarget(key.Kind) is { } resource ? _store.Find(resource, key.Namespace, key.Name) : null;

    public static int Wanted(StoredObject workload) => workload.Spec.Whole("replicas") ?? 1;

    public static int Running(StoredObject workload) => workload.Status.Whole("replicas") ?? 0;

    public static int Available(StoredObject workload) => workload.Status.Whole("availableReplicas") ?? 0;

    public static string Selector(StoredObject workload) =>
        string.Join(',', (workload.Spec.Object("selector").Object("matchLabels") ?? []).Select(l => $"{l.Key}={l.Value}"));

    public void Scale(StoredObject workload, int replicas, string by)
    {
        if (Wanted(workload) != replicas)
            _store.Update(workload, d => d.Ensure("spec")["replicas"] = replicas, by);
    }

    /// <summary>Follows spec.replicas: fewer pods at once, more after they have started.</summary>
    public void Follow(StoredObject workload)
    {
        var wanted = Wanted(workload);
        var running = Running(workload);
        if (wanted == running && workload.Status.Whole("observedGeneration") == workload.Metadata.Whole("generation"))
            return;
        if (wanted != running && workload.Resource == Resources.Deployments && workload.Status is { Count: > 0 })
        {
            var set = $"{workload.Name}-{ReplicaSetHash(workload)}";
            _events.Normal(workload, Controller, "ScalingReplicaSet",
                $"Scaled {(wanted > running ? "up" : "down")} replica set {set} from {running} to {wanted}");
        }

        WriteStatus(workload, wanted, Math.Min(Available(workload), wanted));
        if (Available(workload) < wanted)
            _agenda.In(_random.Milliseconds(600, 1800), () => Ready(workload));
    }

    private void Ready(StoredObject workload)
    {
        if (!workload.Gone && Available(workload) < Running(workload))
            WriteStatus(workload, Running(workload), Running(workload));
    }

    /// <summary>Status as the controller writes it; also used to take KEDA's own pods away.</summary>
    public void WriteStatus(StoredObject workload, int replicas, int available)
    {
        var now = Json.Seconds(_agenda.Now);
        _store.UpdateStatus(workload, d =>
        {
            var before = d["status"] as JsonObject;
            var status = new JsonObject { ["observedGeneration"] = workload.Metadata.Whole("generation") ?? 1 };
            Put(status, "replicas", replicas);
            Put(status, "updatedReplicas", replicas);
            Put(status, "readyReplicas", available);
            Put(status, "availableReplicas", available);
            Put(status, "unavailableReplicas", replicas - available);
            if (workload.Resource == Resources.Deployments)
                status["conditions"] = Conditions(before, workload, available >= replicas || available > replicas * 3 / 4, now);
            d["status"] = status;
        }, Controller);
    }

    private static JsonArray Conditions(JsonObject? before, StoredObject workload, bool enough, string now)
    {
        var old = before.Array("conditions")?.FirstOrDefault(c => c.Text("type") == "Available");
        var status = enough ? "True" : "False";
        var since = old.Text("status") == status ? old.Text("lastTransitionTime") ?? now : now;
        return
        [
            new JsonObject
            {
                ["type"] = "Available",
                ["status"] = status,
                ["lastUpdateTime"] = since,
                ["lastTransitionTime"] = since,
                ["reason"] = enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                ["message"] = enough ? "Deployment has minimum availability." : "Deployment does not have minimum availability.",
            },
            new JsonObject
            {
                ["type"] = "Progressing",
                ["status"] = "True",
                ["lastUpdateTime"] = workload.Metadata.Text("creationTimestamp"),
                ["lastTransitionTime"] = workload.Metadata.Text("creationTimestamp"),
                ["reason"] = "NewReplicaSetAvailable",
                ["message"] = $"ReplicaSet \"{workload.Name}-{ReplicaSetHash(workload)}\" has successfully progressed.",
            },
        ];
    }

    /// <summary>Zero is left out, as the real types do.</summary>
    private static void Put(JsonObject status, string name, int value)
    {
        if (value != 0)
            status[name] = value;
    }

    private static string ReplicaSetHash(StoredObject workload) => $"{SeededRandom.Hash(workload.Uid) % 0xFFFFFFFFFF:x10}";
}
