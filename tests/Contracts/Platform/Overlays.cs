using System.Collections.Concurrent;
using System.Diagnostics;
using YamlDotNet.RepresentationModel;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>What kubectl makes of each overlay, once for all tests.</summary>
internal static class Overlays
{
    public const string Kubectl = "kubectl";

    private static readonly ConcurrentDictionary<string, Lazy<string>> s_rendered = new(StringComparer.Ordinal);

    public static TheoryData<string> All { get; } = ["dev", "staging", "prod"];

    public static IReadOnlyList<YamlMappingNode> Of(string overlay) => PlatformFiles.Parse(Text($"gitops/overlays/{overlay}"));

    /// <param name="folder">One with a kustomization.yaml, below infra/keda.</param>
    public static string Text(string folder) => s_rendered.GetOrAdd(folder, f => new Lazy<string>(() => Render(f))).Value;

    public static IEnumerable<YamlMappingNode> Kind(this IEnumerable<YamlMappingNode> documents, string kind) => documents.Where(document => document.Kind() == kind);

    public static YamlMappingNode One(this IEnumerable<YamlMappingNode> documents, string kind, string name, string ns = "") =>
        documents.Single(document => document.Kind() == kind && document.Name() == name && (ns.Length == 0 || document.Namespace() == ns));

    private static string Render(string folder)
    {
        using var kubectl = Process.Start(new ProcessStartInfo(Kubectl, ["kustomize", PlatformFiles.PathOf(folder)])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        })!;
        var errors = kubectl.StandardError.ReadToEndAsync();
        var text = kubectl.StandardOutput.ReadToEnd();
        kubectl.WaitForExit();
        Assert.True(kubectl.ExitCode == 0, $"{folder}: {errors.GetAwaiter().GetResult()}");
        return text;
    }
}
