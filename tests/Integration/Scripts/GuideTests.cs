using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Integration.Tests.EndToEnd.Rig;
using Sophia.Keda.Reactor.Integration.Tests.Homes;

namespace Sophia.Keda.Reactor.Integration.Tests.Scripts;

/// <summary>Whoever is paged at night copies these commands: each must name what there is, and those that only look must work.</summary>
public sealed partial class GuideTests
{
    private const string Runbook = "infra/keda/RUNBOOK.md";
    private const string Troubleshooting = "infra/keda/TROUBLESHOOTING.md";

    public static TheoryData<string> Both => new(Runbook, Troubleshooting);

    [Theory]
    [MemberData(nameof(Both))]
    public void Every_call_of_the_reactor_is_a_route_that_is_served(string path)
    {
        var calls = new Guide(path).Calls.ToList();

        Assert.NotEmpty(calls);
        Assert.All(calls, call => Assert.Contains(RouteTable.Rows, row => row.Method == call.Method && Fits(row.Route, call.Path)));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Every_script_is_there_and_knows_the_options_that_are_shown(string path)
    {
        var scripts = new Guide(path).Scripts.ToList();

        Assert.NotEmpty(scripts);
        Assert.All(scripts, shown =>
        {
            var text = Shipped.Text($"{Terminal.ScriptFolder}/{shown.Script}") + Shipped.Text($"{Terminal.ScriptFolder}/lib.sh");
            Assert.All(shown.Options, option => Assert.Contains($" {option}", text, StringComparison.Ordinal));
        });
    }

    [Theory]
    [MemberData(nameof(Both))]
    public void Every_link_leads_somewhere(string path) => Assert.All(new Guide(path).Links, link =>
    {
        var (file, anchor) = link.Split('#') is [var left, var right] ? (left, right) : (link, "");
        var to = file.Length == 0 ? path : Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Shipped.PathOf(path))!, file)));
        Assert.True(Shipped.Has(to), $"{path} links to {link}");
        if (anchor.Length > 0) Assert.Contains(anchor, new Guide(to).Anchors);
    });

    [TheoryWithProgram("kubectl")]
    [MemberData(nameof(Both))]
    public async Task Every_command_that_only_looks_works_against_a_cluster_with_the_reactor(string path)
    {
        var commands = new Guide(path).Commands.Where(LooksOnly).ToList();
        Assert.NotEmpty(commands);
        await using var rig = await GuardedCluster.StartAsync();
        await rig.UntilAsync("a first probe", async () => (await rig.Client.TryGetAsync("breakers")).Status == 200);
        using var terminal = new Terminal();
        var words = new Guide(Runbook).Commands.Where(line => line.StartsWith("ask()", StringComparison.Ordinal) || line.StartsWith("export NS", StringComparison.Ordinal));
        terminal.Environment["REACTOR_URL"] = rig.Client.Address.AbsoluteUri.TrimEnd('/');
        terminal.Environment["REACTOR_KEY"] = Client.KeyOf("operator");
        using (rig.InRealTime())
        {
            // One shell for all: -f makes curl fail on an answer that is an error.
            var script = string.Join('\n',
            [
                "set -uo pipefail", $"kubectl() {{ command kubectl --server={rig.Kubernetes.Address} \"$@\"; }}", "curl() { command curl -f \"$@\"; }", .. words,
                .. commands.Select(command => $"{{ {command}; }} >/dev/null || echo 'does not work: {command.Replace("'", "'\\''")}'"),
            ]);
            var said = await terminal.RunAsync("bash", ["-c", script]);
            said.Ended(0);
            Assert.DoesNotContain("does not work", said.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_runbook_explains_every_page_that_the_reactor_can_send()
    {
        var runbook = new Guide(Runbook).Text;
        var sources = Directory.GetFiles(Shipped.PathOf("shared/Core/Deciding"), "*.cs").Select(File.ReadAllText).ToList();
        var causes = sources.SelectMany(text => CauseTitle().Matches(text)).Select(match => match.Groups["title"].Value).ToList();
        var notices = sources.Where(text => Notice().IsMatch(text)).Select(text => NoticeTitles(text).ToList()).ToList();

        Assert.Equal(9, causes.Count);
        Assert.InRange(notices.Count, 10, 20);
        Assert.DoesNotContain(notices, titles => titles.Count == 0); // written in a way that this test can't read

        // Of a title with a hole in it the longest piece of words.
        Assert.All(causes.Concat(notices.SelectMany(titles => titles)), title =>
            Assert.Contains(Hole().Split(title).MaxBy(piece => piece.Length)!.Trim(), runbook, StringComparison.Ordinal));
        Assert.Contains("platform@sophia-intel-ai.com", runbook, StringComparison.Ordinal);
        Assert.Contains("#platform-keda", runbook, StringComparison.Ordinal);
    }

    [Fact]
    public void Troubleshooting_goes_from_the_symptom_by_why_to_commands_and_a_fix()
    {
        var text = new Guide(Troubleshooting).Text;
        var sections = Section().Split(text).Skip(1).ToList();

        Assert.Equal(10, sections.Count);
        Assert.All(sections, section =>
        {
            Assert.Contains("Symptom: ", section, StringComparison.Ordinal);
            Assert.Contains("```sh\n", section, StringComparison.Ordinal);
        });
    }

    /// <summary>What a target can be told to be, or to wait for: whoever reads it at night finds it here.</summary>
    [Fact]
    public void Troubleshooting_explains_every_reason_that_why_can_give()
    {
        var text = new Guide(Troubleshooting).Text;
        var reasons = Enum.GetNames<Core.Reason>().Where(name => OfATarget().IsMatch(name) && name is not "GatePassed").ToList();

        Assert.InRange(reasons.Count, 35, 60);
        Assert.All(reasons, reason => Assert.Contains($"`{reason}`", text, StringComparison.Ordinal));
        // And no other, by a name that it had before.
        Assert.All(Named().Matches(text).Select(match => match.Groups["name"].Value), name => Assert.Contains(name, Enum.GetNames<Core.Reason>()));
    }

    [Fact]
    public void Every_setting_of_the_policy_that_a_guide_names_is_in_READMEs_table()
    {
        var settings = new[] { Runbook, Troubleshooting }.SelectMany(path => Setting().Matches(new Guide(path).Text)).Select(match => match.Groups["name"].Value).ToList();

        Assert.NotEmpty(settings);
        Assert.All(settings, name => Assert.Matches($@"\| {Regex.Escape(name)}(\[\])? \|", Shipped.Text("README.md")));
    }

    /// <summary>A notice's title: a literal, two to choose from, or a variable that was set before.</summary>
    private static IEnumerable<string> NoticeTitles(string source) => Notice().Matches(source).Select(call => call.Groups["title"].Value)
        .SelectMany(written => written == "title" ? Chosen().Matches(source).Select(match => match.Value) : [written])
        .SelectMany(written => Literal().Matches(Hole().Replace(written, "{}"))).Select(match => match.Groups["words"].Value);

    private static bool Fits(string route, string path)
    {
        var (left, right) = (route.Split('/'), path.Split('/'));
        return left.Length == right.Length && left.Zip(right).All(pair => pair.First[0] == '{' || pair.First == pair.Second);
    }

    /// <summary>Pods, which the sandbox has not, are looked at by logs and rollouts; NAME and ID are people's to fill in.</summary>
    private static bool LooksOnly(string command) =>
        (Kubectl().IsMatch(command) || command.StartsWith("ask ", StringComparison.Ordinal)) && !Placeholder().IsMatch(command);

    [GeneratedRegex(@"^kubectl (-n \S+ )?(get|describe|auth) ", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Kubectl();

    [GeneratedRegex(@"\b(NAME|ID)\b|externalsecret", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^        Cause\.\w+ => ""(?<title>[^""]+)"",$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CauseTitle();

    [GeneratedRegex(@"Notices\.(Open|Say)\(draft, .*?, cause(: null)?, (?<title>.+), new NoticeWords", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Notice();

    /// <summary>Only what is the title itself: of a pair the first.</summary>
    [GeneratedRegex(@"(?<=var (title|\(title, \w+\)) = [^;]*[?:] \(?)\$?""[^\n]*?""(?=[,;\n])", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Chosen();

    [GeneratedRegex(@"""(?<words>[^""]+)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Literal();

    [GeneratedRegex(@"\{[^}]*\}", RegexOptions.None, 1000)]
    private static partial Regex Hole();

    [GeneratedRegex("^(Target(Tripped|LeftAlone|Gone|Moved)|Frozen|Fallback|PauseRefused|PausedByOthers|ForeignHpa|PutBack|ReplicaCap|Gate|Handback|Held|CanaryMoves)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OfATarget();

    [GeneratedRegex("`(?<name>(Target|Frozen|Fallback|Pause|Foreign|PutBack|Replica|Gate|Handback|Held|Canary|Blind)[A-Z]?[A-Za-z]*)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Named();

    [GeneratedRegex(@"`(?<name>(limits|recovery|thresholds)\.[a-z_]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Setting();

    [GeneratedRegex(@"^## ", RegexOptions.Multiline, 1000)]
    private static partial Regex Section();
}
