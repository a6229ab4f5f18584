using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Sophia.Keda.Reactor.Contracts.Tests.Azure;

/// <summary>What Bicep lets pass and we do not. Each fault is one line.</summary>
internal static partial class BicepChecks
{
    public static ImmutableArray<string> Of(IReadOnlyDictionary<string, string> texts, params ReadOnlySpan<string> roots)
    {
        try
        {
            var files = texts.ToDictionary(t => t.Key, t => BicepFile.Read(t.Key, t.Value), StringComparer.Ordinal);
            return [.. files.Values.SelectMany(Secrets), .. Versions(files.Values), .. Unreached(files, roots)];
        }
        catch (FormatException fault)
        {
            return [fault.Message];
        }
    }

    private static IEnumerable<string> Secrets(BicepFile file)
    {
        foreach (var param in file.Of("param").Where(p => SecretName().IsMatch(p.Name) && !p.IsSecure))
            yield return $"{file.Path}: {param.Name} sounds like a secret and is not @secure()";
    }

    /// <summary>Dates, not previews, and one for a type: two would be two shapes of the same thing.</summary>
    private static IEnumerable<string> Versions(IEnumerable<BicepFile> files)
    {
        var resources = files.SelectMany(f => f.Of("resource").Select(r => (f.Path, r.Name, Type: r.Quoted.Split('@')))).ToList();
        foreach (var (path, name, type) in resources)
        {
            if (type.Length != 2 || !DateOnly.TryParseExact(type[1], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
                yield return $"{path}: resource {name} has no API version of the form 2025-01-31, without -preview";
        }

        foreach (var mixed in resources.Where(r => r.Type.Length == 2).GroupBy(r => r.Type[0]).Where(same => same.Select(r => r.Type[1]).Distinct().Count() > 1))
            yield return $"{mixed.Key} has several API versions: {string.Join(", ", mixed.Select(r => r.Type[1]).Distinct())}";
    }

    private static IEnumerable<string> Unreached(Dictionary<string, BicepFile> files, ReadOnlySpan<string> roots)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var next = new Stack<string>(roots.ToArray());
        while (next.TryPop(out var path))
        {
            if (!reached.Add(path) || !files.TryGetValue(path, out var file)) continue;
            foreach (var module in file.Of("module")) next.Push(PathFrom(file, module.Quoted));
        }

        return files.Keys.Where(path => !reached.Contains(path)).Select(path => $"{path} is used by nothing");
    }

    private static string PathFrom(BicepFile file, string path) =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(file.Path)!, path).Replace('\\', '/');

    [GeneratedRegex("key$|secret|password|webhookurl", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex SecretName();
}
