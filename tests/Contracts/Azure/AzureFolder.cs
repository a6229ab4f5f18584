using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Contracts.Tests.Azure;

/// <summary>infra/azure, as the build copied it beside the tests.</summary>
internal static class AzureFolder
{
    public static readonly string Root = Path.Combine(AppContext.BaseDirectory, "azure");

    public static readonly ImmutableArray<string> Stages = ["dev", "staging", "production"];

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static BicepFile Bicep(string path) => BicepFile.Read(path, Read(path));

    /// <summary>By path from the folder, with "/".</summary>
    public static Dictionary<string, string> AllBicep() => Directory.EnumerateFiles(Root, "*.bicep", SearchOption.AllDirectories)
        .ToDictionary(path => Path.GetRelativePath(Root, path).Replace('\\', '/'), File.ReadAllText, StringComparer.Ordinal);

    /// <summary>The folder in the repository, where what azure.yaml names can be looked for.</summary>
    public static string InRepository()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Sophia.Keda.Reactor.sln")))
            root = Path.GetDirectoryName(root)!;
        return Path.Combine(root, "infra", "azure");
    }
}
