using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Integration.Tests.Homes;

namespace Sophia.Keda.Reactor.Integration.Tests.Scripts;

/// <summary>A guide for people, taken apart: its commands, its links, what it names.</summary>
internal sealed partial class Guide(string path)
{
    public string Text { get; } = Shipped.Text(path);

    /// <summary>The lines of its sh blocks, without comments.</summary>
    public IReadOnlyList<string> Commands { get; } =
        [.. Blocks().Matches(Shipped.Text(path)).SelectMany(block => block.Groups["lines"].Value.Split('\n')).Select(line => Comment().Replace(line, "").TrimEnd()).Where(line => line.Length > 0)];

    /// <summary>GET or POST with the route's path, of every ask and order, in blocks and in the text.</summary>
    public IEnumerable<(string Method, string Path)> Calls =>
        Called().Matches(Text).Select(match => (match.Groups["how"].Value == "ask" ? "GET" : "POST", match.Groups["path"].Value.Split('?')[0]));

    /// <summary>Every script with the options that follow it on its line.</summary>
    public IEnumerable<(string Script, string[] Options)> Scripts =>
        from match in Ran().Matches(Text)
        select (match.Groups["script"].Value, Option().Matches(match.Groups["rest"].Value).Select(option => option.Value).ToArray());

    public IEnumerable<string> Links => Linked().Matches(Text).Select(match => match.Groups["to"].Value).Where(to => !to.StartsWith("http", StringComparison.Ordinal));

    public IEnumerable<string> Anchors => Heading().Matches(Text).Select(match =>
        NotInAnchors().Replace(match.Groups["title"].Value.ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"^```sh\n(?<lines>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"\s+#\s.*$|^#.*$", RegexOptions.None, 1000)]
    private static partial Regex Comment();

    [GeneratedRegex(@"(?<=^|`)(?<how>ask|order) ""?(?<path>[a-z][\w$/.?=&-]*)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Called();

    [GeneratedRegex(@"(?<![\w.-])(?<script>[\w-]+\.sh)(?<rest>[^`|\n]*)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Ran();

    [GeneratedRegex(@"(?<![\w-])--[a-z]+(-[a-z]+)*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Option();

    [GeneratedRegex(@"\]\((?<to>[^)]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Linked();

    [GeneratedRegex(@"^##+ (?<title>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^a-z0-9 -]", RegexOptions.None, 1000)]
    private static partial Regex NotInAnchors();
}
