using System.Text.RegularExpressions;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

/// <param name="Stage">The stage's name, or the empty one of the image itself.</param>
internal sealed record Instruction(string Stage, string Word, string Rest);

/// <summary>infra/docker/Dockerfile, read as far as its few instructions need.</summary>
internal static partial class Dockerfile
{
    public const string Path = "infra/docker/Dockerfile";

    public static IReadOnlyList<Instruction> Instructions { get; } = Read();

    public static string Port { get; } = Image("EXPOSE");

    public static IReadOnlyDictionary<string, string> Environment { get; } = Assignment().Matches(Image("ENV")).ToDictionary(m => m.Groups["name"].Value, m => m.Groups["value"].Value);

    /// <summary>What the image says in its one instruction of this kind.</summary>
    public static string Image(string word) => Instructions.Single(i => i.Stage.Length == 0 && i.Word == word).Rest;

    private static List<Instruction> Read()
    {
        var (stage, read) = ("", new List<Instruction>());
        var text = string.Join('\n', Shipped.Text(Path).Split('\n').Where(line => !line.TrimStart().StartsWith('#'))).Replace("\\\n", " ");
        foreach (var line in text.Split('\n').Where(line => line.Trim().Length > 0))
        {
            var (word, rest) = line.Split(' ', 2) is [var w, var r] ? (w, r.Trim()) : (line, "");
            if (word == "FROM") stage = rest.Split(" AS ") is [_, var named] ? named : "";
            read.Add(new Instruction(stage, word, rest));
        }

        return read;
    }

    [GeneratedRegex(@"(?<name>\w+)=(?<value>\S*)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Assignment();
}
