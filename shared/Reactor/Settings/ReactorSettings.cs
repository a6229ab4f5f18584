using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;

namespace Sophia.Keda.Reactor.Settings;

public enum PolicyEnvironment
{
    Dev,
    Staging,
    Production,
}

public enum PolicyMode
{
    /// <summary>Trips for real.</summary>
    Act,

    /// <summary>Decides and tells, and writes nothing to the cluster.</summary>
    Observe,
}

public sealed record KubernetesSettings(Uri? Server, Secret? Token, string? TokenFile, string? CaFile, ImmutableArray<string> Namespaces);

public sealed record KedaSettings(string? Namespace, string? OperatorDeployment);

public sealed record PolicySettings(string? File, PolicyEnvironment Environment, PolicyMode Mode);

public sealed record PagesSettings(Secret? SlackWebhookUrl, Secret? PagerDutyRoutingKey, Uri PagerDutyUrl, string Schedule)
{
    /// <summary>Whether a channel of alert_channels can reach anybody from here.</summary>
    public bool Configured(string channel) => channel switch
    {
        "slack" => SlackWebhookUrl is not null,
        "pagerduty" => PagerDutyRoutingKey is not null,
        _ => false,
    };
}

/// <summary>Who can reach this process.</summary>
/// <param name="Private">Only callers on this machine.</param>
/// <param name="Words">How we know, for a fault's text.</param>
/// <param name="OnAzure">Deployed as a function app: its disk goes with the instance.</param>
public sealed record Exposure(bool Private, string Words, bool OnAzure = false)
{
    /// <summary>
    /// Of a host in the Functions runtime. Core Tools say Development, which a local settings file can't change; a plan says itself by its
    /// instance id or, on Flex Consumption, which has none, by its SKU. In doubt it is deployed.
    /// </summary>
    public static Exposure OfFunctionApp(IConfiguration configuration)
    {
        var deployed = configuration["AZURE_FUNCTIONS_ENVIRONMENT"] != "Development"
            || configuration["WEBSITE_INSTANCE_ID"] is { Length: > 0 }
            || configuration["WEBSITE_SKU"] is { Length: > 0 };
        return new Exposure(!deployed, deployed ? "deployed to Azure" : "func on loopback", deployed);
    }
}

/// <summary>Everything that comes from outside at start. Loading names every fault at once; a host does not start with one.</summary>
public sealed record ReactorSettings
{
    private const string ReconcileScheduleName = "Reconcile:Schedule";
    private const string PagesScheduleName = "Pages:Schedule";

    private static readonly Uri PagerDuty = new("https://events.pagerduty.com/v2/enqueue");

    public required string ClusterName { get; init; }

    public required KubernetesSettings Kubernetes { get; init; }

    public required KedaSettings Keda { get; init; }

    public required PolicySettings Policy { get; init; }

    public required StoreSettings Store { get; init; }

    public required PagesSettings Pages { get; init; }

    public required string ReconcileSchedule { get; init; }

    /// <summary>Signs what we write into annotations. Null only with Insecure.</summary>
    public Secret? MemoryKey { get; init; }

    /// <summary>Senders that prove themselves by a token of Entra; null: none.</summary>
    public EntraSettings? Entra { get; init; }

    /// <summary>No keys are asked for.</summary>
    public bool Insecure { get; init; }

    /// <summary>A timer's schedule as its attribute names it ("%Reconcile:Schedule%"), or the expression itself.</summary>
    public string ScheduleOf(string expression) => expression switch
    {
        $"%{ReconcileScheduleName}%" => ReconcileSchedule,
        $"%{PagesScheduleName}%" => Pages.Schedule,
        _ => expression,
    };

    public static ReactorSettings Load(IConfiguration configuration, Exposure exposure)
    {
        var read = new SettingsReader(configuration);
        var settings = new ReactorSettings
        {
            ClusterName = read.Text("Cluster:Name") ?? "default",
            Kubernetes = KubernetesOf(read),
            Keda = new KedaSettings(read.Text("Keda:Namespace"), read.Text("Keda:OperatorDeployment")),
            Policy = new PolicySettings(
                read.ExistingFile("Policy:File"),
                read.Word("Policy:Environment", PolicyEnvironment.Production),
                read.Word("Policy:Mode", PolicyMode.Act)),
            Store = StoreSettings.Read(read, exposure),
            Pages = PagesOf(read),
            ReconcileSchedule = read.Schedule(ReconcileScheduleName, "*/30 * * * * *"),
            MemoryKey = read.Secret("Memory:Key", shortest: 16),
            Entra = EntraSettings.Read(read),
            Insecure = read.Flag("Insecure"),
        };
        var keys = KeySettings.Read(read);
        if (settings.ClusterName.Length > 100 || Wire.Text.HasControl(settings.ClusterName))
            read.Fault("Cluster:Name", "a long or unprintable name", "at most 100 printable characters");
        CheckSecurity(read, settings, keys.Values.Any(role => role.Length > 0), exposure);
        read.RefuseUnknown("Cluster", "Kubernetes", "Keda", "Policy", "State", "Pages", "Keys", "Entra", "Reconcile", "Memory", "Insecure");
        return read.Faults.IsEmpty ? settings : throw new SettingsException(read.Faults);
    }

    private static KubernetesSettings KubernetesOf(SettingsReader read)
    {
        var kubernetes = new KubernetesSettings(
            read.Url("Kubernetes:Server"),
            read.Secret("Kubernetes:Token", shortest: 1),
            read.ExistingFile("Kubernetes:TokenFile"),
            read.ExistingFile("Kubernetes:CaFile"),
            read.List("Kubernetes:Namespaces"));
        if (kubernetes.Token is not null && kubernetes.TokenFile is not null)
            read.Fault("Kubernetes:Token", "a value, and Kubernetes:TokenFile too", "only one of the two");
        foreach (var name in kubernetes.Namespaces.Where(name => !Wire.KubernetesName.IsNamespace(name)))
            read.Fault("Kubernetes:Namespaces", $"\"{name}\"", "names of namespaces, comma separated; empty for all");
        return kubernetes;
    }

    private static PagesSettings PagesOf(SettingsReader read)
    {
        var slack = read.Url("Pages:Slack:WebhookUrl", secret: true);
        var (routingKey, url) = (read.Text("Pages:PagerDuty:RoutingKey"), read.Url("Pages:PagerDuty:Url"));
        if (routingKey is not null && (routingKey.Length != 32 || !routingKey.All(char.IsAsciiLetterOrDigit)))
            read.Fault("Pages:PagerDuty:RoutingKey", $"{routingKey.Length} characters",
                "an Events API v2 integration key: 32 letters and digits");
        if (routingKey is null && url is not null)
            read.Fault("Pages:PagerDuty:Url", "a URL without Pages:PagerDuty:RoutingKey", "both, or neither: nothing would be paged there");
        return new PagesSettings(
            slack is null ? null : new Secret(slack.AbsoluteUri),
            routingKey is null ? null : new Secret(routingKey),
            url ?? PagerDuty,
            read.Schedule(PagesScheduleName, "*/10 * * * * *"));
    }

    private static void CheckSecurity(SettingsReader read, ReactorSettings settings, bool anyKey, Exposure exposure)
    {
        if (settings.Insecure && !exposure.Private)
            read.Fault("Insecure", $"true while reachable from elsewhere ({exposure.Words})", "keys, or loopback addresses only");
        if (settings.Insecure && anyKey)
            read.Fault("Insecure", "true, and Keys too", "only one of the two: with Insecure=true nobody is asked for a key");
        if (settings.Insecure && settings.Entra is not null)
            read.Fault("Insecure", "true, and Entra too", "only one of the two: with Insecure=true nobody is asked for a token");
        if (!settings.Insecure && !anyKey)
            read.Fault("Keys", "no key", "Keys:Sender, Keys:Viewer and Keys:Operator (or, to try it on this machine, Insecure=true)");
        if (!settings.Insecure && settings.MemoryKey is null)
            read.Fault("Memory:Key", "nothing", "at least 16 characters: it signs what the reactor writes into annotations");
    }
}
