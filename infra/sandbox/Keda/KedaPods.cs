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
    public bool Gone(string deployment) => _gone.Contains(deployment);

    public void Follow(Change change)
    {
        if (change.Object.Namespace == KedaInstallation.Namespace && change.Kind != ChangeKind.Added)
            Look(change.Object);
    }

    /// <summary>What was scaled while no controller followed it.</summary>
    public void CatchUp()
    {
        foreach (var deployment in _cluster.Store.All(Resources.Deployments).Where(d => d.Namespace == KedaInstallation.Namespace).ToList())
            Look(deployment);
    }

    private void Look(StoredObject deployment)
    {
        if (!_cluster.ControllerManager.Working)
            return;
        var up = !deployment.Gone && Workloads.Wanted(deployment) > 0;
        if (!(up ? _gone.Remove(deployment.Name) : _gone.Add(deployment.Name)))
            return;
        if (up)
            _cluster.Parts.Agenda.In(PodStarts, () => Set(deployment.Name, up: !Gone(deployment.Name)));
        else
            Set(deployment.Name, up: false);
    }

    private void Set(string deployment, bool up)
    {
        switch (deployment)
        {
            case KedaInstallation.Operator when up:
                _cluster.Operator.Start();
                break;
            case KedaInstallation.Operator:
                _cluster.Operator.Stop(OperatorState.Dead);
                break;
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
