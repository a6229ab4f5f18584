using System.Text.Json;
using System.Text.RegularExpressions;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Contracts.Tests.Azure;

/// <summary>What the function app is deployed with, against what the app knows: it would refuse an unknown setting at start.</summary>
public sealed partial class DeployedSettingsTests
{
    /// <summary>Read by the platform or by Azure's libraries, never by us; whatever else looks like these is a mistake.</summary>
    private static readonly Dictionary<string, string> PlatformSettings = new(StringComparer.Ordinal)
    {
        ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = "where telemetry goes",
        ["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] = "as which identity the host sends it; local auth is off",
        ["AZURE_CLIENT_ID"] = "which identity DefaultAzureCredential takes",
        ["AzureWebJobsStorage__blobServiceUri"] = "where the leases of singleton timers are",
        ["AzureWebJobsStorage__credential"] = "an identity and no connection string",
        ["AzureWebJobsStorage__clientId"] = "which identity",
    };

    private static readonly BicepFile Main = AzureFolder.Bicep("main.bicep");

    [Fact]
    public void Every_setting_that_the_app_knows_is_set_or_has_its_reason_in_the_README_and_no_other_is()
    {
        using var sample = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "local.settings.sample.json")));
        var known = sample.RootElement.GetProperty("Values").EnumerateObject().Select(s => s.Name);
        var readme = AzureFolder.Read("README.md");
        var reasons = from row in ReasonRow().Matches(readme[readme.IndexOf("## Settings that are not set here", StringComparison.Ordinal)..])
                      from name in Quoted().Matches(row.Groups["names"].Value)
                      select name.Groups["name"].Value;
        var told = Settings().Select(name => name.Replace("__", ":", StringComparison.Ordinal)).Concat(reasons);
        Assert.Equal(known.Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_file_that_a_setting_names_goes_with_the_package()
    {
        var app = Path.Combine(AzureFolder.InRepository(), "..", "..", "functions", "Azure");
        var project = File.ReadAllText(Assert.Single(Directory.GetFiles(app, "*.csproj")));
        foreach (var file in Allowed("policyFile").Concat(Allowed("webhookTemplate")).Where(file => file.Length > 0).Select(Regex.Escape))
            Assert.Matches($"""infra/azure/{file}" Link="{file}"\s[^>]*CopyToPublishDirectory="PreserveNewest" />""", project);
    }

    [Fact]
    public void Every_setting_of_the_platform_has_its_reason()
    {
        var app = AzureFolder.Bicep("modules/app.bicep").Find("var", "platform")!.Body;
        Assert.Equal(PlatformSettings.Keys.Order(StringComparer.Ordinal), BicepText.Keys(app, app.IndexOf('{')).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_a_secret_comes_from_the_vault_only()
    {
        var app = Main.Find("module", "app")!.Body;
        var plain = ObjectsIn(app, "    settings: union(");
        Assert.DoesNotContain(plain, name => SecretSetting().IsMatch(name));
        Assert.All(ObjectsIn(app, "    vaultSettings: union("), name => Assert.Matches(SecretSetting(), name));
        var vaulted = ObjectsIn(app, "    vaultSettings: union(").Select(name => name.Replace("__", "--", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        var made = EntryName().Matches(string.Concat(AzureFolder.AllBicep().Where(f => f.Key is "main.bicep" or "modules/redis.bicep").Select(f => f.Value))).Select(m => m.Groups["entry"].Value);
        Assert.Equal(vaulted, made.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Stages_and_modes_are_the_ones_that_the_policy_knows()
    {
        Assert.Equal(Enum.GetNames<PolicyEnvironment>().Select(Lower), Allowed("stage"));
        Assert.Equal(Enum.GetNames<PolicyMode>().Select(Lower).Order(StringComparer.Ordinal), Allowed("policyMode").Order(StringComparer.Ordinal));
        Assert.Equal(AzureFolder.Stages, Allowed("stage"));
    }

    [Fact]
    public void Every_stage_has_the_same_sizes_and_each_is_used()
    {
        var read = SizeRead().Matches(Main.Text).Select(m => m.Groups["size"].Value).Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.All(AzureFolder.Stages, stage =>
        {
            using var sizes = JsonDocument.Parse(AzureFolder.Read($"environments/{stage}.json"));
            Assert.Equal(read, sizes.RootElement.EnumerateObject().Select(s => s.Name).Order(StringComparer.Ordinal));
            Assert.Contains($"{stage}: loadJsonContent('environments/{stage}.json')", Main.Text, StringComparison.Ordinal);
            // Flex wants two in each group then.
            Assert.True(!sizes.RootElement.GetProperty("zoneRedundant").GetBoolean() || sizes.RootElement.GetProperty("alwaysReadyHttp").GetInt32() > 1);
        });
    }

    [Fact]
    public void The_parameter_file_names_the_declared_parameters_and_no_secret_has_a_value_in_it()
    {
        using var file = JsonDocument.Parse(AzureFolder.Read("main.parameters.json"));
        var given = file.RootElement.GetProperty("parameters").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetProperty("value").GetString()!, StringComparer.Ordinal);
        var declared = Main.Of("param").Where(p => p.Default?.Contains("newGuid()", StringComparison.Ordinal) != true).Select(p => p.Name);
        Assert.Equal(declared.Order(StringComparer.Ordinal), given.Keys.Order(StringComparer.Ordinal));
        // Only from azd's environment; unset ones are left out by azd, and Bicep's default holds.
        Assert.All(given, p => Assert.Matches(FromEnvironment(), p.Value));
        Assert.Equal(given.Count, given.Values.Distinct(StringComparer.Ordinal).Count());
    }


    private static IEnumerable<string> Settings()
    {
        var app = Main.Find("module", "app")!.Body;
        return [.. ObjectsIn(app, "    settings: union("), .. ObjectsIn(app, "    vaultSettings: union(")];
    }

    /// <summary>The keys of the objects that are arguments of a call.</summary>
    private static List<string> ObjectsIn(string body, string call)
    {
        var begin = body.IndexOf(call, StringComparison.Ordinal);
        Assert.True(begin >= 0, $"there is no \"{call.Trim()}\"");
        var end = body.IndexOf("\n    )", begin, StringComparison.Ordinal);
        var arguments = body[begin..end];
        var keys = new List<string>();
        var names = BicepText.NamesOnly(arguments);
        for (var at = names.IndexOf('{'); at >= 0; at = names.IndexOf('{', names.IndexOf('}', at)))
            keys.AddRange(BicepText.Keys(arguments, at));
        return keys;
    }

    private static IEnumerable<string> Allowed(string param) =>
        Main.Find("param", param)!.Decorators.Single(d => d.StartsWith("@allowed", StringComparison.Ordinal)).Split('\'').Where((_, i) => i % 2 == 1);

    private static string Lower(string name) => name.ToLowerInvariant();

    [GeneratedRegex(@"(Keys|Memory)__|Password$|WebhookUrl$|RoutingKey$|WebhookSecret$|Webhook__(Url|Secret)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SecretSetting();

    [GeneratedRegex(@"name: '(?<entry>\w+(--\w+)+)'", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex EntryName();

    [GeneratedRegex(@"\bsize\.(?<size>\w+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SizeRead();

    [GeneratedRegex(@"^\$\{(AZURE|REACTOR)_[A-Z_]+\}$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FromEnvironment();

    [GeneratedRegex(@"^\| (?<names>`[^|]+`) \| [^|]+ \|$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ReasonRow();

    [GeneratedRegex("`(?<name>[^`]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Quoted();
}
