namespace Sophia.Keda.Reactor.Settings;

/// <summary>What local.settings.json and a command line may hold for the host, and the settings of ours don't name.</summary>
public static class HostsOwn
{
    private static readonly string[] Names = ["Urls", "Listen:Port", "AzureWebJobsStorage", "FUNCTIONS_WORKER_RUNTIME", "AZURE_FUNCTIONS_ENVIRONMENT"];

    /// <summary>Of the Functions host, ASP.NET Core and .NET, OpenTelemetry, Application Insights, Azure's identities and the log; as they write them.</summary>
    private static readonly string[] Beginnings =
    [
        "FUNCTIONS_", "AzureWebJobs", "AzureFunctionsJobHost:", "WEBSITE_", "ASPNETCORE_", "DOTNET_", "APPLICATIONINSIGHTS_", "OTEL_", "AZURE_", "Logging:",
    ];

    public static bool Has(string name) =>
        Names.Contains(name, StringComparer.OrdinalIgnoreCase) || Array.Exists(Beginnings, begin => name.StartsWith(begin, StringComparison.Ordinal));

    /// <summary>Those that a mistyped name may have meant.</summary>
    internal static IEnumerable<string> Known => Names;
}
