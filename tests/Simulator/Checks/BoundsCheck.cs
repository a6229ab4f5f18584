namespace Sophia.Keda.Reactor.Simulator.Checks;

/// <summary>The panel stays small whatever was heard.</summary>
internal sealed class BoundsCheck(World world) : ICheck
{
    /// <summary>A dozen targets: a panel of hundreds of kilobytes would have forgotten nothing.</summary>
    private const int MostPanelBytes = 512 * 1024;

    public void Look()
    {
        if (world.Store.PanelBytes > MostPanelBytes)
            world.Broken(14, $"the panel has {world.Store.PanelBytes} bytes");
    }
}
