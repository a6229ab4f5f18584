using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

/// <summary>The leader lease of one operator: taken when it takes over, renewed while it leads, left as it is when it dies.</summary>
public sealed class OperatorLease
{
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(2);
    private readonly ClusterParts _parts;
    private readonly KedaOperator _operator;
    private readonly SeededRandom _random;

    public OperatorLease(ClusterParts parts, KedaOperator @operator, SeededRandom random)
    {
        _parts = parts;
        _operator = @operator;
        _random = random;
        @operator.Took = Take;
        Renew();
    }

    private StoredObject? Lease => _parts.Store.Find(Resources.Leases, _operator.Spec.Namespace, _operator.Spec.Lease);

    private void Take()
    {
        var holder = $"{_operator.Spec.Name}-{_random.Next() % 0xFFFFFFFFF:x9}-{_random.Next() % 0xFFFFF:x5}_{_random.Uid()}";
        var now = Json.Micros(_parts.Agenda.Now);
        if (Lease is not { } lease)
        {
            _parts.Store.Create(Resources.Leases, new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = _operator.Spec.Lease, ["namespace"] = _operator.Spec.Namespace },
                ["spec"] = new JsonObject
                {
                    ["acquireTime"] = now,
                    ["holderIdentity"] = holder,
                    ["leaseDurationSeconds"] = 15,
                    ["leaseTransitions"] = 0,
                    ["renewTime"] = now,
                },
            }, _operator.Spec.Name);
            return;
        }

        _parts.Store.Update(lease, d =>
        {
            var spec = (JsonObject)d["spec"]!;
            spec["acquireTime"] = now;
            spec["holderIdentity"] = holder;
            spec["leaseTransitions"] = (spec.Whole("leaseTransitions") ?? 0) + 1;
            spec["renewTime"] = now;
        }, _operator.Spec.Name);
    }

    private void Renew()
    {
        _parts.Agenda.In(RenewEvery, Renew);
        if (_operator.Leading && Lease is { } lease)
            _parts.Store.Update(lease, d => d["spec"]!["renewTime"] = Json.Micros(_parts.Agenda.Now), _operator.Spec.Name);
    }
}
