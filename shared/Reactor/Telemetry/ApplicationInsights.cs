using Azure.Core;
using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;

namespace Sophia.Keda.Reactor.Telemetry;

/// <summary>OpenTelemetry to Application Insights, by the two settings that the Functions host reads for itself.</summary>
public static class ApplicationInsights
{
    public const string ConnectionString = "APPLICATIONINSIGHTS_CONNECTION_STRING";

    /// <summary>"Authorization=AAD", or "Authorization=AAD;ClientId=…" for a user-assigned identity.</summary>
    public const string Authentication = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";

    /// <summary>Null: not configured, and nothing is sent anywhere.</summary>
    public static IOpenTelemetryBuilder? Add(IServiceCollection services, IConfiguration configuration) =>
        configuration[ConnectionString] is not { Length: > 0 } connection
            ? null
            : services.AddOpenTelemetry().UseAzureMonitorExporter(exporter =>
            {
                exporter.ConnectionString = connection;
                exporter.Credential = CredentialOf(configuration[Authentication]);
            });

    /// <summary>Null: the connection string's own key proves who sends.</summary>
    public static TokenCredential? CredentialOf(string? authentication)
    {
        var parts = (authentication ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2, StringSplitOptions.TrimEntries)).Where(part => part.Length == 2)
            .GroupBy(part => part[0], StringComparer.OrdinalIgnoreCase)
            .ToDictionary(same => same.Key, same => same.Last()[1], StringComparer.OrdinalIgnoreCase);
        if (!parts.GetValueOrDefault("Authorization", "").Equals("AAD", StringComparison.OrdinalIgnoreCase)) return null;
        return new ManagedIdentityCredential(parts.TryGetValue("ClientId", out var id) && id.Length > 0
            ? ManagedIdentityId.FromUserAssignedClientId(id)
            : ManagedIdentityId.SystemAssigned);
    }
}
