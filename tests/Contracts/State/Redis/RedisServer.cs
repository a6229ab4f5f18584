using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Sophia.Keda.Reactor.Contracts.Tests.State.Redis;

/// <summary>
/// A redis-server of one test's own, on a free port of this machine, its files in a temporary folder. Started at first need, so that it
/// may be made where there is no such program. Stopped with the test, or at the latest with the process.
/// </summary>
public sealed class RedisServer : IDisposable
{
    public const string Program = "redis-server";

    private static readonly ConcurrentDictionary<Process, bool> Running = new();
    private readonly TemporaryFolder folder = new();
    private readonly List<string> options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--logfile", "redis.log"];
    private Process? process;
    private RedisWire? wire;

    static RedisServer() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var left in Running.Keys)
            left.Kill();
    };

    public RedisServer()
    {
    }

    /// <param name="more">Options that count over the usual ones: a log on disk before each answer.</param>
    internal RedisServer(params string[] more) => options.AddRange(more);

    public int Port { get; } = FreePort();

    public string Endpoint => $"127.0.0.1:{Port}";

    public string Folder => folder.Path;

    public string Log => File.ReadAllText(Path.Combine(Folder, "redis.log"));

    /// <summary>Below 55,000: a cluster's nodes talk to each other 10,000 above.</summary>
    public static int FreePort()
    {
        while (true)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            if (port < 55_000) return port;
        }
    }

    public RedisServer Start()
    {
        if (process is not null) return this;
        process = Process.Start(new ProcessStartInfo(Program, ["--port", $"{Port}", "--dir", Folder, .. options]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        Running[process] = true;
        // Its own log has everything else; what comes here is a complaint about options.
        for (var began = Stopwatch.GetTimestamp(); ; Thread.Yield())
        {
            if (process.HasExited) throw new InvalidOperationException($"redis-server ended: {process.StandardOutput.ReadToEnd()}");
            if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(10)) throw new TimeoutException($"redis-server does not listen: {Log}");
            if (IsReady()) return this;
            process.WaitForExit(10);
        }
    }

    // It listens before it has loaded its data. Any answer but that will do: it may want a password.
    private bool IsReady()
    {
        try
        {
            using var knock = new RedisWire(Port);
            knock.Do("PING");
            return true;
        }
        catch (InvalidOperationException refusal)
        {
            return !refusal.Message.StartsWith("LOADING", StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }

    /// <summary>One command, its words as they are; what a server says to it.</summary>
    public object? Do(params string[] command)
    {
        Start();
        return (wire ??= new RedisWire(Port)).Do(command);
    }

    /// <summary>As a power cut does it, but for the disk.</summary>
    public void Kill()
    {
        if (process is null) return;
        wire?.Dispose();
        wire = null;
        process.Kill();
        process.WaitForExit();
        Running.TryRemove(process, out _);
        process.Dispose();
        process = null;
    }

    /// <summary>Keeps its connections and answers nothing until this is disposed.</summary>
    internal Paused Pause() => new(process!.Id);

    public void Restart()
    {
        Kill();
        Start();
    }

    public void Dispose()
    {
        Kill();
        folder.Dispose();
    }

    internal sealed class Paused : IDisposable
    {
        private readonly string id;
        private bool ended;

        public Paused(int process) => Signal("-STOP", id = process.ToString());

        public void Dispose()
        {
            if (!ended) Signal("-CONT", id);
            ended = true;
        }

        private static void Signal(string name, string id)
        {
            using var kill = Process.Start("kill", [name, id]);
            kill.WaitForExit();
        }
    }
}
