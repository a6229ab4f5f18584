namespace Sophia.Keda.Reactor.Functions.Http;

/// <summary>
/// The bytes of all bodies in this process that are being read or worked on. Whoever may send could fill the memory with them: so they have
/// a bound, and what comes over it is answered 503 at once.
/// </summary>
public sealed class BodiesUnderWay
{
    /// <summary>
    /// For the shipped memory limit of 512 MiB, of which .NET gives its heap three quarters: 100 MiB for the reactor itself, 63 for connections
    /// (<see cref="Standalone.ConnectionLimits"/>), and 180 for bodies, each of which becomes at most five times its bytes (measured:
    /// tests/Contracts/Alerts, LargeBodyTests). Two of the largest notifications fit.
    /// </summary>
    public const int MaxBytes = 36 * 1024 * 1024;

    /// <summary>The rest that is left to humans: their kill switch must not wait for a flood of alerts.</summary>
    public const int KeptForOrders = 4 * 1024 * 1024;

    private long held;

    public long Held => Interlocked.Read(ref held);

    /// <summary>False, and nothing is held, when it would be too much.</summary>
    public bool TryHold(int bytes, bool order)
    {
        var most = order ? MaxBytes : MaxBytes - KeptForOrders;
        if (Interlocked.Add(ref held, bytes) <= most) return true;
        Release(bytes);
        return false;
    }

    public void Release(int bytes) => Interlocked.Add(ref held, -bytes);
}
