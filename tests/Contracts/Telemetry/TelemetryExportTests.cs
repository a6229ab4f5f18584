using Azure.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Trace;
using Sophia.Keda.Reactor.Settings;
using Sophia.Keda.Reactor.Telemetry;

namespace Sophia.Keda.Reactor.Contracts.Tests.Telemetry;

public sealed class TelemetryExportTests
{
    [Fact]
    public void Without_a_connection_string_nothing_is_added()
    {
        var services = new ServiceCollection();

        Assert.Null(TelemetryExport.Add(services, new ConfigurationBuilder().Build()));
        Assert.Empty(services);
    }

    [Fact]
    public void With_one_there_is_a_tracer_that_exports()
    {
        var services = new ServiceCollection();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            // Loopback: nothing leaves this machine.
            [TelemetryExport.ConnectionString] = "InstrumentationKey=11111111-2222-3333-4444-555555555555;IngestionEndpoint=https://127.0.0.1:1/",
        }).Build();

        Assert.NotNull(TelemetryExport.Add(services, configuration));
        using var made = services.BuildServiceProvider();
        Assert.NotNull(made.GetRequiredService<TracerProvider>());
    }

    [Fact]
    public void A_collector_without_an_address_is_refused_with_the_variables_name()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [TelemetryExport.LogsEndpoint] = "http://collector:4318/" }).Build();
        Assert.NotNull(TelemetryExport.Add(new ServiceCollection(), configuration));

        configuration[TelemetryExport.LogsEndpoint] = "collector:4318";
        Assert.Contains(TelemetryExport.LogsEndpoint, Assert.Throws<SettingsException>(() => TelemetryExport.Add(new ServiceCollection(), configuration)).Message);
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
        Assert.Equal(identity, TelemetryExport.CredentialOf(setting) is ManagedIdentityCredential);
}
