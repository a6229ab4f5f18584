using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Integration.Tests;

public sealed class CommandLineTests : IDisposable
{
    private static readonly string[] Good = ["--port", "0", "--Insecure", "true", "--Kubernetes:Server", "http://127.0.0.1:1"];

    private readonly string folder = Directory.CreateTempSubdirectory("reactor-line-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("--prot 7098", "--prot: found a flag that nothing reads; expected --port N, or a setting as --Section:Name VALUE; --help says more; did you mean --port?")]
    [InlineData("--prot=7098", "--prot: found a flag that nothing reads; expected --port N, or")]
    [InlineData("--everything", "--everything: found a flag that nothing reads; expected --port N, or a setting as --Section:Name VALUE; --help says more")]
    [InlineData("--Foo:Bar x", "Foo:Bar: found a setting that nothing reads, on the command line; expected a setting of local.settings.sample.json")]
    [InlineData("--Page__Slack__WebhookUrl=x", "Page:Slack:WebhookUrl: found a setting that nothing reads, on the command line; expected a setting of local.settings.sample.json; did you mean Pages:Slack:WebhookUrl?")]
    [InlineData("--Cluster:Name", "--Cluster:Name: found no value; expected --Cluster:Name VALUE")]
    [InlineData("--Cluster:Name --Policy:Mode observe", "--Cluster:Name: found no value; expected --Cluster:Name VALUE")]
    [InlineData("--Cluster:Name our cluster", "the command line: found a stray word, number 9; expected --port N")]
    [InlineData("--port 65536", "--port: found \"65536\"; expected a number from 0 to 65535")]
    [InlineData("--Digest:Zone Etc/UTC", "Digest:Zone: found a value; expected nothing: removed in 0.9")]
    public void What_the_host_does_not_know_is_refused_with_what_was_expected(string line, string says)
    {
        var fault = Assert.Single(Faults([.. Good, .. line.Split(' ')]));

        Assert.StartsWith(says, fault.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verfy-audit", "verfy-audit: found a stray word; expected verify-audit, --port N, or a setting as --Section:Name VALUE; --help says more; did you mean verify-audit?")]
    [InlineData("-port", "-port: found a stray word; expected verify-audit, --port N, or a setting as --Section:Name VALUE; --help says more; did you mean --port?")]
    [InlineData("Memory:Key=a-secret-that-nobody-may-see", "Memory:Key: found a stray word; expected verify-audit, --port N")]
    public void A_stray_first_word_is_no_command(string word, string says)
    {
        var fault = Assert.Single(Faults([word, .. Good]));

        Assert.StartsWith(says, fault.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("a-secret", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_rest_of_a_secret_is_not_said() =>
        Assert.DoesNotContain("hunter2", Assert.Single(Faults([.. Good, "--Memory:Key", "the-first-word-of-it", "hunter2"])).ToString(), StringComparison.Ordinal);

    [Fact]
    public async Task All_faults_of_the_line_the_file_and_the_settings_are_told_at_once()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "local.settings.json"), """
            { "Values": { "FUNCTIONS_WORKER_RUNTIME": "dotnet-isolated", "Page__Slack__WebhookUrl": "", "npm_config_x": "1", "Policy:Mode": "looking" } }
            """);

        Assert.Equal(
            ["--port", "--prot", "Page:Slack:WebhookUrl", "Policy:Mode", "npm_config_x", "the command line"],
            Faults(["--port", "many", "--prot", "1", "stray", "--Insecure", "true"]).Select(fault => fault.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_value_may_begin_with_dashes_or_hold_an_equals_sign_and_names_may_have_underscores()
    {
        await using var host = StandaloneHost.Build(new StandaloneOptions
        {
            Args = [.. Good, "--Cluster__Name=--ours--", "--State:Path", "a=b.db", "--policy:mode", "observe"],
            ContentRoot = folder,
            Logging = _ => { },
            Configure = services => services.AddSingleton<IStateStore>(new FakeStore()).AddSingleton(new FakeLoop().Access),
        });
        var settings = host.Services.GetRequiredService<ReactorSettings>();

        Assert.Equal(("--ours--", "a=b.db", PolicyMode.Observe), (settings.ClusterName, settings.Store.Path, settings.Policy.Mode));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("--port 7098 --help")]
    [InlineData("verify-audit --help")]
    public void Help_says_commands_port_settings_and_exit_codes(string line)
    {
        var help = HelpText.Of(line.Split(' '))!;

        foreach (var named in (string[])["verify-audit", "--port N", "--version", "local.settings.json", "Cluster__Name=", "--Cluster:Name production", "Secrets:Folder", "local.settings.sample.json", "Exit codes:"])
            Assert.Contains(named, help, StringComparison.Ordinal);
        Assert.All(help.Split('\n'), text => Assert.InRange(text.Length, 0, 110));
    }

    [Theory]
    [InlineData(typeof(StandaloneHost), "verify-audit")]
    [InlineData(typeof(Sandbox.Cluster.SandboxCluster), "--scenario")]
    public async Task Both_programs_say_help_and_the_one_version_and_refuse_what_they_do_not_know(Type program, string help)
    {
        var version = VersionOfBuild();

        var (code, said) = await RunAsync(program, "--version");
        Assert.Equal(0, code);
        Assert.Matches($@"^{version.Replace(".", @"\.")}(\+[0-9a-f]{{40}})?\s*$", said);
        (code, said) = await RunAsync(program, "--help");
        Assert.Equal(0, code);
        Assert.Contains(help, said, StringComparison.Ordinal);
        (code, said) = await RunAsync(program, "--prot", "7098");
        Assert.InRange(code, 1, 2);
        Assert.Contains("--prot", said, StringComparison.Ordinal);
    }

    private static string VersionOfBuild() =>
        System.Xml.Linq.XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("Version").Single().Value;

    private async Task<(int Code, string Said)> RunAsync(Type program, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program.Assembly.Location, .. args])
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var said = await process.StandardOutput.ReadToEndAsync() + await errors;
        await process.WaitForExitAsync();
        return (process.ExitCode, said);
    }

    private ImmutableArray<SettingsFault> Faults(string[] args) =>
        Assert.Throws<SettingsException>(() => StandaloneHost.Build(new StandaloneOptions { Args = args, ContentRoot = folder, Logging = _ => { } })).Faults;
}
