using System.Diagnostics;
using Sophia.Keda.Reactor.Contracts.Tests.State.Redis;
using Xunit.Abstractions;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

/// <summary>The plumbing of tests/azure.sh: with stand-ins for func and Azurite on the PATH. What it shows of Azure it shows in CI only.</summary>
public sealed class AzureScriptTests(ITestOutputHelper output)
{
    [FactWithNodeAndRedis]
    public async Task It_starts_everything_fires_the_timer_runs_the_tests_through_a_kill_and_leaves_nothing_behind()
    {
        var folder = Directory.CreateTempSubdirectory("reactor-azure-script-");
        StandIn(folder, "func", $"""exec dotnet "{typeof(AzureScriptTests).Assembly.Location}" func "$@" """);

        // npx --yes azurite --silent --location … --blobPort N …: the script only waits until it listens.
        StandIn(folder, "npx", """
            [ "$1 $2 $3 $4 $6" = "--yes azurite --silent --location --blobPort" ] || { echo "npx $*"; exit 2; }
            exec node -e 'require("net").createServer().listen(Number(process.argv[1]), "127.0.0.1")' "$7"
            """);
        var before = File.Exists(Shipped.PathOf("local.settings.json"));
        int[] ports = [.. Enumerable.Range(0, 7).Select(_ => RedisServer.FreePort())];
        string[] names = ["FUNC_PORT", "CLUSTER_PORT", "RECEIVERS_PORT", "REDIS_PORT", "AZURITE_BLOB_PORT", "AZURITE_QUEUE_PORT", "AZURITE_TABLE_PORT"];

        var (code, said) = await RunAsync(folder, names.Zip(ports, (name, port) => (name, $"{port}")));

        output.WriteLine(said);
        Assert.True(code == 0, said);
        Assert.Contains("The timer Reconcile ran when it was fired by hand.", said, StringComparison.Ordinal);
        Assert.Contains("Test Run Successful.", said, StringComparison.Ordinal);
        Assert.Contains(nameof(AnyHost.EndToEndTests.Killed_while_a_target_is_on_its_fallback_it_comes_back_with_the_incident_open_and_gives_the_target_back), said, StringComparison.Ordinal);
        Assert.All(ports, port => Assert.False(Listens(port), $"port {port} is still listened on"));
        Assert.Empty(Directory.GetDirectories(Path.Combine(folder.FullName, "tmp"), "tmp.*"));
        Assert.Equal(before, File.Exists(Shipped.PathOf("local.settings.json")));
        folder.Delete(recursive: true);
    }

    private static void StandIn(DirectoryInfo folder, string name, string script)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, $"#!/usr/bin/env bash\n{script}\n");
        using var chmod = Process.Start("chmod", ["+x", path]);
        chmod.WaitForExit();
    }

    private static async Task<(int Code, string Said)> RunAsync(DirectoryInfo folder, IEnumerable<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo("bash", [Shipped.PathOf("tests/azure.sh"), "FullyQualifiedName~AnyHost.EndToEndTests.Killed"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        start.Environment["NO_BUILD"] = "1";
        start.Environment["TMPDIR"] = folder.CreateSubdirectory("tmp").FullName;
        start.Environment["PATH"] = $"{folder.FullName}:{start.Environment["PATH"]}";
        using var script = Process.Start(start)!;
        var errors = script.StandardError.ReadToEndAsync();
        var said = await script.StandardOutput.ReadToEndAsync();
        await script.WaitForExitAsync();
        return (script.ExitCode, said + await errors);
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class FactWithNodeAndRedisAttribute : FactAttribute
    {
        public FactWithNodeAndRedisAttribute() => Skip = Programs.Missing("node") ?? Programs.Missing(RedisServer.Program);
    }

    private static bool Listens(int port)
    {
        try
        {
            using var client = new System.Net.Sockets.TcpClient("127.0.0.1", port);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
