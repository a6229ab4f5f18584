using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Sophia.Keda.Reactor.Bench;

/// <summary>What comes over the host, and how it answers. Everything ends with the token.</summary>
internal sealed class FloodTraffic(Uri host, string senderKey) : IDisposable
{
    private readonly HttpClient sender = new(new SocketsHttpHandler { MaxConnectionsPerServer = 200 }) { BaseAddress = host, Timeout = TimeSpan.FromSeconds(10) };
    private readonly HttpClient probe = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }) { BaseAddress = host, Timeout = TimeSpan.FromSeconds(5) };
    private int open;
    private int mostOpen;

    /// <summary>How many requests of the sender were answered so; 0 is no answer.</summary>
    public ConcurrentDictionary<int, int> Answers { get; } = new();

    /// <summary>How the connections that only promise were answered.</summary>
    public ConcurrentDictionary<string, int> Promises { get; } = new();

    public ConcurrentBag<double> LivenessSeconds { get; } = [];

    public int MostOpen => mostOpen;

    public int LivenessFailed { get; private set; }

    /// <summary>Kept open, whatever the host does with it: one that it closes is opened again.</summary>
    public Task IdleAsync(int count, CancellationToken end) => KeepAsync(count, "", end);

    /// <summary>One half of them without a key.</summary>
    public Task PromiseAsync(int count, CancellationToken end) => Task.WhenAll(
        KeepAsync(count / 2, Promise(""), end), KeepAsync(count - count / 2, Promise($"x-functions-key: {senderKey}\r\n"), end));

    public async Task SendAsync(int aMinute, CancellationToken end)
    {
        List<Task> sent = [];
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; !end.IsCancellationRequested; i++)
        {
            var due = TimeSpan.FromMinutes((double)i / aMinute) - Stopwatch.GetElapsedTime(began);
            if (due > TimeSpan.Zero) await WaitAsync(due, end);
            sent.Add(OneAsync(i));
            if (sent.Count % 1_000 == 0) sent.RemoveAll(task => task.IsCompleted);
        }

        await Task.WhenAll(sent);
    }

    /// <summary>As the kubelet asks: a connection of its own each time.</summary>
    public async Task ProbeAsync(TimeSpan every, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            try
            {
                using var answer = await probe.GetAsync("api/health/live", CancellationToken.None);
                if (answer.StatusCode != HttpStatusCode.OK) LivenessFailed++;
            }
            catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
            {
                LivenessFailed++;
            }

            LivenessSeconds.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            await WaitAsync(every, end);
        }
    }

    /// <summary>As Alertmanager does: again after what was not taken.</summary>
    public async Task AlertAsync(string alert, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            if (await PostAsync(alert) is 202) return;
            await WaitAsync(TimeSpan.FromSeconds(5), end);
        }
    }

    public static string Alert(string name, string fingerprint, string target) =>
        $$$"""
        {"version":"4","status":"firing","alerts":[{"status":"firing","fingerprint":"{{{fingerprint}}}","startsAt":"{{{TimeProvider.System.GetUtcNow():O}}}",
        "labels":{"alertname":"{{{name}}}","namespace":"sophia-mesh","scaledObject":"{{{target}}}","severity":"warning"},"annotations":{"summary":"from a flood"}}]}
        """;

    public void Dispose()
    {
        sender.Dispose();
        probe.Dispose();
    }

    private async Task OneAsync(int number)
    {
        var status = await PostAsync(Alert("KEDAScalingLatencyHigh", $"{number:x16}", $"target-{number % 40}"));
        Answers.AddOrUpdate(status, 1, (_, before) => before + 1);
    }

    private async Task<int> PostAsync(string alert)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/alerts") { Content = new StringContent(alert, Encoding.UTF8, new MediaTypeHeaderValue("application/json")) };
        request.Headers.Add("x-functions-key", senderKey);
        try
        {
            using var answer = await sender.SendAsync(request, CancellationToken.None);
            return (int)answer.StatusCode;
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException)
        {
            return 0;
        }
    }

    private string Promise(string key) => $"POST /api/alerts HTTP/1.1\r\nHost: {host.Authority}\r\n{key}Content-Type: application/json\r\nContent-Length: 16777216\r\n\r\n{{";

    private Task KeepAsync(int count, string said, CancellationToken end) => Task.WhenAll(Enumerable.Range(0, count).Select(_ => KeepOneAsync(said, end)));

    private async Task KeepOneAsync(string said, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            using var connection = new TcpClient();
            var counted = false;
            try
            {
                await connection.ConnectAsync(host.Host, host.Port, end);
                counted = true;
                var now = Interlocked.Increment(ref open);
                if (now > mostOpen) mostOpen = now;
                await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(said), end);
                await ReadAsync(connection.GetStream(), said.Length > 0, end);
            }
            catch (Exception fault) when (fault is IOException or SocketException or OperationCanceledException)
            {
                // Closed by the host, or the end.
            }
            finally
            {
                if (counted) Interlocked.Decrement(ref open);
            }

            await WaitAsync(TimeSpan.FromMilliseconds(500), end);
        }
    }

    private async Task ReadAsync(NetworkStream from, bool counts, CancellationToken end)
    {
        var buffer = new byte[4096];
        int read;
        for (var first = true; (read = await from.ReadAsync(buffer, end)) > 0; first = false)
        {
            if (first && counts) Promises.AddOrUpdate(Encoding.ASCII.GetString(buffer, 0, Math.Min(read, 12)), 1, (_, before) => before + 1);
        }
    }

    private static async Task WaitAsync(TimeSpan time, CancellationToken end)
    {
        try
        {
            await Task.Delay(time, TimeProvider.System, end);
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }
}
