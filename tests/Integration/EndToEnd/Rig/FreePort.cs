using System.Net;
using System.Net.Sockets;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;

internal static class FreePort
{
    /// <summary>A loopback port that nobody used a moment ago.</summary>
    public static int Take()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
