using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Hpa;

public enum MetricsApi
{
    Up,

    /// <summary>Its APIService is there and not available.</summary>
    Down,

    /// <summary>Nobody installed it: there is no APIService.</summary>
    Absent,
}

/// <summary>metrics.k8s.io, where HPAs get CPU from: the metrics-server of the cluster, not KEDA's.</summary>
public sealed class ResourceMetrics
{
    public const string Group = "metrics.k8s.io";
    public const string ApiServiceName = "v1beta1." + Group;
    private static readonly TimeSpan DiscoveryFails = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan DiscoveryWorks = TimeSpan.FromSeconds(3);

    private readonly ClusterParts _parts;
    private readonly SeededRandom _random;
    private int _checks;

    public ResourceMetrics(ClusterParts parts, MetricsApi state)
    {
        _parts = parts;
        _random = SeededRandom.For(parts.Seed, "metrics-server");
        State = state;
        parts.Agenda.In(TimeSpan.Zero, () => Show(State, State == MetricsApi.Up));
    }

    public MetricsApi State { get; private set; }

    /// <summary>What an HPA hears instead of CPU; null when it gets its numbers.</summary>
    public string? Error(string resource) => State switch
    {
        MetricsApi.Absent => Failed(resource, "the server could not find the requested resource"),
        MetricsApi.Down => Failed(resource, "the server is currently unable to handle the request"),
        _ => null,
    };

    /// <summary>An APIService comes and goes at once; whether it is available the API server checks in its own time.</summary>
    public void Set(MetricsApi state)
    {
        if (state == State)
            return;
        var before = State;
        State = state;
        var check = ++_checks;
        if (state == MetricsApi.Absent || before == MetricsApi.Absent)
            Show(state, available: false);
        if (state != MetricsApi.Absent)
            _parts.Agenda.In(state == MetricsApi.Up ? DiscoveryWorks : DiscoveryFails, () =>
            {
                if (check == _checks)
                    Show(state, state == MetricsApi.Up);
            });
    }

    private static string Failed(string resource, string why) =>
        $"unable to get metrics for resource {resource}: unable to fetch metrics from resource metrics API: {why} (get pods.{Group})";

    private void Show(MetricsApi state, bool available)
    {
        var found = _parts.Store.Find(Resources.ApiServices, "", ApiServiceName);
        if (state == MetricsApi.Absent)
        {
            if (found is not null)
                _parts.Store.Delete(found, "kubectl");
            return;
        }

        var status = ApiServiceStatus.Of(Group, available, _parts.Agenda.Now);
        if (found is not null)
            _parts.Store.UpdateStatus(found, d => d["status"] = status, "kube-apiserver");
        else
            _parts.Store.Create(Resources.ApiServices, new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = ApiServiceName },
                ["spec"] = new JsonObject
                {
                    ["service"] = new JsonObject { ["namespace"] = "kube-system", ["name"] = "metrics-server", ["port"] = 443 },
                    ["group"] = Group,
                    ["version"] = "v1beta1",
                    ["groupPriorityMinimum"] = 100,
                    ["versionPriority"] = 100,
                },
                ["status"] = status,
            }, "kubectl", _random.Uid());
    }
}
