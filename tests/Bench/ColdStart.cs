using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Sophia.Keda.Reactor.Bench;

/// <summary>
/// From the start of the process to its first 200: the standalone host against a Kestrel app that does nothing, in turns, so that both meet
/// the same machine. Both are published alike (Release, ReadyToRun).
/// </summary>
internal static class ColdStart
{
    private const int Rounds = 20;

    public static async Task RunAsync(TextWriter output)
    {
        var root = Published.Root();
        var work = Directory.CreateTempSubdirectory("reactor-cold-start").FullName;
        var empty = Published.To(root, "tests/Bench/EmptyApp", Path.Combine(work, "empty"));
        var host = Published.To(root, "functions", Path.Combine(work, "host"));

        List<double> empties = [], hosts = [], ratios = [];
        for (var round = -1; round < Rounds; round++)
        {
            var (theirs, ours) = (await EmptyAsync(empty), await HostAsync(host, work));
            if (round < 0) continue; // The disk's cache is warm for all that are counted.
            empties.Add(theirs);
            hosts.Add(ours);
            ratios.Add(ours / theirs);
        }

        await output.WriteLineAsync($"start of the process to the first 200, {Rounds} rounds in turns, {Environment.ProcessorCount} cores, min/median/max");
        await output.WriteLineAsync($"an empty Kestrel app   {Three(empties, "0")} ms");
        await output.WriteLineAsync($"the standalone host    {Three(hosts, "0")} ms");
        await output.WriteLineAsync($"ratio, round by round  {Three(ratios, "0.00")}");
        Directory.Delete(work, recursive: true);
    }

    private static Task<double> EmptyAsync(string folder)
    {
        var port = Published.FreePort();
        return FirstAnswerAsync(folder, "EmptyApp.dll", $"http://127.0.0.1:{port}/", [$"http://127.0.0.1:{port}"]);
    }

    private static async Task<double> HostAsync(string folder, string work)
    {
        // As an operator starts it, with a cluster that is not there: the first answer must not wait for one.
        var (port, state) = (Published.FreePort(), Path.Combine(work, "state.db"));
        File.Delete(state);
        return await FirstAnswerAsync(folder, "Sophia.Keda.Reactor.Functions.dll", $"http://127.0.0.1:{port}/api/health/live",
            ["--port", $"{port}", "--Insecure", "true", "--Pages:None", "accepted", "--Kubernetes:Server", $"http://127.0.0.1:{Published.FreePort()}", "--State:Path", state]);
    }

    private static async Task<double> FirstAnswerAsync(string folder, string program, string url, string[] arguments)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var start = new ProcessStartInfo("dotnet", [Path.Combine(folder, program), .. arguments])
        {
            WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        var complaint = process.StandardError.ReadToEndAsync();
        try
        {
            while (!await IsThereAsync(client, url))
            {
                if (process.HasExited) throw new InvalidOperationException($"{program} ended: {await complaint}");
                if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(60)) throw new TimeoutException($"{program} did not answer within a minute");
                await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
            }

            return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }
        finally
        {
            if (!process.HasExited) process.Kill();
            await process.WaitForExitAsync();
        }
    }

    private static async Task<bool> IsThereAsync(HttpClient client, string url)
    {
        try
        {
            using var response = await client.GetAsync(url);
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static string Three(List<double> values, string format)
    {
        var sorted = values.Order().ToList();
        string Text(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        return $"{Text(sorted[0])} / {Text((sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2)} / {Text(sorted[^1])}";
    }
}
