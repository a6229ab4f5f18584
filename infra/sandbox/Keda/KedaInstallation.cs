using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

/// <summary>What can be seen of KEDA from outside: its Deployments, its lease and its APIService.</summary>
public sealed class KedaInstallation
{
    public const string Namespace = "keda-system";
    public const string Operator = "keda-operator";
    public const string MetricsServer = "keda-metrics-apiserver";
    public const string Webhooks = "keda-admission-webhooks";
    public const string LeaseName = "operator.keda.sh";
    public const string ApiServiceName = "v1beta1.external.metrics.k8s.io";
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan DiscoveryFails = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan DiscoveryWorks = TimeSpan.FromSeconds(3);

    private readonly ClusterParts _parts;
    private readonly KedaOperator _operator;
    private readonly SeededRandom _random;
    private int _checks;

    public KedaInstallation(ClusterParts parts, KedaOperator @operator, bool leaderElection)
    {
        _parts = parts;
        _operator = @operator;
        _random = SeededRandom.For(parts.Seed, "keda-installation");
        if (!leaderElection)
            return;
        @operator.Took = TakeLease;
        Renew();
    }

    public void SetPods(string deployment, bool up)
    {
        if (_parts.Store.Find(Resources.Deployments, Namespace, deployment) is { } found)
            _parts.Workloads.Break(found, broken: !up);
    }

    public void SetMetricsServer(bool up)
    {
        SetPods(MetricsServer, up);
        FollowMetricsServer(up);
    }

    /// <summary>The API server's own availability check lags behind what it checks (measured: about 25 s).</summary>
    public void FollowMetricsServer(bool up)
    {
        var check = ++_checks;
        _parts.Agenda.In(up ? DiscoveryWorks : DiscoveryFails, () =>
        {
            if (check == _checks)
                Available(up);
        });
    }

    private void Available(bool up)
    {
        if (_operator.Suspended)
        {
            // The API server's own status writes fail too.
            FollowMetricsServer(up);
            return;
        }

        if (_parts.Store.Find(Resources.ApiServices, "", ApiServiceName) is not { } service || service.Spec.Object("service").Text("name") != MetricsServer
            || service.Spec.Object("service").Text("namespace") != Namespace)
            return;
        _parts.Store.UpdateStatus(service, d => d["status"] = Availability(up, _parts.Agenda.Now), "kube-apiserver");
    }

    public static JsonObject Availability(bool up, DateTimeOffset now) => ApiServiceStatus.Of("external.metrics.k8s.io", up, now);

    private void TakeLease()
    {
        var holder = $"keda-operator-{_random.Next() % 0xFFFFFFFFF:x9}-{_random.Next() % 0xFFFFF:x5}_{_random.Uid()}";
        var now = Json.Micros(_parts.Agenda.Now);
        if (_parts.Store.Find(Resources.Leases, Namespace, LeaseName) is not { } lease)
        {
            _parts.Store.Create(Resources.Leases, new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = LeaseName, ["namespace"] = Namespace },
                ["spec"] = new JsonObject
                {
                    ["acquireTime"] = now,
                    ["holderIdentity"] = holder,
                    ["leaseDurationSeconds"] = 15,
                    ["leaseTransitions"] = 0,
                    ["renewTime"] = now,
                },
            }, Operator);
            return;
        }

        _parts.Store.Update(lease, d =>
        {
            var spec = (JsonObject)d["spec"]!;
            spec["acquireTime"] = now;
            spec["holderIdentity"] = holder;
            spec["leaseTransitions"] = (spec.Whole("leaseTransitions") ?? 0) + 1;
            spec["renewTime"] = now;
        }, Operator);
    }

    private void Renew()
    {
        _parts.Agenda.In(RenewEvery, Renew);
        if (_operator.Leading && _parts.Store.Find(Resources.Leases, Namespace, LeaseName) is { } lease)
            _parts.Store.Update(lease, d => d["spec"]!["renewTime"] = Json.Micros(_parts.Agenda.Now), Operator);
    }
}
