using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Contracts.Tests.Settings;

public sealed class LiveSecretsTests : IDisposable
{
    private const string Old = "the-old-key-of-ops";
    private const string New = "the-new-key-of-ops";

    private static readonly Dictionary<string, string?> Start = new()
    {
        ["Keys:Operator"] = Old,
        ["Keys:Viewer"] = "the-key-of-a-viewer",
        ["Memory:Key"] = "the-old-memory-key",
        ["Kubernetes:Server"] = "https://10.0.0.1",
        ["Kubernetes:Token"] = "old-token",
        ["State:Redis:Endpoints"] = "127.0.0.1",
        ["Pages:Slack:WebhookUrl"] = "https://hooks.slack.com/services/old",
        ["Pages:PagerDuty:RoutingKey"] = new('o', 32),
    };

    private readonly IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection(Start).Build();
    private readonly Lines log = new();
    private readonly LiveSecrets secrets;

    public LiveSecretsTests() => secrets = new LiveSecrets(
        ReactorSettings.Load(configuration, new Exposure(true, "loopback")).Secrets, configuration, new LoggerFactory([log]).CreateLogger<LiveSecrets>());

    public void Dispose() => secrets.Dispose();

    [Fact]
    public void A_new_key_counts_without_a_restart_and_the_old_one_until_it_goes()
    {
        Reload(("Keys:Operator", $"{New},{Old}"));
        Assert.Equal("key:operator#1", secrets.Keys.Find(New)?.Principal);
        Assert.Equal("key:operator#2", secrets.Keys.Find(Old)?.Principal);

        Reload(("Keys:Operator", New));
        Assert.Null(secrets.Keys.Find(Old));
        Assert.Equal("key:operator#1", secrets.Keys.Find(New)?.Principal);
    }

    [Fact]
    public void Every_secret_is_new_for_who_asked_for_it_before()
    {
        LiveSecret[] held = [secrets.MemoryKey, secrets.KubernetesToken, secrets.RedisPassword, secrets.SlackWebhookUrl, secrets.PagerDutyRoutingKey];

        Reload(
            ("Memory:Key", "the-new-memory-key,the-old-memory-key"), ("Kubernetes:Token", "new-token"), ("State:Redis:Password", "new,with a comma"),
            ("Pages:Slack:WebhookUrl", "https://hooks.slack.com/services/new"), ("Pages:PagerDuty:RoutingKey", $"{new string('n', 32)},{new string('o', 32)}"));

        Assert.Equal(
            ["the-new-memory-key the-old-memory-key", "new-token", "new,with a comma", "https://hooks.slack.com/services/new", $"{new string('n', 32)} {new string('o', 32)}"],
            held.Select(secret => string.Join(' ', secret.All.Select(value => value.Reveal()))));
        Assert.Equal(5, log.Count(line => line.Contains("was reloaded", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Keys:Operator", "sneaky")]
    [InlineData("Keys:Operator", "sneaky-key-1-of-3-xx,sneaky-key-2-of-3-xx,sneaky-key-3-of-3-xx")]
    [InlineData("Keys:Operator", "the-key-of-a-viewer")]
    [InlineData("Memory:Key", "sneaky")]
    [InlineData("Kubernetes:Token", "sneaky token")]
    [InlineData("Kubernetes:Token", "sneaky-new,sneaky-old")]
    [InlineData("Pages:Slack:WebhookUrl", "https://hooks.slack.com/sneaky,https://hooks.slack.com/sneaky-old")]
    [InlineData("Pages:Slack:WebhookUrl", "http://sneaky.example")]
    [InlineData("Pages:PagerDuty:RoutingKey", "sneaky")]
    public void A_value_that_can_not_be_used_changes_nothing_and_is_told_by_its_name_only(string name, string bad)
    {
        Reload((name, bad), ("State:Redis:Password", "new"));

        Assert.Equal(Start[name], name == "Keys:Operator" ? secrets.Keys.Find(Old) is null ? null : Old : OfName(name));
        Assert.Null(secrets.Keys.Find(bad.Split(',')[0]) is { Role: Reactor.Access.Role.Operator } opened ? opened : null);
        Assert.Contains(log, line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains(name, StringComparison.Ordinal));
        Assert.DoesNotContain(log, line => line.Contains("sneaky", StringComparison.Ordinal));
        // The others go on.
        Assert.Equal("new", Assert.Single(secrets.RedisPassword.All).Reveal());
    }

    [Theory]
    [InlineData("Keys:Operator")]
    [InlineData("Keys:Viewer")]
    [InlineData("Memory:Key")]
    [InlineData("Kubernetes:Token")]
    [InlineData("Pages:Slack:WebhookUrl")]
    [InlineData("Pages:PagerDuty:RoutingKey")]
    public void A_secret_that_is_gone_stays_in_use_and_that_is_said(string name)
    {
        Reload((name, ""));

        Assert.Equal(Start[name], name.StartsWith("Keys", StringComparison.Ordinal) ? secrets.Keys.Find(Start[name]!) is null ? null : Start[name] : OfName(name));
        Assert.StartsWith($"Warning: {name} is gone", Assert.Single(log));
    }

    [Fact]
    public void That_some_secret_has_another_value_is_told_once_and_not_when_none_has()
    {
        var told = 0;
        secrets.Changed += (_, _) => told++;

        Reload();
        Reload(("Kubernetes:Server", "https://10.0.0.2"), ("Memory:Key", "short"));
        Assert.Equal(0, told);

        Reload(("Kubernetes:Token", "new-token"), ("Pages:Slack:WebhookUrl", "https://hooks.slack.com/services/new"));
        Assert.Equal(1, told);
    }

    [Fact]
    public void A_second_value_that_appears_where_one_is_allowed_is_told_for_the_next_start_which_refuses_it()
    {
        Reload(("Pages:Slack:WebhookUrl:1", "https://hooks.slack.com/services/new"));

        Assert.Equal("Warning: Pages:Slack:WebhookUrl:1 was changed, which counts from the next start only", Assert.Single(log));
        Assert.Equal(Start["Pages:Slack:WebhookUrl"], OfName("Pages:Slack:WebhookUrl"));
    }

    [Fact]
    public void What_counts_from_the_next_start_only_says_so_once_and_without_its_value()
    {
        Reload(("Kubernetes:Server", "https://10.0.0.2"), ("Policy:Mode", "observe"));
        Reload();

        Assert.Equal(["Kubernetes:Server", "Policy:Mode"], log.Select(line => line.Split(' ')[1]));
        Assert.All(log, line => Assert.EndsWith("was changed, which counts from the next start only", line));
    }

    private string OfName(string name) => string.Join(' ', (name switch
    {
        "Memory:Key" => secrets.MemoryKey,
        "Kubernetes:Token" => secrets.KubernetesToken,
        "Pages:Slack:WebhookUrl" => secrets.SlackWebhookUrl,
        _ => secrets.PagerDutyRoutingKey,
    }).All.Select(value => value.Reveal()));

    private void Reload(params (string Name, string Value)[] changes)
    {
        foreach (var (name, value) in changes) configuration[name] = value;
        configuration.Reload();
    }

    private sealed class Lines : ConcurrentQueue<string>, ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Enqueue($"{logLevel}: {formatter(state, exception)}");

        public void Dispose() => Clear();
    }
}
