using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>
/// kube-controller-manager as a process. While it does not work no HPA syncs, no Deployment is followed, nothing is collected, and its lease
/// stands still: by that alone it can be told from outside.
/// </summary>
public sealed class ControllerManager
{
    public const string LeaseName = "kube-controller-manager";
    public const string Namespace = "kube-system";
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(2);

    private readonly ObjectStore _store;
    private readonly Agenda _agenda;
    private readonly SeededRandom _random;

    public ControllerManager(ObjectStore store, Agenda agenda, SeededRandom random)
    {
        _store = store;
        _agenda = agenda;
        _random = random;
        agenda.In(TimeSpan.Zero, TakeLease);
        agenda.In(RenewEvery, Renew);
    }

    public bool Dead { get; private set; }

    /// <summary>The API server takes no writes.</summary>
    public bool Stalled { get; private set; }

    public bool Working => !Dead && !Stalled;

    /// <summary>Called when it works again; with true when it is a new process that remembers nothing.</summary>
    public Action<bool>? Back { get; set; }

    public void Die() => Dead = true;

    public void Revive()
    {
        if (!Dead)
            return;
        Dead = false;
        Return(fresh: true);
    }

    public void Stall() => Stalled = true;

    /// <param name="lost">It could not renew for so long that it gave up: another process took over.</param>
    public void Unstall(bool lost)
    {
        if (!Stalled)
            return;
        Stalled = false;
        Return(lost);
    }

    private void Return(bool fresh)
    {
        if (!Working)
            return;
        if (fresh)
            TakeLease();
        Back?.Invoke(fresh);
    }

    private void TakeLease()
    {
        var now = Json.Micros(_agenda.Now);
        var spec = new JsonObject
        {
            ["holderIdentity"] = $"control-plane_{_random.Uid()}",
            ["leaseDurationSeconds"] = 15,
            ["acquireTime"] = now,
            ["renewTime"] = now,
            ["leaseTransitions"] = 0,
        };
        if (Lease() is { } lease)
        {
            spec["leaseTransitions"] = (lease.Spec.Whole("leaseTransitions") ?? 0) + 1;
            _store.Update(lease, d => d["spec"] = spec, LeaseName);
            return;
        }

        var document = new JsonObject { ["metadata"] = new JsonObject { ["name"] = LeaseName, ["namespace"] = Namespace }, ["spec"] = spec };
        _store.Create(Resources.Leases, document, LeaseName, _random.Uid());
    }

    private void Renew()
    {
        _agenda.In(RenewEvery, Renew);
        if (Working && Lease() is { } lease)
            _store.Update(lease, d => d["spec"]!["renewTime"] = Json.Micros(_agenda.Now), LeaseName);
    }

    private StoredObject? Lease() => _store.Find(Resources.Leases, Namespace, LeaseName);
}
