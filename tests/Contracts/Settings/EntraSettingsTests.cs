using Microsoft.Extensions.Configuration;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Contracts.Tests.Settings;

public sealed class EntraSettingsTests
{
    private const string Id = "11111111-2222-3333-4444-55555555555A";

    private static readonly Dictionary<string, string?> Good = new()
    {
        ["Keys:Operator"] = "0123456789abcdef",
        ["Memory:Key"] = "0123456789abcdef",
        ["Entra:Tenant"] = Id,
        ["Entra:Audience"] = "api://reactor, 11111111-0000-0000-0000-000000000000",
        ["Entra:Senders"] = $"{Id},4962773b-9cdb-44cf-a8bf-237846a00ab7",
    };

    [Fact]
    public void Without_any_of_them_there_is_no_Entra() =>
        Assert.Null(Load(Good.Where(s => !s.Key.StartsWith("Entra", StringComparison.Ordinal)).ToDictionary()).Entra);

    [Fact]
    public void Ids_know_no_case_and_the_authority_is_the_public_cloud_s()
    {
        var entra = Load(Good).Entra!;

        Assert.Equal((Id.ToLowerInvariant(), "https://login.microsoftonline.com/"), (entra.Tenant, entra.Authority.AbsoluteUri));
        Assert.Equal("api://reactor 11111111-0000-0000-0000-000000000000", string.Join(' ', entra.Audiences));
        Assert.Equal($"{Id.ToLowerInvariant()} 4962773b-9cdb-44cf-a8bf-237846a00ab7", string.Join(' ', entra.Senders));
    }

    [Fact]
    public void Another_cloud_s_authority_may_lack_its_slash() =>
        Assert.Equal("https://login.example/base/", Load(new(Good) { ["Entra:Authority"] = "https://login.example/base" }).Entra?.Authority.AbsoluteUri);

    public static TheoryData<string, string?, string> Faults => new()
    {
        { "Entra:Tenant", null, "the tenant's id" },
        { "Entra:Tenant", "contoso.onmicrosoft.com", "the tenant's id" },
        { "Entra:Audience", null, "App ID URI" },
        { "Entra:Senders", null, "application ids" },
        { "Entra:Senders", "Event Grid", "application ids" },
        { "Entra:Authority", "http://login.example/", "https URL" },
        { "Entra:Authority", "https://login.example/?x=1", "an address such as" },
        { "Entra:Secret", "x", "Entra:Tenant" },
        { "Insecure", "true", "only one of the two" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void What_can_not_be_meant_is_refused_at_start(string name, string? value, string expected)
    {
        var fault = Assert.Throws<SettingsException>(() => Load(new(Good) { [name] = value }));

        Assert.Contains(fault.Faults, f => f.Name == name && f.Expected.Contains(expected, StringComparison.Ordinal));
    }

    private static ReactorSettings Load(Dictionary<string, string?> settings) =>
        ReactorSettings.Load(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), new Exposure(true, "loopback"));
}
