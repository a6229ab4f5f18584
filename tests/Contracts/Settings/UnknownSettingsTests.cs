using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Contracts.Tests.Settings;

public sealed class UnknownSettingsTests
{
    private static readonly KeyValuePair<string, string?>[] Good = [new("Keys:Operator", "0123456789abcdef"), new("Memory:Key", "0123456789abcdef")];

    /// <summary>As the environment has them, where others have theirs too.</summary>
    [Theory]
    [InlineData("Page:Slack:WebhookUrl", "Pages:Slack:WebhookUrl")]
    [InlineData("PAGES:SLAK:WEBHOOKURL", "Pages:Slack:WebhookUrl")]
    [InlineData("Polcy:Mode", "Policy:Mode")]
    [InlineData("Stat:Path", "State:Path")]
    [InlineData("Key:Operator", "Keys:Operator")]
    [InlineData("Kuberentes:Namespaces", "Kubernetes:Namespaces")]
    [InlineData("Secret:Folder", "Secrets:Folder")]
    [InlineData("Foo:Slack:WebhookUrl", "Pages:Slack:WebhookUrl")]
    [InlineData("Stores:Redis:Endpoints", "State:Redis:Endpoints")]
    [InlineData("Reactor:Cluster:Name", "Cluster:Name")]
    [InlineData("Keys:Operater", "Keys:Operator")]
    [InlineData("Keys:Operater:0", "Keys:Operator")]
    public void A_mistyped_name_in_the_environment_is_refused_with_what_was_meant(string name, string meant)
    {
        var fault = Assert.Single(InEnvironment(name));

        Assert.Equal((name, "a setting that nothing reads"), (fault.Name, fault.Found));
        Assert.Equal($"a setting of local.settings.sample.json; did you mean {meant}? (one of another program has to go from this one's environment)", fault.Expected);
    }

    [Theory]
    [InlineData("npm_config:x")]
    [InlineData("Kestrel:Endpoints:Http:Url")]
    [InlineData("Logging:LogLevel:Default")]
    [InlineData("KUBERNETES_SERVICE_HOST")]
    [InlineData("KUBERNETES_PORT_443_TCP")]
    [InlineData("ConnectionStrings:Redis")]
    [InlineData("Serilog:MinimumLevel:Default")]
    [InlineData("MyApp:Name")]
    [InlineData("MyApp:Slack:Channel")]
    [InlineData("Polly:Retry:Count")]
    [InlineData("AzureWebJobsStorage:accountName")]
    [InlineData("AzureFunctionsJobHost:logging:logLevel:default")]
    [InlineData("languageWorkers:dotnet-isolated:workerDirectory")]
    [InlineData("Functions:Worker:WorkerId")]
    [InlineData("STATE")]
    [InlineData("PAGE")]
    [InlineData("Pages_Slack_WebhookUrl")]
    public void What_other_programs_have_in_the_environment_is_nobody_s_fault(string name) => Assert.Empty(InEnvironment(name));

    /// <summary>The Functions host starts the worker with flags that are not ours, which .NET's reader puts among the settings.</summary>
    [Fact]
    public void The_command_line_of_the_worker_is_nobody_s_fault()
    {
        string[] line =
        [
            "--host", "127.0.0.1", "--port", "41234", "--workerId", "w", "--requestId", "r", "--grpcMaxMessageLength", "2147483647",
            "--functions-uri", "http://127.0.0.1:41234/", "--functions-worker-id", "w", "--functions-request-id", "r",
        ];

        Assert.Empty(Faults([new CommandLineConfigurationSource { Args = line }]));
    }

    [Theory]
    [InlineData("Page:Slack:WebhookUrl", "did you mean Pages:Slack:WebhookUrl?")]
    [InlineData("npm_config:x", "a setting of local.settings.sample.json")]
    [InlineData("Insecur", "did you mean Insecure?")]
    [InlineData("AzureWebJobStorage", "did you mean AzureWebJobsStorage?")]
    [InlineData("Listen:Prt", "did you mean Listen:Port?")]
    [InlineData("Keda:Everything", "one of Keda:Namespace, Keda:OperatorDeployment")]
    [InlineData("Digest:Zone", "removed in 0.9; use ")]
    public void Where_every_name_was_meant_for_us_any_unknown_one_is_refused(string name, string says)
    {
        var fault = Assert.Single(Faults([new OnlyHere(name)]));

        Assert.Equal(name, fault.Name);
        Assert.Contains(says, fault.Expected, StringComparison.Ordinal);
        Assert.Contains(says.Contains("removed", StringComparison.Ordinal) ? "a value" : "a setting that nothing reads, here", fault.Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_*")]
    [InlineData("FUNCTIONS_EXTENSION_VERSION", "FUNCTIONS_*")]
    [InlineData("AzureWebJobsStorage", "AzureWebJobs*")]
    [InlineData("AzureWebJobsStorage:accountName", "AzureWebJobs*")]
    [InlineData("AzureWebJobs.Reconcile.Disabled", "AzureWebJobs*")]
    [InlineData("AzureFunctionsJobHost:logging:logLevel:default", "AzureFunctionsJobHost:*")]
    [InlineData("WEBSITE_HOSTNAME", "WEBSITE_*")]
    [InlineData("ASPNETCORE_ENVIRONMENT", "ASPNETCORE_*")]
    [InlineData("DOTNET_gcServer", "DOTNET_*")]
    [InlineData("APPLICATIONINSIGHTS_CONNECTION_STRING", "APPLICATIONINSIGHTS_*")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_*")]
    [InlineData("AZURE_CLIENT_ID", "AZURE_*")]
    [InlineData("urls", "Urls")]
    [InlineData("listen:port", "Listen:Port")]
    [InlineData("Logging:LogLevel:Default", "Logging:*")]
    public void The_host_s_own_settings_may_stand_there_too_and_README_names_them(string name, string inReadme)
    {
        Assert.Empty(Faults([new OnlyHere(name)]));
        Assert.Contains($"`{inReadme}`", File.ReadAllText("README.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_host_has_none_of_its_own_they_are_refused_too() =>
        Assert.Single(Faults([new OnlyHere("WEBSITE_AUTH_ENABLED") { HoldsHosts = false }]));

    [Fact]
    public void A_name_that_is_in_both_is_told_once_and_all_are_told_at_once()
    {
        var faults = Faults([new OnlyHere("Page:Slack:WebhookUrl", "Polcy:Mode")], new("Page:Slack:WebhookUrl", "x"), new("Stat:Path", "x"), new("Policy:Mode", "x"));

        Assert.Equal(["Page:Slack:WebhookUrl", "Polcy:Mode", "Policy:Mode", "Stat:Path"], faults.Select(fault => fault.Name).Order(StringComparer.Ordinal));
        Assert.Contains("here", faults.Single(fault => fault.Name.StartsWith("Page:", StringComparison.Ordinal)).Found, StringComparison.Ordinal);
    }

    private static ImmutableArray<SettingsFault> InEnvironment(string name) => Faults([], new KeyValuePair<string, string?>(name, "x"));

    private static ImmutableArray<SettingsFault> Faults(IEnumerable<IConfigurationSource> sources, params KeyValuePair<string, string?>[] foreign)
    {
        var builder = new ConfigurationBuilder().AddInMemoryCollection(Good).AddInMemoryCollection(foreign);
        foreach (var source in sources) builder.Add(source);
        try
        {
            ReactorSettings.Load(builder.Build(), new Exposure(true, "loopback"));
            return [];
        }
        catch (SettingsException refused)
        {
            return refused.Faults;
        }
    }

    private sealed class OnlyHere(params string[] names) : ConfigurationProvider, IConfigurationSource, IOnlySettings
    {
        public IEnumerable<string> Names => Data.Keys;

        public string Unknown => "a setting that nothing reads, here";

        public bool HoldsHosts { get; init; } = true;

        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public override void Load() => Data = names.ToDictionary(name => name, string? (_) => "x", StringComparer.OrdinalIgnoreCase);
    }
}
