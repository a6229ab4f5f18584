using Azure.Core;
using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Telemetry;

/// <summary>
/// Traces and logs to whoever the environment names, in either host: Application Insights by the settings that the Functions host
/// reads for itself, an OTLP collector by OpenTelemetry's own (https://opentelemetry.io/docs/specs/otel/protocol/exporter/).
/// </summary>
public static class TelemetryExport
{
    public const string ConnectionString = "APPLICATIONINSIGHTS_CONNECTION_STRING";

    /// <summary>"Authorization=AAD", or "Authorization=AAD;ClientId=…" for a user-assigned identity.</summary>
    public const string Authentication = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";

    /// <summary>For both signals; one of <see cref="TracesEndpoint"/> and <see cref="LogsEndpoint"/> sends that signal alone.</summary>
    public const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public const string TracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

    public const string LogsEndpoint = "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT";

    private const string ServiceName = "sophia-keda-reactor";

    /// <summary>True when somebody is named to whom traces or logs go.</summary>
    public static bool IsConfigured(IConfiguration configuration) => IsSet(configuration, ConnectionString, Endpoint, TracesEndpoint, LogsEndpoint);

    /// <summary>Null: nothing is configured, and nothing is sent anywhere.</summary>
    /// <exception cref="SettingsException">An endpoint is no address.</exception>
    public static IOpenTelemetryBuilder? Add(IServiceCollection services, IConfiguration configuration)
    {
        var insights = configuration[ConnectionString] is { Length: > 0 } text ? text : null;
        var (traces, logs) = (IsSet(configuration, Endpoint, TracesEndpoint), IsSet(configuration, Endpoint, LogsEndpoint));
        SettingsFault[] faults =
        [
            .. from name in new[] { Endpoint, TracesEndpoint, LogsEndpoint }
               where configuration[name] is { Length: > 0 } url && !IsHttp(url)
               select new SettingsFault(name, $"\"{configuration[name]}\"", "the address of a collector, like http://127.0.0.1:4318"),
        ];
        if (faults.Length > 0) throw new SettingsException([.. faults]);
        return insights is null && !traces && !logs ? null : Add(services, configuration, insights, traces, logs);
    }

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

    private static bool IsHttp(string url) => Uri.TryCreate(url, UriKind.Absolute, out var at) && (at.Scheme is "http" or "https");

    private static bool IsSet(IConfiguration configuration, params string[] names) => names.Any(name => configuration[name] is { Length: > 0 });

    /// <summary>The SDK reads the variables of one signal only where it exports all signals.</summary>
    private static void OfSignal(OtlpExporterOptions exporter, IConfiguration configuration, string signal)
    {
        if (configuration[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"] is { Length: > 0 } endpoint) exporter.Endpoint = new Uri(endpoint);
        if (configuration[$"OTEL_EXPORTER_OTLP_{signal}_HEADERS"] is { Length: > 0 } headers) exporter.Headers = headers;
    }

    private static OpenTelemetryBuilder Add(IServiceCollection services, IConfiguration configuration, string? insights, bool traces, bool logs)
    {
        // ASP.NET Core 10 fills its spans with the semantic conventions' names only where it is told to.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", isEnabled: false);
        var builder = services.AddOpenTelemetry().WithTracing(tracing => tracing.AddSource(ReactorActivity.SourceName));

        // A name from the environment wins: the SDK would let ours win over it.
        if (!IsSet(configuration, "OTEL_SERVICE_NAME"))
            builder.ConfigureResource(resource => resource.AddService(ServiceName, autoGenerateServiceInstanceId: false));
        if (traces) builder.WithTracing(tracing => tracing.AddOtlpExporter(exporter => OfSignal(exporter, configuration, "TRACES")));
        if (logs) builder.WithLogging(logging => logging.AddOtlpExporter(exporter => OfSignal(exporter, configuration, "LOGS")));
        services.Configure<OpenTelemetryLoggerOptions>(options => options.IncludeFormattedMessage = true);
        if (insights is null) return builder;
        builder.UseAzureMonitorExporter(exporter =>
        {
            exporter.ConnectionString = insights;
            exporter.Credential = CredentialOf(configuration[Authentication]);
        });
        return builder;
    }
}
