using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

/// <summary>The shipped manifests of the reactor inside a cluster.</summary>
internal static class Manifests
{
    public const string Folder = "infra/keda/base/reactor";

    /// <summary>settings.env, names as the environment has them.</summary>
    public static IReadOnlyDictionary<string, string> Settings { get; } = Shipped.Text($"{Folder}/settings.env").Split('\n')
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(line => line.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => pair[1]);

    public static IReadOnlyList<YamlMappingNode> Documents { get; } = Shipped.Yaml(Folder);

    /// <summary>The same with what the folders writes-… and leases-… put into their namespaces, as kustomize renders it.</summary>
    public static IReadOnlyList<YamlMappingNode> Applied { get; } =
    [
        .. Documents.Where(d => d.Word("kind") is not (null or "Kustomization")),
        .. Shipped.Yaml($"{Folder}/kustomization.yaml").Single().Words("resources").Where(r => !r.EndsWith(".yaml", StringComparison.Ordinal)).SelectMany(Placed),
    ];

    public static YamlMappingNode Deployment { get; } = Kind("Deployment");

    public static YamlNode Pod { get; } = Deployment.At("spec", "template", "spec")!;

    public static YamlNode Container { get; } = Assert.Single(Pod.Each("containers"));

    private static IEnumerable<YamlMappingNode> Placed(string folder)
    {
        var kustomization = Shipped.Yaml($"{Folder}/{folder}/kustomization.yaml").Single();
        var what = folder.Split('-')[0];
        Assert.Equal($"../{what}", Assert.Single(kustomization.Words("resources")));
        return Shipped.Yaml($"{Folder}/{what}/{what}.yaml").Select(document =>
        {
            ((YamlMappingNode)document.At("metadata")!).Add("namespace", kustomization.Word("namespace")!);
            return document;
        });
    }

    public static YamlMappingNode Kind(string kind) => Documents.Single(document => document.Word("kind") == kind);
}
