using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Sandbox.Story;

/// <summary>Shows the story while it plays: a live table in a terminal, lines in a log.</summary>
public interface ITeller
{
    void Happened(Milestone milestone);

    void Look(DateTimeOffset now, double speed, string doing, ClusterSnapshot cluster, Panel panel);
}
