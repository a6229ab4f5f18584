using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Monitoring;

/// <summary>infra/keda/monitoring, read where it stands.</summary>
internal static class MonitoringFolder
{
    public static readonly string[] AlertFiles = ["prometheus-rules.yaml", "reactor-rules.yaml"];

    public static readonly string[] RuleFiles = ["recording-rules.yaml", .. AlertFiles];

    public static string Path { get; } = Find();

    public static string Text(string file) => File.ReadAllText(System.IO.Path.Combine(Path, file));

    public static IEnumerable<YamlMappingNode> Documents(string file)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Text(file)));
        return stream.Documents.Select(document => (YamlMappingNode)document.RootNode);
    }

    /// <summary>The groups of a PrometheusRule as the plain rule file that Prometheus itself reads.</summary>
    public static YamlMappingNode Groups(string file) => new("groups", Documents(file).Single()["spec"]["groups"]);

    public static IEnumerable<YamlMappingNode> Rules(string file) =>
        ((YamlSequenceNode)Groups(file)["groups"]).SelectMany(group => (YamlSequenceNode)group["rules"]).Cast<YamlMappingNode>();

    public static string? Word(this YamlNode node, string key) =>
        node is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(key), out var child) ? ((YamlScalarNode)child).Value : null;

    public static void Write(YamlMappingNode root, string path)
    {
        using var writer = File.CreateText(path);
        new YamlStream(new YamlDocument(root)).Save(writer, assignAnchors: false);
    }

    private static string Find()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(root, "Sophia.Keda.Reactor.sln")))
            root = System.IO.Path.GetDirectoryName(root)!;
        return System.IO.Path.Combine(root, "infra", "keda", "monitoring");
    }
}
