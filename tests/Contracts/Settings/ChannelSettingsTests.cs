using Microsoft.Extensions.Configuration;
using Sophia.Keda.Reactor.Contracts.Tests.Cluster;
using Sophia.Keda.Reactor.Contracts.Tests.State;
using Sophia.Keda.Reactor.Paging.Channels.Email;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Contracts.Tests.Settings;

/// <summary>Settings of the ways to people, and of what pages link to.</summary>
public sealed class ChannelSettingsTests : IDisposable
{
    private const string Key = "0123456789abcdef";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_channel_that_is_set_is_one_that_alert_channels_can_use()
    {
        var none = Load([]).Pages;
        var all = Load(new()
        {
            ["Pages:Slack:WebhookUrl"] = "https://hooks.slack.com/services/x",
            ["Pages:PagerDuty:RoutingKey"] = new string('a', 32),
            ["Pages:Email:Host"] = "smtp.example.org",
            ["Pages:Email:From"] = "KEDA <keda@example.org>",
            ["Pages:Email:To"] = "ana@example.org, ben@example.org",
            ["Pages:Webhook:Url"] = "https://hooks.example.org/x,y",
        }).Pages;

        Assert.Empty(none.Configured);
        Assert.Equal(["slack", "pagerduty", "email", "webhook"], all.Configured.ToArray());
        Assert.Equal("https://hooks.example.org/x,y", Assert.Single(all.Webhook!.Url.All).Reveal());
    }

    [Fact]
    public void That_nobody_is_paged_is_accepted_by_that_word_only()
    {
        Assert.False(Load([]).Pages.NobodyAccepted);
        Assert.True(Load(new() { ["Pages:None"] = "accepted" }).Pages.NobodyAccepted);
        var fault = Assert.Throws<SettingsException>(() => Load(new() { ["Pages:None"] = "true" }));
        Assert.Contains("Pages:None: found \"true\"; expected accepted", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 587, EmailTls.StartTls)]
    [InlineData("starttls", 587, EmailTls.StartTls)]
    [InlineData("implicit", 465, EmailTls.Implicit)]
    public void The_port_follows_the_way_unless_it_is_set(string? tls, int port, EmailTls expected)
    {
        var email = Load(Mail(("Tls", tls), ("User", "keda"), ("Password", "a,b"))).Pages.Email!;

        Assert.Equal((port, expected, "keda", "a,b"), (email.Port, email.Tls, email.User, email.Password!.All.Single().Reveal()));
        Assert.Equal(2525, Load(Mail(("Tls", tls), ("Port", "2525"))).Pages.Email!.Port);
        Assert.Equal((25, "localhost"), (Load(Mail(("Tls", "none"), ("Host", "localhost"))).Pages.Email is { } relay ? (relay.Port, relay.Host) : default));
    }

    [Theory]
    [InlineData("Host", null, "Pages:Email:Host: found nothing, and other settings of Pages:Email")]
    [InlineData("Host", "smtp.example.org:587", "without a port")]
    [InlineData("Host", "https://smtp.example.org", "the name or address of a mail server")]
    [InlineData("Host", "169.254.169.254", "no link-local or metadata address")]
    [InlineData("Port", "0", "a whole number from 1 to 65535")]
    [InlineData("Tls", "ssl", "starttls | implicit | none")]
    [InlineData("Tls", "none", "none is for a relay on loopback")]
    [InlineData("From", null, "Pages:Email:From: found nothing")]
    [InlineData("From", "keda", "an address such as")]
    [InlineData("From", "käda@example.org", "in ASCII")]
    [InlineData("To", null, "Pages:Email:To: found nothing")]
    [InlineData("To", "ana@example.org,nobody", "found \"nobody\"")]
    [InlineData("User", "keda", "Pages:Email:Password: found nothing, and the other one of the two")]
    [InlineData("Password", "p", "Pages:Email:User: found nothing, and the other one of the two")]
    [InlineData("CaFile", "/not/there", "which is not there")]
    [InlineData("Cc", "x@example.org", "a setting that nothing reads")]
    public void A_faulty_setting_of_mail_is_named_with_what_was_found_and_expected(string name, string? value, string says)
    {
        var fault = Assert.Throws<SettingsException>(() => Load(Mail((name, value))));

        Assert.Contains(says, Assert.Single(fault.Faults).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_CA_file_holds_certificates()
    {
        using var authority = new Certificates();
        var (good, bad) = (Path.Combine(folder.Path, "good.pem"), Path.Combine(folder.Path, "bad.pem"));
        File.WriteAllText(good, authority.AuthorityPem);
        File.WriteAllText(bad, "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n");

        Assert.Equal(good, Load(Mail(("CaFile", good))).Pages.Email!.CaFile);
        Assert.Contains("which holds no certificate", Assert.Throws<SettingsException>(() => Load(Mail(("CaFile", bad)))).Message);
    }

    [Theory]
    [InlineData("""{"text":"{{title}}"}""", null)]
    [InlineData("""{"text":"{{titel}}"}""", "{{titel}}, which no page has; expected a JSON document; in its strings {{id}}, {{kind}}")]
    [InlineData("""{"text":""", "with no JSON (line 1)")]
    public void A_template_is_read_at_the_start(string text, string? fault)
    {
        var path = Path.Combine(folder.Path, "template.json");
        File.WriteAllText(path, text);
        var settings = new Dictionary<string, string?> { ["Pages:Webhook:Url"] = "https://hooks.example.org/x", ["Pages:Webhook:Template"] = path };

        if (fault is null) Assert.NotNull(Load(settings).Pages.Webhook!.Template);
        else Assert.Contains(fault, Assert.Single(Assert.Throws<SettingsException>(() => Load(settings)).Faults).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Pages:Webhook:Url", "http://hooks.example.org/x", "Pages:Webhook:Url: found another value")]
    [InlineData("Pages:Webhook:Url", "https://169.254.169.254/latest", "Pages:Webhook:Url: found another value")]
    [InlineData("Pages:Slack:WebhookUrl", "https://[fe80::1]/x", "Pages:Slack:WebhookUrl: found another value")]
    [InlineData("Pages:Webhook:Secret", "a-signing-key-of-length", "Pages:Webhook:Url: found nothing, and other settings of Pages:Webhook")]
    [InlineData("Links:BaseUrl", "http://reactor.example.org", "https URL")]
    [InlineData("Links:BaseUrl", "https://reactor.example.org/?code=key", "without a key")]
    [InlineData("Links:BaseUrl", "https://user:pass@reactor.example.org/", "without a key")]
    [InlineData("Links:Runbook", "wiki", "https URL")]
    [InlineData("Links:AllowedHosts", "https://grafana.example.org", "names of hosts")]
    [InlineData("Links:Hosts", "grafana.example.org", "one of Links:AllowedHosts, Links:BaseUrl, Links:Runbook")]
    public void Any_other_faulty_setting_is_named_too(string name, string value, string says)
    {
        var fault = Assert.Throws<SettingsException>(() => Load(new() { [name] = value }));

        Assert.Contains(says, Assert.Single(fault.Faults).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Links_are_read_and_hosts_compared_in_lower_case()
    {
        var links = Load(new()
        {
            ["Links:BaseUrl"] = "https://reactor.example.org/keda", ["Links:Runbook"] = "https://wiki.example.org/?page=keda", ["Links:AllowedHosts"] = "Grafana.example.org, 10.0.0.1",
        }).Pages.Links;

        Assert.Equal(("https://reactor.example.org/keda", "https://wiki.example.org/?page=keda"), (links.BaseUrl?.AbsoluteUri, links.Runbook?.AbsoluteUri));
        Assert.Equal("grafana.example.org 10.0.0.1", string.Join(' ', links.AllowedHosts));
    }

    [Fact]
    public void No_fault_and_no_log_line_shows_a_secret()
    {
        var fault = Assert.Throws<SettingsException>(() => Load(new()
        {
            ["Pages:Webhook:Url"] = "http://hunter2", ["Pages:Webhook:Secret"] = "hunter2", ["Pages:PagerDuty:WebhookSecret"] = "hunter2", ["Pages:Email:Password"] = "hunter2",
        }));
        var good = Load(Mail(("User", "keda"), ("Password", "hunter2")));

        Assert.DoesNotContain("hunter2", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", $"{good} {good.Pages}", StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> Mail(params (string Name, string? Value)[] settings)
    {
        var all = new Dictionary<string, string?> { ["Pages:Email:Host"] = "smtp.example.org", ["Pages:Email:From"] = "keda@example.org", ["Pages:Email:To"] = "ana@example.org" };
        foreach (var (name, value) in settings) all[$"Pages:Email:{name}"] = value;
        return all;
    }

    private static ReactorSettings Load(Dictionary<string, string?> settings) => ReactorSettings.Load(
        new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(settings) { ["Keys:Operator"] = Key, ["Memory:Key"] = Key }).Build(),
        new Exposure(true, "loopback"));
}
