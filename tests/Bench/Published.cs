using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Sophia.Keda.Reactor.Bench;

/// <summary>Programs of this repository as they are shipped: Release, ReadyToRun.</summary>
internal static class Published
{
    public static string To(string root, string project, string to)
    {
        var rid = System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier;
        using var publish = Process.Start(new ProcessStartInfo("dotnet",
            ["publish", Path.Combine(root, project), "-c", "Release", "-r", rid, "--self-contained", "false", "-p:PublishReadyToRun=true", "-o", to, "-v", "quiet", "-nologo"]))!;
        publish.WaitForExit();
        return publish.ExitCode == 0 ? to : throw new InvalidOperationException($"{project} could not be published");
    }

    public static string Root()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at!.FullName, "Sophia.Keda.Reactor.sln"))) at = at.Parent;
        return at.FullName;
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
