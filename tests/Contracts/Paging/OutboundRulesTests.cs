using System.Net;
using System.Net.Sockets;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Paging.Channels;
using Sophia.Keda.Reactor.Paging.Channels.Email;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

public sealed class OutboundRulesTests
{
    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("169.254.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%3")]
    [InlineData("febf::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("100.100.100.200")]
    [InlineData("168.63.129.16")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("224.0.0.1")]
    [InlineData("ff02::1")]
    [InlineData("255.255.255.255")]
    public void No_page_goes_to(string address) => Assert.True(OutboundRules.IsForbidden(IPAddress.Parse(address)));

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("10.0.0.1")]
    [InlineData("192.168.1.1")]
    [InlineData("169.253.255.255")]
    [InlineData("fec0::1")]
    [InlineData("2001:db8::1")]
    [InlineData("64:ff9b::a00:1")]
    public void A_page_may_go_to(string address) => Assert.False(OutboundRules.IsForbidden(IPAddress.Parse(address)));

    [Theory]
    [InlineData("https://hooks.example.org/x", true)]
    [InlineData("https://10.1.2.3/x", true)]
    [InlineData("http://127.0.0.1:8002/x", true)]
    [InlineData("http://[::1]:8002/x", true)]
    [InlineData("http://localhost/x", true)]
    [InlineData("http://hooks.example.org/x", false)]
    [InlineData("http://127.0.0.1.example.org/x", false)]
    [InlineData("https://169.254.169.254/latest/meta-data", false)]
    [InlineData("https://2852039166/latest", false)]
    [InlineData("https://0xa9fea9fe/latest", false)]
    [InlineData("https://[::ffff:169.254.169.254]/", false)]
    [InlineData("https://[fe80::1]/", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("gopher://example.org/", false)]
    public void Addresses_of_settings_are_https_and_of_no_metadata_service(string url, bool allowed) =>
        Assert.Equal(allowed, OutboundRules.Allows(new Uri(url)));

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("fe80::1")]
    [InlineData("::ffff:169.254.169.254")]
    public async Task A_name_that_stands_for_a_link_local_address_gets_no_page(string address)
    {
        using var http = PageHttp.Create(resolve: (_, _) => Task.FromResult(new[] { IPAddress.Parse(address) }));
        var slack = new SlackChannel(http, new SlackSettings { WebhookUrl = "https://hooks.example.org/services/secret-part" });

        var result = await slack.SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal((SendStatus.Retry, "hooks.example.org was not connected to: it stands for a link-local or metadata address, where no page may go"), (result.Status, result.Detail));
    }

    [Fact]
    public async Task Of_several_addresses_the_allowed_ones_are_used()
    {
        await using var server = await LoopbackServer.StartAsync();
        using var http = PageHttp.Create(resolve: (_, _) => Task.FromResult(new[] { IPAddress.Parse("169.254.169.254"), IPAddress.Loopback }));
        var slack = new SlackChannel(http, new SlackSettings { WebhookUrl = $"http://localhost:{server.Url("/").Port}/hook" });

        Assert.Equal(SendStatus.Delivered, (await slack.SendAsync(Pages.Full, CancellationToken.None)).Status);
    }

    [Fact]
    public async Task Nothing_unencrypted_leaves_this_machine_whatever_localhost_stands_for()
    {
        using var http = PageHttp.Create(resolve: (_, _) => Task.FromResult(new[] { IPAddress.Parse("192.0.2.1") }));
        var slack = new SlackChannel(http, new SlackSettings { WebhookUrl = "http://localhost:9/hook" });

        var result = await slack.SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal(SendStatus.Retry, result.Status);
        Assert.Contains("not on this machine", result.Detail);
    }

    [Fact]
    public async Task Mail_goes_by_the_same_rules()
    {
        var mail = new EmailSettings { Host = "smtp.example.org", Port = 587, From = "a@example.org", To = ["b@example.org"] };
        var channel = new EmailChannel(mail, TimeProvider.System, resolve: (_, _) => Task.FromResult(new[] { IPAddress.Parse("169.254.169.254") }));

        var result = await channel.SendAsync(Pages.Full, CancellationToken.None);

        Assert.Equal((SendStatus.Retry, "smtp.example.org was not connected to: it stands for a link-local or metadata address, where no page may go"), (result.Status, result.Detail));
        Assert.Throws<ArgumentException>(() => new EmailChannel(mail with { Tls = EmailTls.None }, TimeProvider.System));
    }

    [Fact]
    public async Task A_name_that_nobody_knows_is_tried_again()
    {
        using var http = PageHttp.Create(resolve: (_, _) => Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound)));
        var slack = new SlackChannel(http, new SlackSettings { WebhookUrl = new Secret("https://hooks.example.org/services/x") });

        Assert.Equal(SendStatus.Retry, (await slack.SendAsync(Pages.Full, CancellationToken.None)).Status);
    }
}
