using Azure.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;
using Sophia.Keda.Reactor.Telemetry;

namespace Sophia.Keda.Reactor.Azure.Tests;

public sealed class ApplicationInsightsTests
{
    [Fact]
    public void Without_a_connection_string_nothing_is_added()
    {
        var services = new ServiceCollection();

        Assert.Null(ApplicationInsights.Add(services, new ConfigurationBuilder().Build()));
        Assert.Empty(services);
    }

    [Fact]
    public void With_one_there_is_a_tracer_that_exports()
    {
        var services = new ServiceCollection();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            // Loopback: nothing leaves this machine.
            [ApplicationInsights.ConnectionString] = "InstrumentationKey=11111111-2222-3333-4444-555555555555;IngestionEndpoint=https://127.0.0.1:1/",
        }).Build();

        Assert.NotNull(ApplicationInsights.Add(services, configuration));
        using var made = services.BuildServiceProvider();
        Assert.NotNull(made.GetRequiredService<TracerProvider>());
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("Authorization=None", false)]
    [InlineData("ClientId=11111111-2222-3333-4444-555555555555", false)]
    [InlineData("Authorization=AAD", true)]
    [InlineData("authorization=aad; clientid=11111111-2222-3333-4444-555555555555;", true)]
    [InlineData("Authorization=AAD;ClientId=", true)]
    public void An_identity_proves_who_sends_only_where_the_platforms_setting_says_so(string? setting, bool identity) =>
        Assert.Equal(identity, ApplicationInsights.CredentialOf(setting) is ManagedIdentityCredential);
}
