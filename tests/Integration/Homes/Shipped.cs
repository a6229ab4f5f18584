using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

/// <summary>Files of the repository, read where they stand.</summary>
internal static class Shipped
{
    public static string PathOf(string path) => Path.Combine(Repository.Root, path);

    public static string Text(string path) => File.ReadAllText(PathOf(path));

    public static bool Has(string path) => File.Exists(PathOf(path)) || Directory.Exists(PathOf(path));

    /// <summary>Every document of a YAML file, or of all in a folder.</summary>
    public static IReadOnlyList<YamlMappingNode> Yaml(string path) => Directory.Exists(PathOf(path))
        ? [.. Directory.GetFiles(PathOf(path), "*.yaml").Order(StringComparer.Ordinal).SelectMany(file => Parse(File.ReadAllText(file)))]
        : [.. Parse(Text(path))];

    public static IEnumerable<YamlMappingNode> Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents.Select(document => (YamlMappingNode)document.RootNode);
    }
}

/// <summary>Short ways into a YAML tree.</summary>
internal static class YamlWays
{
    /// <summary>What is at a path of keys; null when it is not there.</summary>
    public static YamlNode? At(this YamlNode? node, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
            node = node is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child : null;
        return node;
    }

    public static string? Word(this YamlNode? node, params ReadOnlySpan<string> keys) => (node.At(keys) as YamlScalarNode)?.Value;

    public static IReadOnlyList<YamlNode> Each(this YamlNode? node, params ReadOnlySpan<string> keys) =>
        node.At(keys) is YamlSequenceNode list ? [.. list.Children] : [];

    public static IReadOnlyList<string> Words(this YamlNode? node, params ReadOnlySpan<string> keys) => [.. node.Each(keys).Select(n => n.Word()!)];

    public static IReadOnlyList<string> Keys(this YamlNode? node, params ReadOnlySpan<string> keys) =>
        node.At(keys) is YamlMappingNode map ? [.. map.Children.Keys.Select(k => ((YamlScalarNode)k).Value!)] : [];
}
