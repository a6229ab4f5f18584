using Microsoft.Extensions.DependencyInjection;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Functions.Standalone;
using Sophia.Keda.Reactor.Integration.Tests.Fakes;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Integration.Tests;

public sealed class ChannelsAtStartTests
{
    private const string Slack = "http://127.0.0.1:1/slack";

    private static Policy PolicyOf(params (string Name, string? Value)[] settings)
    {
        var all = new Dictionary<string, string?>(RunningHost.Keys) { ["Kubernetes:Server"] = "http://127.0.0.1:1", ["Pages:None"] = null };
        foreach (var (name, value) in settings)
            all[name] = value;
        return StandaloneHost.Build(new StandaloneOptions { Settings = all, Port = 0 }).Services.GetRequiredService<Policy>();
    }

    private static string PolicyFile(string text)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>As the source documents write it.</summary>
    private static string AllThree => PolicyFile("monitoring:\n  alert_channels:\n    - slack\n    - pagerduty\n    - email\n");

    [Fact]
    public void In_act_mode_without_any_channel_the_start_is_refused_with_the_ways_out()
    {
        var fault = Assert.Throws<SettingsException>(() => PolicyOf());

        Assert.Contains("Pages: found no channel, while Policy:Mode is act", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Policy:Mode=observe", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Pages:None=accepted", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Policy:Mode", "observe")]
    [InlineData("Pages:None", "accepted")]
    public void It_starts_when_it_only_observes_or_that_is_accepted(string name, string value) =>
        Assert.Empty(PolicyOf((name, value)).AlertChannels);

    [Fact]
    public void A_policy_that_names_only_what_is_not_configured_reaches_nobody_and_is_refused_too()
    {
        var fault = Assert.Throws<SettingsException>(() => PolicyOf(("Pages:Slack:WebhookUrl", Slack), ("Policy:File", PolicyFile("monitoring: {alert_channels: [email]}"))));

        Assert.Contains("none of the channels that alert_channels names (email)", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void By_default_every_configured_channel_is_paged_and_none_is_missed() =>
        Are(["slack"], [], PolicyOf(("Pages:Slack:WebhookUrl", Slack)));

    [Fact]
    public void The_source_documents_list_of_three_loads_and_those_that_are_configured_are_paged() =>
        Are(["slack"], ["pagerduty", "email"], PolicyOf(("Pages:Slack:WebhookUrl", Slack), ("Policy:File", AllThree)));

    [Fact]
    public async Task A_named_channel_that_is_not_configured_is_said_by_health_metrics_and_the_test_page()
    {
        await using var host = await RunningHost.StartAsync(new(RunningHost.Keys) { ["Policy:File"] = AllThree });

        using var health = await host.SendAsync("GET", "health", "viewer");
        Assert.Contains("alert_channels names email, which is not configured here: it gets no pages", await health.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var metrics = await host.SendAsync("GET", "metrics", "viewer");
        var text = await metrics.Content.ReadAsStringAsync();
        Assert.Contains("reactor_channel_unconfigured{cluster=\"test\",channel=\"slack\"} 0", text, StringComparison.Ordinal);
        Assert.Contains("reactor_channel_unconfigured{cluster=\"test\",channel=\"email\"} 1", text, StringComparison.Ordinal);
        Assert.DoesNotContain("reactor_pages_dead{cluster=\"test\",channel=\"email\"}", text, StringComparison.Ordinal);
        using var test = await host.SendAsync("POST", "pages/test", "operator", """{"reason":"proof","by":"ana"}""");
        var tested = (await RunningHost.JsonOf(test))["channels"]!.AsArray().ToDictionary(one => (string)one!["channel"]!, one => ((string)one!["status"]!, (string)one["detail"]!));
        Assert.Equal(("final", "alert_channels names it, and it is not configured here: it gets no pages"), tested["email"]);
        Assert.Equal(["email", "pagerduty", "slack"], tested.Keys.Order(StringComparer.Ordinal));
    }

    private static void Are(string[] paged, string[] unconfigured, Policy policy)
    {
        Assert.Equal(paged, policy.AlertChannels.ToArray());
        Assert.Equal(unconfigured, policy.UnconfiguredChannels.ToArray());
    }
}
