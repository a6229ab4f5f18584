using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Integration.Tests.Homes;

namespace Sophia.Keda.Reactor.Integration.Tests.Scripts;

public sealed partial class HelpTests
{
    public static TheoryData<string> Commands => new(Directory.GetFiles(Shipped.PathOf(Terminal.ScriptFolder), "*.sh")
        .Where(path => !File.ReadAllText(path).Contains("never run.", StringComparison.Ordinal)).Select(path => Path.GetFileName(path)));

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_names_every_option_that_the_script_knows_and_no_other(string script)
    {
        using var terminal = new Terminal();

        var help = await terminal.ScriptAsync(script, "--help");

        help.Ended(0);
        var own = Known().Matches(Shipped.Text($"{Terminal.ScriptFolder}/{script}")).SelectMany(match => Option().Matches(match.Value));
        var shared = Known().Matches(Shipped.Text($"{Terminal.ScriptFolder}/lib.sh")).SelectMany(match => Option().Matches(match.Value));
        var known = own.Concat(shared).Select(match => match.Value).ToHashSet();
        var told = Option().Matches(help.Text).Select(match => match.Value).ToHashSet();
        Assert.Contains("--dry-run", told);
        Assert.Subset(known, told);
        Assert.Empty(known.Except(told).Except(["--help", "--timeout"]));
        Assert.Contains("Exit code: 0", help.Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task An_option_that_nobody_knows_is_refused(string script)
    {
        using var terminal = new Terminal();

        var said = await terminal.ScriptAsync(script, "--dry-rum");

        said.Ended(2);
        Assert.Contains("unknown: --dry-rum", said.Text, StringComparison.Ordinal);
    }

    /// <summary>Else the run would not be dry, and its folder would have a strange name.</summary>
    [Theory]
    [InlineData("rollback-keda.sh", "--backup-dir")]
    [InlineData("rollback-keda.sh", "--restore")]
    [InlineData("rollback-keda.sh", "--namespace")]
    [InlineData("migrate.sh", "--state")]
    [InlineData("migrate.sh", "--manifests")]
    [InlineData("migrate.sh", "--first")]
    [InlineData("metrics-baseline.sh", "--out")]
    [InlineData("metrics-baseline.sh", "--compare")]
    [InlineData("metrics-baseline.sh", "--namespace")]
    [InlineData("validate-deployment.sh", "--context")]
    [InlineData("deploy-keda.sh", "--server")]
    public async Task An_option_without_its_value_does_not_swallow_the_next_one(string script, string option)
    {
        using var terminal = new Terminal();

        var said = await terminal.ScriptAsync(script, option, "--dry-run");

        said.Ended(2);
        Assert.Contains($"{option} needs ", said.Text, StringComparison.Ordinal);
        Assert.Contains("what follows is the option --dry-run", said.Text, StringComparison.Ordinal);
    }

    /// <summary>The left sides of a case over options.</summary>
    [GeneratedRegex(@"^ +(--[a-z-]+( \| )?)+( \| -h)?\)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Known();

    [GeneratedRegex(@"(?<![\w-])--[a-z]+(-[a-z]+)*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Option();
}
