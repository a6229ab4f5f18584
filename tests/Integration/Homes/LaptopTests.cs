using System.Text.RegularExpressions;

namespace Sophia.Keda.Reactor.Integration.Tests.Homes;

/// <summary>The README's second section: every command of it, as far as it can be checked without Core Tools.</summary>
public sealed partial class LaptopTests
{
    private static readonly string Section = SectionText().Match(Shipped.Text("README.md")).Value;

    private static readonly IReadOnlyList<string> Commands =
        [.. Section.Split('\n').Where(line => line.StartsWith("    ", StringComparison.Ordinal)).Select(line => line.Split(" # ")[0].Trim())];

    [Fact]
    public void It_takes_ten_commands_at_most() => Assert.InRange(Commands.Count, 1, 10);

    [Fact]
    public void The_commands_are_those_that_were_tried_with_the_real_tools()
    {
        Assert.Contains("cp local.settings.sample.json local.settings.json", Commands);
        Assert.Contains("npx azurite", Commands);
        Assert.Contains("func start --script-root functions/Azure", Commands);
        Assert.Contains("func start --script-root functions/Azure", Shipped.Text("tests/azure.sh"), StringComparison.Ordinal);
        Assert.DoesNotContain(Commands, command => command.Contains("export", StringComparison.Ordinal) || Assignment().IsMatch(command));
    }

    [Fact]
    public void What_the_section_names_is_there() => Assert.All(
        Named().Matches(Section).Select(match => match.Groups["path"].Value),
        path => Assert.True(Shipped.Has(path), $"the section names {path}, which is not there"));

    [Fact]
    public void Every_route_that_is_asked_is_served()
    {
        var asked = Asked().Matches(Section).Select(match => match.Groups["route"].Value).ToList();
        Assert.NotEmpty(asked);
        Assert.All(asked, route => Assert.Contains(RouteTable.Rows, row => row.Route == route));
        var timers = Fired().Matches(Section).Select(match => match.Groups["name"].Value).ToList();
        Assert.NotEmpty(timers);
        Assert.All(timers, name => Assert.Contains(RouteTable.Rows, row => row.Name == name && row.Method == "timer"));
    }

    [GeneratedRegex(@"^## The same on a laptop$.*?(?=^## )", RegexOptions.Multiline | RegexOptions.Singleline, 1000)]
    private static partial Regex SectionText();

    [GeneratedRegex(@"^\w+=", RegexOptions.None, 1000)]
    private static partial Regex Assignment();

    [GeneratedRegex(@"(?<path>\b(?:tests|infra)/[\w./-]*\w|local\.settings\.sample\.json)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Named();

    [GeneratedRegex(@":7071/api/(?<route>[\w/]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Asked();

    [GeneratedRegex(@":7071/admin/functions/(?<name>\w+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Fired();
}
