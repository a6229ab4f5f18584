using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Keda;

/// <summary>KEDA's own Deployments as people and scripts scale them: to 0 and its process is gone, back and it starts again.</summary>
public sealed class KedaPods
{
    /// <summary>Until a container of a fresh pod runs.</summary>
    private static readonly TimeSpan PodStarts = TimeSpan.FromMilliseconds(800);

    private readonly SandboxCluster _cluster;
    private readonly HashSet<string> _gone = [];

    public KedaPods(SandboxCluster cluster) => _cluster = cluster;

    /// <summary>True while the Deployment is scaled to 0 or deleted: nothing else can make its process run.</summary>
    public bool Gone(string deployment, string ns = KedaInstallation.Namespace) => _gone.Contains($"{ns}/{deployment}");

    public void Follow(Change change)
    {
        if (IsKedas(change.Object) && change.Kind != ChangeKind.Added)
            Look(change.Object);
    }

    /// <summary>What was scaled while no controller followed it.</summary>
    public void CatchUp()
    {
        foreach (var deployment in _cluster.Store.All(Resources.Deployments).Where(IsKedas).ToList())
            Look(deployment);
    }

    private void Look(StoredObject deployment)
    {
        if (!_cluster.ControllerManager.Working)
            return;
        var up = !deployment.Gone && Workloads.Wanted(deployment) > 0;
        var key = $"{deployment.Namespace}/{deployment.Name}";
        if (!(up ? _gone.Remove(key) : _gone.Add(key)))
            return;
        if (up)
            _cluster.Parts.Agenda.In(PodStarts, () => Set(deployment, up: !_gone.Contains(key)));
        else
            Set(deployment, up: false);
    }

    private bool IsKedas(StoredObject deployment) => deployment.Namespace == KedaInstallation.Namespace || OperatorOf(deployment) is not null;

    private KedaOperator? OperatorOf(StoredObject deployment) =>
        _cluster.Operators.FirstOrDefault(o => o.Spec.Namespace == deployment.Namespace && o.Spec.Name == deployment.Name);

    private void Set(StoredObject deployment, bool up)
    {
        if (OperatorOf(deployment) is { } its)
        {
            if (up && its.Runs)
                its.Start();
            else
                its.Stop(OperatorState.Dead);
            return;
        }

        switch (deployment.Name)
        {
            case KedaInstallation.MetricsServer:
                _cluster.Sources.MetricsServerDown = !up;
                _cluster.Keda.FollowMetricsServer(up);
                break;
            case KedaInstallation.Webhooks:
                _cluster.Webhook.Running = up;
                break;
            default:
                break;
        }
    }
}
