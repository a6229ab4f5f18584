using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Settings;

public sealed class ReactorSettingsTests
{
    private const string Key = "0123456789abcdef";

    private static readonly Exposure Loopback = new(true, "loopback");

    private static readonly Dictionary<string, string?> Good = new() { ["Keys:Operator"] = Key, ["Memory:Key"] = Key };

    [Fact]
    public void What_is_not_set_has_its_default()
    {
        var settings = Load(Good);

        Assert.Equal(("default", "reactor.db", "*/30 * * * * *", "*/10 * * * * *"),
            (settings.ClusterName, settings.Store.Path, settings.ReconcileSchedule, settings.Pages.Schedule));
        Assert.Equal((PolicyEnvironment.Production, PolicyMode.Act, false),
            (settings.Policy.Environment, settings.Policy.Mode, settings.Insecure));
        Assert.Null(settings.Kubernetes.Server);
        Assert.Equal("https://events.pagerduty.com/v2/enqueue", settings.Pages.PagerDutyUrl.AbsoluteUri);
    }

    [Fact]
    public void Every_setting_is_read()
    {
        var settings = Load(new(Good)
        {
            ["Cluster:Name"] = "prod",
            ["Kubernetes:Server"] = "https://10.0.0.1:6443",
            ["Kubernetes:Token"] = "t",
            ["Kubernetes:Namespaces"] = "sophia-mesh, artemis-mesh",
            ["Keda:Namespace"] = "kube-system",
            ["Keda:OperatorDeployment"] = "keda-operator",
            ["Policy:Environment"] = "staging",
            ["Policy:Mode"] = "observe",
            ["State:Path"] = "/data/r.db",
            ["Pages:Slack:WebhookUrl"] = "https://hooks.slack.com/services/x",
            ["Pages:PagerDuty:RoutingKey"] = new string('a', 32),
            ["Reconcile:Schedule"] = "00:00:10",
        });

        Assert.Equal(("prod", "/data/r.db", "00:00:10"), (settings.ClusterName, settings.Store.Path, settings.ReconcileSchedule));
        Assert.Equal("sophia-mesh artemis-mesh", string.Join(' ', settings.Kubernetes.Namespaces));
        Assert.Equal(("t", "https://10.0.0.1:6443/"), (settings.Kubernetes.Token?.Reveal(), settings.Kubernetes.Server?.AbsoluteUri));
        Assert.Equal(new KedaSettings("kube-system", "keda-operator"), settings.Keda);
        Assert.Equal(new PolicySettings(null, PolicyEnvironment.Staging, PolicyMode.Observe), settings.Policy);
        Assert.Equal("00:00:10", settings.ScheduleOf("%Reconcile:Schedule%"));
        Assert.Equal(new string('a', 32), settings.Pages.PagerDutyRoutingKey?.Reveal());
    }

    [Fact]
    public void A_silent_Watchdog_is_told_after_ten_minutes_and_with_several_instances_only_when_asked_for()
    {
        var shared = new Dictionary<string, string?>(Good) { ["State:Redis:Endpoints"] = "localhost" };

        Assert.Equal(TimeSpan.FromMinutes(10), Load(Good).LongestSilence);
        Assert.Equal(TimeSpan.FromMinutes(3), Load(new(Good) { ["Watchdog:LongestSilence"] = "3m" }).LongestSilence);
        Assert.Null(Load(new(Good) { ["Watchdog:LongestSilence"] = "off" }).LongestSilence);
        Assert.Null(Load(shared).LongestSilence);
        Assert.Equal(TimeSpan.FromMinutes(3), Load(new(shared) { ["Watchdog:LongestSilence"] = "3m" }).LongestSilence);
    }

    [Fact]
    public void The_trail_has_its_defaults_and_its_settings()
    {
        var (none, all) = (Load(Good), Load(new(Good)
        {
            ["State:AuditRetention"] = "30",
            ["Audit:EventGrid:Endpoint"] = "https://topic.westeurope-1.eventgrid.azure.net/api/events",
            ["Audit:EventGrid:Key"] = "topic-key",
        }));

        Assert.Equal((400, null), (none.Store.Limits.AuditRetention.Days, none.Audit.EventGrid));
        Assert.Equal((30, "topic-key"), (all.Store.Limits.AuditRetention.Days, all.Audit.EventGrid?.Key?.Now?.Reveal()));
    }

    [Fact]
    public void The_sample_is_taken_by_a_Functions_host_on_a_laptop_which_nothing_else_would_tell_that_it_is_one()
    {
        using var sample = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "local.settings.sample.json")));
        var values = sample.RootElement.GetProperty("Values").EnumerateObject().ToDictionary(value => value.Name, value => value.Value.GetString());

        Assert.True(ReactorSettings.Load(Configured(values), Exposure.OfFunctionApp(Configured(values))).Insecure);

        values.Remove("AZURE_FUNCTIONS_ENVIRONMENT");
        var fault = Assert.Throws<SettingsException>(() => ReactorSettings.Load(Configured(values), Exposure.OfFunctionApp(Configured(values))));
        Assert.Contains("Insecure: found true while reachable from elsewhere", fault.Message, StringComparison.Ordinal);

        static IConfiguration Configured(Dictionary<string, string?> values) => new ConfigurationBuilder().AddInMemoryCollection(values).Build();
    }

    public static TheoryData<string, string?, string> Faults => new()
    {
        { "Kubernetes:Server", "10.0.0.1", "https URL" },
        { "Kubernetes:Server", "http://10.0.0.1", "https URL" },
        { "Kubernetes:Namespaces", "ok,Not Ok", "Not Ok" },
        { "Policy:File", "/not/there", "/not/there" },
        { "Policy:Environment", "prod", "dev | staging | production" },
        { "Policy:Mode", "1", "act | observe" },
        { "Pages:Slack:WebhookUrl", "http://hooks.slack.com/x", "https URL" },
        { "Pages:PagerDuty:RoutingKey", "short", "5 characters" },
        { "Pages:PagerDuty:Url", "https://example.org", "without Pages:PagerDuty:RoutingKey" },
        { "Pages:Schedule", "* * * * *", "six NCRONTAB fields" },
        { "Reconcile:Schedule", "often", "six NCRONTAB fields" },
        { "Memory:Key", "short", "5 characters" },
        { "Memory:Key", "", "Memory:Key: found nothing" },
        { "Insecure", "yes", "true | false" },
        { "Insecure", "true", "only one of the two" },
        { "Keys:Operator", "short", "a key of 5 characters" },
        { "Keys:Operator", Key + "1," + Key + "2," + Key + "3", "3 values" },
        { "Keys:Viewer", Key, "Keys:Viewer and Keys:Operator" },
        { "Keys:Operator", "", "Keys: found no key" },
        { "Keys:Operater", Key, "a setting that nothing reads" },
        { "Keda:Namespaces", "x", "did you mean Keda:Namespace?" },
        { "Pages:Teams:Url", "x", "a setting that nothing reads" },
        { "Cluster:Name", "a\nb", "printable" },
        { "Keys:Operator", Key + ",short", "Keys:Operator:1: found a key of 5 characters" },
        { "Memory:Key", Key + ",short", "Memory:Key:1: found 5 characters" },
        { "Memory:Key", Key + "," + Key + "," + Key, "3 values; expected at most 2, the new one and the old one" },
        { "Memory:Key:1", Key, "Memory:Key: found a value, and Memory:Key:1 too" },
        { "Pages:PagerDuty:RoutingKey:1", "short", "Pages:PagerDuty:RoutingKey:1: found 5 characters" },
        { "Watchdog:LongestSilence", "10", "a duration like 10m, or off" },
        { "Watchdog:LongestSilense", "10m", "a setting that nothing reads" },
        { "Secrets:Folder", "/not/there", "Secrets:Folder: found \"/not/there\", which is not there" },
        { "Secrets:Path", "/run/secrets", "a setting that nothing reads" },
        { "State:Durability", "best", "strict | standard | relaxed" },
        { "State:Redis:Endpoints", "redis:66000", "host or host:port" },
        { "State:Redis:Tls", "true", "State:Redis:Endpoints: found nothing" },
        { "State:Redis:Replicas", "many", "a whole number from 0 to 10" },
        { "State:Redis:Replicas", "2", "State:Redis:Endpoints: found nothing" },
        { "State:AuditRetention", "29", "a whole number from 30 to 36500" },
        { "Audit:Schedule", "*/10 * * * * *", "Audit:Schedule: found a value; expected nothing: removed in 0.9; use Pages:Schedule" },
        { "Audit:EventGrid:Endpoint", "http://topic.example/api/events", "https URL" },
        { "Audit:EventGrid:Endpoint", "https://topic.example/api/events", "a topic without a proof" },
        { "Audit:EventGrid:Key", "k", "Audit:EventGrid:Endpoint: found nothing, and a key" },
        { "Digest:Schedule", "0 9 * * 1", "removed in 0.9; use GET /api/kpis" },
        { "Prometheus:Token", "x", "removed in 0.9; use the recording rules" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_faulty_setting_is_named_with_what_was_found_and_expected(string name, string? value, string says)
    {
        var fault = Assert.Throws<SettingsException>(() => Load(new(Good) { [name] = value }));

        Assert.Contains(says, fault.Message, StringComparison.Ordinal);
        Assert.Single(fault.Faults);
    }

    [Theory]
    [InlineData("redis.prod:6380", null, true)]
    [InlineData("127.0.0.1:6379, localhost, [::1]:7000", null, false)]
    [InlineData("127.0.0.1:6379,redis.prod", null, true)]
    [InlineData("redis.prod", "false", false)]
    [InlineData("127.0.0.1", "true", true)]
    public void Redis_is_encrypted_unless_it_is_on_this_machine_or_the_settings_say_otherwise(string endpoints, string? tls, bool encrypted)
    {
        var settings = Load(new(Good)
        {
            ["State:Redis:Endpoints"] = endpoints, ["State:Redis:Tls"] = tls, ["State:Redis:Password"] = "p", ["State:Redis:Replicas"] = "1",
            ["State:Durability"] = "strict",
        });

        var redis = settings.Store.Redis!;
        Assert.Equal((encrypted, "p", 1, Durability.Strict), (redis.Tls, redis.Password!.All[0].Reveal(), redis.Replicas, redis.Limits.Durability));
        Assert.Equal(endpoints, string.Join(endpoints.Contains(", ", StringComparison.Ordinal) ? ", " : ",", redis.Endpoints));
    }

    [Fact]
    public void Contradictory_settings_of_redis_are_named()
    {
        var fault = Assert.Throws<SettingsException>(() => Load(new(Good) { ["State:Redis:Endpoints"] = "127.0.0.1", ["State:Path"] = "r.db" }));

        Assert.Contains("only one of the two", Assert.Single(fault.Faults).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_refused_on_azure_whose_disk_goes_with_each_instance()
    {
        var azure = new Exposure(Private: false, "deployed to Azure", OnAzure: true);

        var fault = Assert.Throws<SettingsException>(() => Load(Good, azure));
        Assert.Contains("State:Path: found SQLite on Azure", Assert.Single(fault.Faults).ToString(), StringComparison.Ordinal);

        Assert.NotNull(Load(new(Good) { ["State:Redis:Endpoints"] = "cache.example:10000" }, azure).Store.Redis);
    }

    [Theory]
    [InlineData("Development", null, null, false)]
    [InlineData("Development", "instance", null, true)]
    [InlineData("Development", null, "FlexConsumption", true)]
    [InlineData("Production", null, null, true)]
    [InlineData(null, null, null, true)]
    public void A_function_app_is_taken_for_deployed_unless_core_tools_say_otherwise(string? environment, string? instance, string? sku, bool deployed)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = environment, ["WEBSITE_INSTANCE_ID"] = instance, ["WEBSITE_SKU"] = sku,
        }).Build();

        var exposure = Exposure.OfFunctionApp(configuration);

        Assert.Equal((!deployed, deployed), (exposure.Private, exposure.OnAzure));
    }

    [Fact]
    public void All_faults_are_named_at_once()
    {
        var fault = Assert.Throws<SettingsException>(
            () => Load(new() { ["Policy:Mode"] = "x", ["Reconcile:Schedule"] = "x", ["Keda:X"] = "x" }));

        Assert.Equal(["Keda:X", "Keys", "Memory:Key", "Policy:Mode", "Reconcile:Schedule"],
            fault.Faults.Select(f => f.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_fault_shows_a_secret()
    {
        var fault = Assert.Throws<SettingsException>(() => Load(new()
        {
            ["Keys:Operator"] = "hunter2",
            ["Memory:Key"] = "hunter2",
            ["Pages:Slack:WebhookUrl"] = "http://hunter2",
            ["Pages:PagerDuty:RoutingKey"] = "hunter2",
        }));

        Assert.Equal(4, fault.Faults.Length);
        Assert.DoesNotContain("hunter2", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_can_be_written_to_a_log_without_their_secrets() =>
        Assert.DoesNotContain(Key, Load(Good).ToString(), StringComparison.Ordinal);

    [Fact]
    public void A_comma_belongs_to_a_secret_of_one_value_and_parts_those_that_may_be_two()
    {
        var settings = Load(new(Good)
        {
            ["Memory:Key"] = null, ["Memory:Key:0"] = Key + "-new", ["Memory:Key:1"] = Key + "-old", ["Keys:Operator"] = $"{Key}-1,{Key}-2",
            ["Pages:PagerDuty:RoutingKey"] = $"{new string('n', 32)},{new string('o', 32)}",
            ["State:Redis:Endpoints"] = "127.0.0.1", ["State:Redis:Password"] = "one, password",
            ["Pages:Webhook:Url"] = "https://hooks.example.org/a,b", ["Pages:Webhook:Secret"] = "a signing key, with a comma",
        });

        Assert.Equal((Key + "-new", new string('n', 32)), (settings.MemoryKey!.Reveal(), settings.Pages.PagerDutyRoutingKey!.Reveal()));
        Assert.Equal(2, settings.Secrets.Keys[Reactor.Access.Role.Operator].Length);
        Assert.Equal(
            ["one, password", "https://hooks.example.org/a,b", "a signing key, with a comma"],
            new[] { settings.Store.Redis!.Password!, settings.Pages.Webhook!.Url, settings.Pages.Webhook.SigningKey! }.Select(secret => Assert.Single(secret.All).Reveal()));
    }

    /// <summary>Each secret that was two values until 0.9, as it was written then.</summary>
    public static TheoryData<string, string> TwoOfOne => new()
    {
        { "Kubernetes:Token", "new-token,old-token" },
        { "Kubernetes:Token:1", "old-token" },
        { "Audit:EventGrid:Key", "new-key,old-key" },
        { "Audit:EventGrid:Key:0", "new-key" },
        { "State:Redis:Password:1", "old" },
        { "Pages:Slack:WebhookUrl", "https://hooks.slack.com/x,https://hooks.slack.com/y" },
        { "Pages:Slack:WebhookUrl:1", "https://hooks.slack.com/y" },
        { "Pages:Email:Password:1", "old" },
        { "Pages:Webhook:Url", "https://hooks.example.org/x, https://hooks.example.org/y" },
        { "Pages:Webhook:Url:0", "https://hooks.example.org/y" },
        { "Pages:Webhook:Secret:1", "the-signing-key-before" },
    };

    [Theory]
    [MemberData(nameof(TwoOfOne))]
    public void Two_values_of_a_secret_that_is_one_are_refused_with_what_to_do_and_without_a_value(string name, string two)
    {
        var told = Assert.Throws<SettingsException>(() => Load(new(Good) { [name] = two })).Faults.Select(fault => fault.ToString()).ToList();

        var said = Assert.Single(told, fault => fault.StartsWith($"{name}: ", StringComparison.Ordinal));
        Assert.Contains("one value: two at once were removed in 0.9; replace it in its file", said, StringComparison.Ordinal);
        Assert.All(told, fault => Assert.All(two.Split(',', StringSplitOptions.TrimEntries), value => Assert.DoesNotContain($"\"{value}", fault, StringComparison.Ordinal)));
    }

    [Fact]
    public void Without_keys_only_loopback_may_be_listened_on()
    {
        var insecure = new Dictionary<string, string?> { ["Insecure"] = "true" };
        var open = new Exposure(false, "it listens on http://*:80");

        Assert.True(Load(insecure).Insecure);
        Assert.Contains("http://*:80", Assert.Throws<SettingsException>(() => ReactorSettings.Load(Configuration(insecure), open)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_bare_word_in_the_environment_is_somebody_else_s() =>
        Load(new(Good) { ["STATE"] = "California", ["KEYS"] = "x", ["Other:Thing"] = "x" });

    private static ReactorSettings Load(Dictionary<string, string?> values, Exposure? exposure = null)
    {
        var configuration = Configuration(values);
        return ReactorSettings.Load(configuration, exposure ?? Loopback, SecretsFolder.AddTo(new ConfigurationBuilder(), configuration));
    }

    private static IConfigurationRoot Configuration(Dictionary<string, string?> values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values).Build();
}

