using System.Diagnostics;
using System.Net;
using System.Text;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Sandbox.Faults;
using Sophia.Keda.Reactor.Sandbox.Http;
using Sophia.Keda.Reactor.Sandbox.Seed;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

/// <summary>
/// What the Dockerfile builds, without Docker: its COPY and RUN lines played in a scratch folder, its ENTRYPOINT started as its USER (where the
/// tests run as root) on a folder that nobody may write.
/// </summary>
public sealed class ImageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("reactor-image-").FullName;

    private string Source => Path.Combine(_folder, "source");

    private string App => Path.Combine(_folder, "app");

    private string State => Path.Combine(_folder, "state");

    [Fact]
    public async Task It_builds_as_the_Dockerfile_says_serves_as_another_user_and_ends_what_is_under_way_when_it_is_told_to_stop()
    {
        await BuildAsync();
        await using var cluster = await KubernetesHttpHost.StartAsync(SandboxSeed.Create(TimeProvider.System.GetUtcNow(), seed: 7), TimeProvider.System);
        var port = FreePort.Take();
        using var host = Start(port, cluster.Address);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/") };
        http.DefaultRequestHeaders.Add("x-functions-key", Client.KeyOf("operator"));
        http.DefaultRequestHeaders.Add("X-Reactor-Order", "1");
        await LiveAsync(host, http);
        Assert.True(File.Exists(Path.Combine(State, "reactor.db")), "the state is not where the volume is");

        // An alert waits for its run; the API server answers so late that the signal comes in between.
        cluster.Change(c => c.Faults.Add(new ApiFault { Kind = ApiFaultKind.Slow, Delay = TimeSpan.FromSeconds(2), When = request => request.Method == "GET" }));
        var alert = AlertBody.Of(AlertBody.Firing("KEDAScalingOscillation", "a0e3", TimeProvider.System.GetUtcNow(), ("namespace", "sophia-mesh"), ("scaledObject", "sophia-ai-services")));
        var asked = http.PostAsync("alerts", new StringContent(alert, Encoding.UTF8, "application/json"));
        await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        Assert.False(asked.IsCompleted);
        using (var term = Process.Start("kill", ["-TERM", $"{host.Id}"])) await term.WaitForExitAsync();

        using var answer = await asked;
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        await host.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(35), TimeProvider.System);
        Assert.Equal(0, host.ExitCode);
    }

    public void Dispose()
    {
        if (Directory.Exists(App)) Run("chmod", "-R", "u+w", App);
        Directory.Delete(_folder, recursive: true);
    }

    private async Task BuildAsync()
    {
        Directory.CreateDirectory(Source);
        foreach (var instruction in Dockerfile.Instructions.Where(i => i.Stage == "build"))
        {
            if (instruction.Word == "COPY") Copy(instruction.Rest.Split(' '));
            if (instruction.Word != "RUN" || instruction.Rest.StartsWith("mkdir /", StringComparison.Ordinal)) continue;
            var command = instruction.Rest.Replace("$TARGETARCH", System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()).Replace(" /publish", $" {App}");
            var start = new ProcessStartInfo("bash", ["-c", command + " -nodeReuse:false"]) { WorkingDirectory = Source, RedirectStandardOutput = true, UseShellExecute = false };
            using var build = Process.Start(start)!;
            var said = await build.StandardOutput.ReadToEndAsync();
            await build.WaitForExitAsync();
            Assert.True(build.ExitCode == 0, $"{command}\n{said}");
        }

        Directory.CreateDirectory(State);
        Run("chmod", "-R", "a-w", App);
        Run("chmod", "a+rx", _folder);
        if (Environment.IsPrivilegedProcess) Run("chown", Dockerfile.Image("USER"), State);
    }

    /// <summary>COPY, of what .dockerignore lets through.</summary>
    private void Copy(string[] words)
    {
        foreach (var from in words[..^1])
        {
            var (source, to) = (Shipped.PathOf(from), Path.Combine(Source, words[^1].EndsWith('/') ? Path.Combine(words[^1], Path.GetFileName(from)) : words[^1]));
            Assert.Contains("!" + from.Split('/')[0], File.ReadAllLines(Shipped.PathOf(".dockerignore")));
            foreach (var file in File.Exists(source) ? [source] : Directory.GetFiles(source, "*", SearchOption.AllDirectories))
            {
                var inside = Path.GetRelativePath(source, file);
                if (inside.Split(Path.DirectorySeparatorChar) is var parts && (parts.Contains("bin") || parts.Contains("obj"))) continue;
                var target = inside == "." ? to : Path.Combine(to, inside);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target, overwrite: true);
            }
        }
    }

    private Process Start(int port, Uri cluster)
    {
        var entry = Dockerfile.Image("ENTRYPOINT").Trim('[', ']').Split(", ").Select(word => word.Trim('"').Replace("/app/", App + "/"));
        var (user, group) = Dockerfile.Image("USER").Split(':') is [var u, var g] ? (u, g) : default;
        string[] drop = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", user!, "--regid", group!, "--clear-groups", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"] : [];
        string[] command = [.. drop, .. entry];
        var start = new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = State, UseShellExecute = false };
        foreach (var (name, value) in Dockerfile.Environment) start.Environment[name] = value.Replace(Dockerfile.Port, $"{port}");
        start.Environment["HOME"] = "/nonexistent";
        start.Environment["Cluster__Name"] = GuardedCluster.Name;
        start.Environment["Kubernetes__Server"] = cluster.AbsoluteUri;
        start.Environment["Keys__Operator"] = Client.KeyOf("operator");
        start.Environment["Memory__Key"] = "only-for-these-tests-not-a-secret";
        start.Environment["Pages__None"] = "accepted";
        return Process.Start(start)!;
    }

    private static async Task LiveAsync(Process host, HttpClient http)
    {
        for (var tries = 0; ; tries++)
        {
            Assert.False(host.HasExited || tries > 300, "the host does not answer");
            try
            {
                using var live = await http.GetAsync("health/live");
                if (live.StatusCode == HttpStatusCode.OK) return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
