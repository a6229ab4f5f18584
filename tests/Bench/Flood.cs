using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace Sophia.Keda.Reactor.Bench;

/// <summary>
/// The standalone host as it is shipped, with the memory of its pod and the sandbox as its cluster, under a flood of a minute on loopback. In
/// the middle of it KEDA's operator dies: how long until the channel has the page?
/// </summary>
internal static class Flood
{
    private const string Sender = "the-key-of-a-sender", Cluster = "flood";
    /// <param name="After">Since its alert was first sent.</param>
    /// <param name="Number">Among all that the channel got.</param>
    private sealed record Told(TimeSpan After, string Page, int Number);

    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(60), Quiet = TimeSpan.FromSeconds(15);

    public static async Task<int> RunAsync(TextWriter output)
    {
        var (root, work) = (Published.Root(), Directory.CreateTempSubdirectory("reactor-flood").FullName);
        var host = Published.To(root, "functions", Path.Combine(work, "host"));
        var sandbox = Published.To(root, "infra/sandbox", Path.Combine(work, "sandbox"));
        var (port, cluster, receivers) = (Published.FreePort(), Published.FreePort(), Published.FreePort());
        await using var limit = MemoryLimit.Make(512L * 1024 * 1024);
        using var world = Start(new ProcessStartInfo("dotnet",
            [Path.Combine(sandbox, "Sophia.Keda.Reactor.Sandbox.dll"), "--serve", "--targets", "40", "--cluster-port", $"{cluster}", "--receivers-port", $"{receivers}"]), sandbox);
        using var reactor = Start(limit.Start(Path.Combine(host, "Sophia.Keda.Reactor.Functions.dll"),
            [
                "--port", $"{port}", "--Keys:Sender", Sender, "--Memory:Key", "for-the-flood-only", "--Cluster:Name", Cluster, "--State:Path", Path.Combine(work, "state.db"),
                "--Kubernetes:Server", $"http://127.0.0.1:{cluster}", "--Pages:Slack:WebhookUrl", $"http://127.0.0.1:{receivers}/slack/incoming",
            ]), work);
        try
        {
            await output.WriteLineAsync($"512 MiB: {limit.Words}; {Environment.ProcessorCount} cores; {Lasts.TotalSeconds:0} s");
            using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
            await UntilAsync(reactor, () => OkAsync(client, $"http://127.0.0.1:{port}/api/health/ready"));
            await output.WriteLineAsync($"before   resident {Mib(Resident(reactor, "VmRSS"))}");
            using var traffic = new FloodTraffic(new Uri($"http://127.0.0.1:{port}"), Sender);
            using var end = new CancellationTokenSource(Lasts);
            using var ended = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
            using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
            reactor.Exited += Over;
            reactor.EnableRaisingEvents = true;
            var told = TellAsync(client, traffic, cluster, receivers, end.Token);
            await Task.WhenAll(
                traffic.IdleAsync(2_000, end.Token), traffic.PromiseAsync(800, end.Token), traffic.SendAsync(10_000, end.Token),
                traffic.ProbeAsync(TimeSpan.FromMilliseconds(250), end.Token), told);
            reactor.Exited -= Over;
            return await ReportAsync(output, limit, reactor, traffic, await told);

            // What was started here is stopped and taken away, however it ends.
            void Over(object? sender, EventArgs what) => end.Cancel();
            void Interrupt(PosixSignalContext signal)
            {
                signal.Cancel = true;
                end.Cancel();
            }
        }
        finally
        {
            Stop(reactor);
            Stop(world);
            Directory.Delete(work, recursive: true);
        }
    }

    private static async Task<int> ReportAsync(TextWriter output, MemoryLimit limit, Process reactor, FloodTraffic traffic, Told? told)
    {
        var alive = !reactor.HasExited;
        var resident = alive ? Resident(reactor, "VmHWM") : null;
        var live = traffic.LivenessSeconds.Order().ToList();
        await output.WriteLineAsync(alive ? "alive    yes" : $"alive    NO: it ended with {reactor.ExitCode}");
        await output.WriteLineAsync($"memory   peak resident {Mib(resident)}, peak of the group with the cache of files {Mib(limit.Peak())}");
        await output.WriteLineAsync($"liveness {live.Count} asked, {traffic.LivenessFailed} failed, median {Seconds(live[live.Count / 2])}, longest {Seconds(live[^1])}");
        await output.WriteLineAsync($"page     {(told is { } delay ? $"{Seconds(delay.After.TotalSeconds)} after the alert was first sent, as message {delay.Number}: {delay.Page.ReplaceLineEndings(" ")[..Math.Min(100, delay.Page.Length)]}" : "NONE came")}");
        await output.WriteLineAsync($"alerts   {Counts(traffic.Answers.Select(one => (one.Key == 0 ? "no answer" : $"{one.Key}", one.Value)))}");
        await output.WriteLineAsync($"promises {Counts(traffic.Promises.Select(one => (one.Key, one.Value)))}; at most {traffic.MostOpen} connections beside the senders'");
        var well = alive && traffic.LivenessFailed == 0 && live[^1] < 1 && told?.After < TimeSpan.FromSeconds(10) && resident < 512L * 1024 * 1024;
        await output.WriteLineAsync(well ? "It bears it." : "It does NOT bear it.");
        return well ? 0 : 1;
    }

    /// <summary>From the alert that KEDA's operator is dead, which it is, to the critical page in the channel.</summary>
    private static async Task<Told?> TellAsync(HttpClient client, FloodTraffic traffic, int cluster, int receivers, CancellationToken end)
    {
        try
        {
            await Task.Delay(Quiet, TimeProvider.System, end);
            using var fault = new StringContent("""{"operator":"dead"}""", Encoding.UTF8, "application/json");
            (await client.PostAsync($"http://127.0.0.1:{cluster}/sandbox/faults", fault, end)).EnsureSuccessStatusCode().Dispose();
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, end);
            var began = Stopwatch.GetTimestamp();
            var sent = traffic.AlertAsync(FloodTraffic.Alert("KEDAOperatorDown", "ffffffffffffffff", "none"), end);
            while (true)
            {
                var received = JsonNode.Parse(await client.GetStringAsync($"http://127.0.0.1:{receivers}/received.json", end))!.AsArray();
                if (received.Select(message => message!["body"]?["text"]?.ToString()).FirstOrDefault(text => text?.Contains("operator", StringComparison.Ordinal) == true) is { } page)
                    return new Told(Stopwatch.GetElapsedTime(began), page, received.Count);
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, end);
            }
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static async Task UntilAsync(Process process, Func<Task<bool>> reached)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await reached())
        {
            if (process.HasExited) throw new InvalidOperationException($"the host ended with {process.ExitCode}");
            if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(60)) throw new TimeoutException("the host did not become ready within a minute");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    private static async Task<bool> OkAsync(HttpClient client, string url)
    {
        try
        {
            using var answer = await client.GetAsync(url);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static Process Start(ProcessStartInfo start, string folder)
    {
        (start.WorkingDirectory, start.UseShellExecute, start.RedirectStandardOutput, start.RedirectStandardError) = (folder, false, true, true);
        var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, line) => Console.Error.WriteLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static void Stop(Process process)
    {
        if (!process.HasExited) process.Kill();
        process.WaitForExit();
    }

    private static long? Resident(Process process, string name) => File.Exists($"/proc/{process.Id}/status")
        && File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.Ordinal)) is { } line
            ? long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024
            : null;

    private static string Mib(long? bytes) => bytes is { } known ? $"{known / 1024 / 1024} MiB" : "not known here";

    private static string Seconds(double seconds) => seconds.ToString("0.000", CultureInfo.InvariantCulture) + " s";

    private static string Counts(IEnumerable<(string What, int Count)> counts) =>
        string.Join(", ", counts.OrderByDescending(one => one.Count).Select(one => $"{one.Count} × {one.What}"));
}
