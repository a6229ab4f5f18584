using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>The files under infra/keda, read where they stand.</summary>
internal static class PlatformFiles
{
    public const string Folder = "infra/keda";

    public static string Root { get; } = FindRoot();

    public static string PathOf(string path) => Path.Combine(Root, Folder, path);

    public static string Text(string path) => File.ReadAllText(PathOf(path));

    public static IReadOnlyList<YamlMappingNode> Yaml(string path) => Parse(Text(path));

    public static IReadOnlyList<YamlMappingNode> Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(document => document.RootNode).OfType<YamlMappingNode>()];
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Sophia.Keda.Reactor.sln")))
            folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}
