using System.Diagnostics;

namespace Sophia.Keda.Reactor.Bench;

/// <summary>A limit of memory as a pod has it: a cgroup for the one process, v2 or v1, or where none can be made .NET's own limit.</summary>
internal sealed class MemoryLimit : IAsyncDisposable
{
    private const string Mount = "/sys/fs/cgroup";

    private readonly string? folder;
    private readonly long bytes;
    private readonly bool v2;

    private MemoryLimit(string? folder, long bytes, bool v2) => (this.folder, this.bytes, this.v2) = (folder, bytes, v2);

    public string Words => folder is null
        ? $"DOTNET_GCHeapHardLimit of {bytes * 3 / 4 / 1024 / 1024} MiB, since no cgroup can be made here"
        : $"cgroup {(v2 ? "v2" : "v1")} of {bytes / 1024 / 1024} MiB";

    public static MemoryLimit Make(long bytes)
    {
        var name = $"reactor-flood-{Environment.ProcessId}";
        foreach (var (parent, file, v2) in new[] { (Mount, "memory.max", true), (Mount + "/memory" + OwnV1Group(), "memory.limit_in_bytes", false) })
        {
            // In a folder that is no cgroup no such file would appear by itself.
            var made = Path.Combine(parent, name);
            if (!Directory.Exists(parent) || (v2 && !File.Exists(Path.Combine(parent, "cgroup.controllers")))) continue;
            try
            {
                Directory.CreateDirectory(made);
                if (File.Exists(Path.Combine(made, file)))
                {
                    File.WriteAllText(Path.Combine(made, file), $"{bytes}");
                    return new MemoryLimit(made, bytes, v2);
                }

                Directory.Delete(made);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                if (Directory.Exists(made)) Directory.Delete(made);
            }
        }

        return new MemoryLimit(null, bytes, v2: false);
    }

    /// <summary>The process is in the group before it begins, so that .NET sees the limit as it does in a container.</summary>
    public ProcessStartInfo Start(string program, string[] arguments)
    {
        var start = folder is null
            ? new ProcessStartInfo("dotnet", [program, .. arguments])
            : new ProcessStartInfo("/bin/sh", ["-c", "echo $$ > \"$0\" && exec dotnet \"$@\"", Path.Combine(folder, "cgroup.procs"), program, .. arguments]);
        if (folder is null) start.Environment["DOTNET_GCHeapHardLimit"] = $"0x{bytes * 3 / 4:X}";
        return start;
    }

    /// <summary>The most that counted against the limit, the cache of files among it; null without a group.</summary>
    public long? Peak() => folder is null ? null : Read(v2 ? "memory.peak" : "memory.max_usage_in_bytes");

    public async ValueTask DisposeAsync()
    {
        for (var left = 50; folder is not null && Directory.Exists(folder) && left > 0; left--)
        {
            try
            {
                Directory.Delete(folder); // rmdir: a group goes with its files once nobody is in it
            }
            catch (IOException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }

    private long? Read(string file)
    {
        var path = Path.Combine(folder!, file);
        return File.Exists(path) ? long.Parse(File.ReadAllText(path)) : null;
    }

    private static string OwnV1Group() => File.Exists("/proc/self/cgroup")
        ? File.ReadLines("/proc/self/cgroup").Select(line => line.Split(':', 3)).FirstOrDefault(parts => parts is [_, "memory", _])?[2] ?? ""
        : "";
}
