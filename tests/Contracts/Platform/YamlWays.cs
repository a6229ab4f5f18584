using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

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

    public static int Number(this YamlNode? node, params ReadOnlySpan<string> keys) => int.Parse(node.Word(keys)!);

    public static IReadOnlyList<YamlNode> Each(this YamlNode? node, params ReadOnlySpan<string> keys) =>
        node.At(keys) is YamlSequenceNode list ? [.. list.Children] : [];

    public static IReadOnlyList<string> Words(this YamlNode? node, params ReadOnlySpan<string> keys) => [.. node.Each(keys).Select(n => n.Word()!)];

    public static IReadOnlyDictionary<string, YamlNode> Map(this YamlNode? node, params ReadOnlySpan<string> keys) =>
        node.At(keys) is YamlMappingNode map ? map.Children.ToDictionary(pair => ((YamlScalarNode)pair.Key).Value!, pair => pair.Value) : [];

    public static string Kind(this YamlNode node) => node.Word("kind")!;

    public static string Name(this YamlNode node) => node.Word("metadata", "name")!;

    /// <summary>Empty for what has none.</summary>
    public static string Namespace(this YamlNode node) => node.Word("metadata", "namespace") ?? "";

    /// <summary>As people name it in messages.</summary>
    public static string Called(this YamlNode node) => $"{node.Kind()} {node.Namespace()}/{node.Name()}";

    /// <summary>As Helm lays one file over the other: maps key by key, the rest whole.</summary>
    public static YamlMappingNode Under(this YamlMappingNode below, YamlMappingNode above)
    {
        foreach (var (key, value) in above.Children)
            below.Children[key] = value is YamlMappingNode map && below.Children.TryGetValue(key, out var there) && there is YamlMappingNode old ? old.Under(map) : value;
        return below;
    }

    public static string Written(this YamlNode node)
    {
        using var text = new StringWriter();
        new YamlStream(new YamlDocument(node)).Save(text, assignAnchors: false);
        return text.ToString();
    }
}
