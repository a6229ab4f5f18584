using System.Diagnostics;

namespace Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;

/// <summary>The reactor as a process of its own, in real time; leaving it is kill -9.</summary>
internal sealed class ReactorProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ReactorProcess(Process process, Client client) => (_process, Client) = (process, client);

    public Client Client { get; }

    public static async Task<ReactorProcess> StartAsync(GuardedCluster rig)
    {
        var port = FreePort.Take();
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { typeof(Functions.Standalone.StandaloneHost).Assembly.Location, "--port", $"{port}" },
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in rig.Settings().Concat(rig.MoreSettings)) start.Environment[name.Replace(":", "__")] = value;
        var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEndAsync();
        var client = new Client(new Uri($"http://127.0.0.1:{port}/"), rig.Clock);
        while (!await client.IsLiveAsync())
        {
            if (process.HasExited) throw new InvalidOperationException($"The reactor ended: {await said}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        return new ReactorProcess(process, client);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
