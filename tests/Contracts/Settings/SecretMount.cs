using System.Diagnostics;

namespace Sophia.Keda.Reactor.Contracts.Tests.Settings;

/// <summary>A folder as Kubernetes mounts a Secret: the files are links through ..data, which is turned to a new folder in one step.</summary>
internal sealed class SecretMount : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("reactor-secret-").FullName;
    private int swaps;

    public SecretMount(Dictionary<string, string> files) => Swap(files);

    public string Path => root;

    /// <summary>All files at once; what is no longer among them is gone.</summary>
    public void Swap(Dictionary<string, string> files)
    {
        var (before, now) = ($"..{swaps}", $"..{++swaps}");
        Directory.CreateDirectory(In(now));
        foreach (var (name, content) in files) File.WriteAllText(In($"{now}/{name}"), content);
        File.CreateSymbolicLink(In("..data_tmp"), now);
        using (var turn = Process.Start("mv", ["-T", In("..data_tmp"), In("..data")])) turn.WaitForExit();
        foreach (var link in Directory.GetFileSystemEntries(root).Where(entry => !System.IO.Path.GetFileName(entry).StartsWith("..", StringComparison.Ordinal)))
        {
            if (!files.ContainsKey(System.IO.Path.GetFileName(link))) File.Delete(link);
        }

        foreach (var name in files.Keys.Where(name => new FileInfo(In(name)).LinkTarget is null)) File.CreateSymbolicLink(In(name), $"..data/{name}");
        if (Directory.Exists(In(before))) Directory.Delete(In(before), recursive: true);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private string In(string name) => System.IO.Path.Combine(root, name);
}
