using System.Text.RegularExpressions;

namespace Sophia.Keda.Reactor.Contracts.Tests.Platform;

/// <summary>Every test of the repository by Class.Method, from the sources: they stand in several assemblies, of which one is loaded here.</summary>
internal static partial class TestMethods
{
    private static readonly Lazy<HashSet<string>> s_all = new(() => [.. Sources().SelectMany(Names)]);

    public static bool Has(string name) => s_all.Value.Contains(name);

    private static IEnumerable<string> Sources() => Directory.GetFiles(Path.Combine(PlatformFiles.Root, "tests"), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(folder => folder is "bin" or "obj")).Select(File.ReadAllText);

    /// <summary>A method belongs to the class above it, and is a test by the attributes above it.</summary>
    private static IEnumerable<string> Names(string source)
    {
        var type = "";
        foreach (Match match in Part().Matches(source))
        {
            if (match.Groups["class"].Success) type = match.Groups["class"].Value;
            else yield return $"{type}.{match.Groups["method"].Value}";
        }
    }

    [GeneratedRegex(
        @"^public\s(sealed\s|static\s|partial\s)*class\s(?<class>\w+)|^\s+\[(Fact|Theory)[^\n]*\n(\s+(\[|//)[^\n]*\n)*\s+public\s(async\s)?(void|Task)\s(?<method>\w+)\(",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline,
        2000)]
    private static partial Regex Part();
}
