using Microsoft.Extensions.Configuration;
using Sophia.Keda.Reactor.Policies;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Contracts.Tests.Settings;

public sealed class RemovedSettingsTests
{
    /// <summary>A row a row of <see cref="RemovedSettings"/>, by a name that it covers, with the first words of what to use.</summary>
    public static TheoryData<string, string> Rows => new()
    {
        { "Audit:Schedule", "Pages:Schedule" },
        { "Digest:Schedule", "GET /api/kpis and the Grafana dashboard" },
        { "digest:zone", "GET /api/kpis and the Grafana dashboard" },
        { "Pages:PagerDuty:WebhookSecret", "POST /api/incidents/{id}/ack" },
        { "Pages:PagerDuty:WebhookSecret:1", "POST /api/incidents/{id}/ack" },
        { "Prometheus:Url", "the recording rules and the Grafana dashboard" },
        { "Prometheus:Queries:QueueDepth", "the recording rules and the Grafana dashboard" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_removed_setting_is_refused_and_what_to_use_instead_is_said(string name, string use)
    {
        var read = new SettingsReader(new ConfigurationBuilder().AddInMemoryCollection([new(name, "a secret of old")]).Build());

        read.RefuseUnknown();

        Assert.StartsWith($"{name}: found a value; expected nothing: removed in 0.9; use {use}", Assert.Single(read.Faults).ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_file_of_the_secrets_folder_for_a_removed_setting_is_told_the_same()
    {
        using var mount = new SecretMount(new() { ["Prometheus__Token"] = "a secret of old" });
        var builder = new ConfigurationBuilder();
        SecretsFolder.AddTo(builder, new ConfigurationBuilder().AddInMemoryCollection([new(SecretsFolder.Setting, mount.Path)]).Build());
        var read = new SettingsReader(builder.Build());

        read.RefuseUnknown();

        Assert.Contains("removed in 0.9; use the recording rules", Assert.Single(read.Faults).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Digest")]
    [InlineData("Digests:Schedule")]
    [InlineData("Pages:Schedule")]
    public void What_was_never_removed_is_not_told_so(string name) => Assert.Null(RemovedSettings.Of(name));

    [Fact]
    public void A_removed_key_of_a_policy_file_is_refused_with_its_place_and_what_to_use_and_is_suggested_to_nobody()
    {
        var faults = new FaultList();
        var section = new Section("").Add("kept", (_, _) => { }).Removed("gone", "something better");
        foreach (var node in PolicyYaml.Read("kept: 1\ngone:\n  below: 2\ngonne: 3", mark => new Place("p.yaml", mark.Line, mark.Column), faults))
            section.Read(node, new SettingSink(faults));

        var told = Assert.Throws<PolicyException>(faults.ThrowIfAny).Faults;

        Assert.Equal("p.yaml(2,1): found 'gone', expected nothing: removed in 0.9; use something better", told[0]);
        Assert.Equal("p.yaml(4,1): found 'gonne', expected one of kept at the top", Assert.Single(told[1..]));
    }
}
