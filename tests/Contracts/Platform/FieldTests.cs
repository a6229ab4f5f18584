using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>
/// Every field of every custom resource is one that its definition has, with its type: an API server drops an unknown one without a word. (Kinds of
/// Kubernetes itself are read strictly by its own client in tests/Azure.)
/// </summary>
public sealed class FieldTests
{
    private static readonly IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> s_known = KnownFields.Read();

    public static TheoryData<string> All => Overlays.All;

    [TheoryWithProgram(Overlays.Kubectl)]
    [MemberData(nameof(All))]
    public void No_custom_resource_has_a_field_that_its_definition_does_not_know(string overlay)
    {
        var custom = Overlays.Of(overlay).Where(d => KnownFields.IsCustom(d.Word("apiVersion")!)).ToList();

        Assert.NotEmpty(custom);
        Assert.Empty(custom.SelectMany(Faults));
    }

    [Fact]
    public void Nor_has_one_of_Argo_CDs_or_Flux()
    {
        string[] files = ["gitops/argocd-application.yaml", .. Directory.GetFiles(PlatformFiles.PathOf("gitops/flux"), "*.yaml", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(PlatformFiles.PathOf(""), f))];
        var custom = files.SelectMany(PlatformFiles.Yaml).Where(d => d.Word("apiVersion") is { } version && KnownFields.IsCustom(version) && d.Kind() != "Kustomization" | version.StartsWith("kustomize.toolkit", StringComparison.Ordinal)).ToList();

        Assert.True(custom.Count > 10);
        Assert.Empty(custom.SelectMany(Faults));
    }

    [Theory]
    [InlineData("spec: {maxReplicas: 3}", "spec.maxReplicas is unknown")]
    [InlineData("spec: {maxReplicaCount: '3'}", "spec.maxReplicaCount is no int: 3")]
    [InlineData("spec: {triggers: [{metadata: {threshold: 2}}]}", "spec.triggers[].metadata.threshold is no str: 2")]
    [InlineData("spec: {triggers: [{metadata: {enableTLS: true}}]}", "spec.triggers[].metadata.enableTLS is no str: true")]
    [InlineData("spec: {triggers: {type: redis}}", "spec.triggers is unknown")]
    public void What_it_looks_for_it_finds(string text, string fault)
    {
        var document = PlatformFiles.Parse($"{{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {{name: a, namespace: b}}}}").Single();
        document.Children.Add("spec", PlatformFiles.Parse(text).Single().At("spec")!);

        Assert.Equal($"ScaledObject b/a: {fault}", Assert.Single(Faults(document)));
    }

    private static IEnumerable<string> Faults(YamlMappingNode document)
    {
        var kind = $"{document.Word("apiVersion")} {document.Kind()}";
        return s_known.TryGetValue(kind, out var known) ? Walk(document, "", known).Select(fault => $"{document.Called()}: {fault}") : [$"{kind} is unknown"];
    }

    private static IEnumerable<string> Walk(YamlNode node, string path, IReadOnlyDictionary<string, string> known)
    {
        if (known.TryGetValue(path, out var type))
            return type == "map" ? node.Map().SelectMany(pair => IsA(pair.Value, "str") ? [] : new[] { $"{path}.{pair.Key} is no str: {pair.Value}" }) : IsA(node, type) ? [] : [$"{path} is no {type}: {node}"];
        return node switch
        {
            YamlMappingNode map when path.Length == 0 || known.Keys.Any(k => k.StartsWith(path + ".", StringComparison.Ordinal)) =>
                map.Children.SelectMany(pair => Walk(pair.Value, path.Length == 0 ? $"{pair.Key}" : $"{path}.{pair.Key}", known)),
            YamlSequenceNode list => list.Children.SelectMany(item => Walk(item, path + "[]", known)),
            _ => [$"{path} is unknown"],
        };
    }

    private static bool IsA(YamlNode node, string type) => type switch
    {
        "any" => true,
        "int" => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: var text } && int.TryParse(text, out _),
        "bool" => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "false" },
        _ => node is YamlScalarNode { Value: var text } scalar && (scalar.Style != ScalarStyle.Plain || !(text is "true" or "false" or "null" || double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out _))),
    };
}
