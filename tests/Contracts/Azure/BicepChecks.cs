using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Sophia.Keda.Reactor.Contracts.Tests.Azure;

/// <summary>What must agree between and within Bicep files, as far as a reader of text can tell. Each fault is one line.</summary>
internal static partial class BicepChecks
{
    public static ImmutableArray<string> Of(IReadOnlyDictionary<string, string> texts, params ReadOnlySpan<string> roots)
    {
        try
        {
            var files = texts.ToDictionary(t => t.Key, t => BicepFile.Read(t.Key, t.Value), StringComparer.Ordinal);
            return [.. files.Values.SelectMany(Inside), .. files.Values.SelectMany(file => Between(file, files)), .. Versions(files.Values), .. Unreached(files, roots)];
        }
        catch (FormatException fault)
        {
            return [fault.Message];
        }
    }

    private static IEnumerable<string> Inside(BicepFile file)
    {
        foreach (var twice in file.Declarations.Where(d => d.Kind != "output").GroupBy(d => d.Name).Where(same => same.Count() > 1))
            yield return $"{file.Path}: {twice.Key} is declared twice";
        foreach (var unused in file.Declarations.Where(d => d.Kind is "param" or "var" && !file.Uses(d.Name)))
            yield return $"{file.Path}: {unused.Kind} {unused.Name} is not used";
        foreach (var param in file.Of("param"))
        {
            if (SecretName().IsMatch(param.Name) && !param.IsSecure)
                yield return $"{file.Path}: {param.Name} sounds like a secret and is not @secure()";
            if (param.IsSecure && param.Default is { } otherwise && otherwise != "''" && otherwise != "'${newGuid()}${newGuid()}'")
                yield return $"{file.Path}: the secret {param.Name} has a default that stands in the file";
        }

        foreach (var output in file.Of("output").Where(o => o.Body.Contains(".listKeys(", StringComparison.Ordinal)))
            yield return $"{file.Path}: output {output.Name} tells a key";
    }

    private static IEnumerable<string> Between(BicepFile file, Dictionary<string, BicepFile> files)
    {
        foreach (var module in file.Of("module"))
        {
            if (!files.TryGetValue(PathFrom(file, module.Quoted), out var target))
            {
                yield return $"{file.Path}: module {module.Name} is {module.Quoted}, which is not there";
                continue;
            }

            var at = module.Body.IndexOf("params: {", StringComparison.Ordinal);
            var passed = at < 0 ? [] : BicepText.Keys(module.Body, at + "params: ".Length);
            foreach (var name in passed.Where(name => target.Find("param", name) is null))
                yield return $"{file.Path}: module {module.Name} passes {name}, which {target.Path} does not declare";
            foreach (var needed in target.Of("param").Where(p => p.Default is null && !passed.Contains(p.Name)))
                yield return $"{file.Path}: module {module.Name} does not pass {needed.Name}, which {target.Path} needs";
        }

        foreach (Match read in OutputRead().Matches(BicepText.NamesOnly(file.Text)))
        {
            var (name, output) = (read.Groups["module"].Value, read.Groups["output"].Value);
            if (file.Find("module", name) is not { } module)
                yield return $"{file.Path}: {read.Value} is of no module";
            else if (files.TryGetValue(PathFrom(file, module.Quoted), out var target) && target.Find("output", output) is null)
                yield return $"{file.Path}: {target.Path} has no output {output}";
        }
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

    [GeneratedRegex(@"(?<![\w.])(?<module>\w+)!?\.outputs\.(?<output>\w+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OutputRead();

    [GeneratedRegex("key$|secret|password|webhookurl", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex SecretName();
}
