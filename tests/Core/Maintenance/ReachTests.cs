namespace Sophia.Keda.Reactor.Core.Tests.Maintenance;

public sealed class ReachTests
{
    private static readonly Selection Cluster = new(Scope.Cluster, null, null);
    private static readonly Selection Mesh = new(Scope.Namespace, "mesh", null);
    private static readonly Selection InMesh = new(Scope.Target, "mesh", "a");

    private static MaintenanceWindow Window(Selection selection) => new("m", selection, World.Start, null, true, "upgrade", "ana");

    [Fact]
    public void A_window_covers_evidence_that_reaches_no_further_than_itself()
    {
        Assert.NotNull(Maintenances.Over([Window(Cluster)], Cluster));
        Assert.NotNull(Maintenances.Over([Window(Cluster)], InMesh));
        Assert.NotNull(Maintenances.Over([Window(Mesh)], Mesh));
        Assert.NotNull(Maintenances.Over([Window(Mesh)], InMesh));
        Assert.Null(Maintenances.Over([Window(Mesh)], Cluster));
        Assert.Null(Maintenances.Over([Window(Mesh)], new Selection(Scope.Target, "other", "a")));
        Assert.NotNull(Maintenances.Over([Window(InMesh)], InMesh));
        Assert.Null(Maintenances.Over([Window(InMesh)], new Selection(Scope.Target, "mesh", "b")));
        Assert.Null(Maintenances.Over([Window(InMesh)], Mesh));
    }
}
