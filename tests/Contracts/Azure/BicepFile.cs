using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Sophia.Keda.Reactor.Contracts.Tests.Azure;

/// <param name="Name">Of a param, var, resource, module or output.</param>
/// <param name="Kind">Which of them.</param>
/// <param name="Head">What follows the name on its line: a type, or a quoted path or resource type.</param>
/// <param name="Body">All of it, to the next declaration, without comments.</param>
/// <param name="Decorators">"@secure()" and the like.</param>
internal sealed record BicepDeclaration(string Kind, string Name, string Head, string Body, ImmutableArray<string> Decorators)
{
    public bool IsSecure => Decorators.Contains("@secure()");

    /// <summary>The default of a param, or null.</summary>
    public string? Default => Head.IndexOf('=') is >= 0 and var at ? Head[(at + 1)..].Trim() : null;

    /// <summary>What the head quotes: the path of a module, the type and version of a resource.</summary>
    public string Quoted => Head.Split('\'') is [_, var quoted, ..] ? quoted : throw new FormatException($"{Kind} {Name} quotes nothing");
}

/// <summary>
/// The declarations of one Bicep file. It is no compiler: it knows what begins a declaration at the left edge, and refuses what it does not know
/// there, so that nothing is passed over in silence.
/// </summary>
internal sealed partial record BicepFile(string Path, string Text, ImmutableArray<BicepDeclaration> Declarations)
{
    public IEnumerable<BicepDeclaration> Of(string kind) => Declarations.Where(d => d.Kind == kind);

    public BicepDeclaration? Find(string kind, string name) => Of(kind).FirstOrDefault(d => d.Name == name);

    /// <exception cref="FormatException">A line at the left edge that it does not know.</exception>
    public static BicepFile Read(string path, string text)
    {
        text = BicepText.WithoutComments(text.ReplaceLineEndings("\n"));
        var found = ImmutableArray.CreateBuilder<BicepDeclaration>();
        var decorators = new List<string>();
        var starts = LeftEdge().Matches(text).ToList();
        for (var i = 0; i < starts.Count; i++)
        {
            var line = starts[i].Value;
            if (line[0] == '@')
            {
                decorators.Add(line);
            }
            else if (Declaration().Match(line) is { Success: true } declaration)
            {
                // It goes on to the next line at the edge that isn't the end of itself.
                var next = starts.Skip(i + 1).FirstOrDefault(s => s.Value[0] is not ('}' or ')' or ']'));
                found.Add(new BicepDeclaration(
                    declaration.Groups["kind"].Value, declaration.Groups["name"].Value, declaration.Groups["head"].Value,
                    text[starts[i].Index..(next?.Index ?? text.Length)], [.. decorators]));
                decorators.Clear();
            }
            else if (line[0] is not ('}' or ')' or ']' or '#') && !line.StartsWith("targetScope = ", StringComparison.Ordinal))
            {
                throw new FormatException($"{path}: \"{line}\" is nothing that is read here");
            }
        }

        return new BicepFile(path, text, found.ToImmutable());
    }

    [GeneratedRegex(@"^\S.*$", RegexOptions.Multiline, 1000)]
    private static partial Regex LeftEdge();

    [GeneratedRegex(@"^(?<kind>param|var|resource|module|output) (?<name>\w+)(?<head>.*)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Declaration();
}
