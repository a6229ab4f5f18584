using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;
using Sophia.Keda.Reactor.Paging.Channels;
using Sophia.Keda.Reactor.Paging.Channels.Email;
using Sophia.Keda.Reactor.Paging.Channels.Webhook;
using Sophia.Keda.Reactor.Paging.Links;

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

public sealed record KedaSettings(string? Namespace, string? OperatorDeployment);

public sealed record PolicySettings(string? File, PolicyEnvironment Environment, PolicyMode Mode);

public sealed record PagesSettings(Secret? SlackWebhookUrl, Secret? PagerDutyRoutingKey, Uri PagerDutyUrl, string Schedule)
{
    /// <summary>Null: no mail. Its password is the one of the start: <see cref="LiveSecrets"/> has the present one.</summary>
    public EmailSettings? Email { get; init; }

    /// <summary>Null: no webhook. Its secrets are those of the start: <see cref="LiveSecrets"/> has the present ones.</summary>
    public GenericWebhookSettings? Webhook { get; init; }

    /// <summary>What the pages of every channel link to.</summary>
    public LinkSettings Links { get; init; } = LinkSettings.None;

    /// <summary>Nobody is to be paged: accepted by name, because a breaker that trips in silence is worse than none.</summary>
    public bool NobodyAccepted { get; init; }

    /// <summary>The channels that can reach somebody from here, in the order in which README has them.</summary>
    public ImmutableArray<string> Configured =>
    [
        .. new[] { (SlackWebhookUrl is not null, "slack"), (PagerDutyRoutingKey is not null, "pagerduty"), (Email is not null, "email"), (Webhook is not null, "webhook") }
            .Where(channel => channel.Item1).Select(channel => channel.Item2),
    ];
}

/// <summary>Who can reach this process.</summary>
/// <param name="Private">Only callers on this machine.</param>
/// <param name="Words">How we know, for a fault's text.</param>
/// <param name="OnAzure">Deployed as a function app: its disk goes with the instance.</param>
public sealed record Exposure(bool Private, string Words, bool OnAzure = false)
{
    /// <summary>
    /// Of a host in the Functions runtime. Core Tools say Development, and so does local.settings.sample.json for a host without them; a plan says itself by its
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
    internal const string NoPagesName = "Pages:None";

    /// <summary>The first words of all settings.</summary>
    internal static readonly string[] Sections =
        ["Cluster", "Kubernetes", "Keda", "Policy", "State", "Pages", "Keys", "Entra", "Reconcile", "Memory", "Insecure", "Secrets", "Watchdog", "Audit", "Links"];

    private static readonly Uri PagerDuty = new("https://events.pagerduty.com/v2/enqueue");

    public required string ClusterName { get; init; }

    public required KubernetesSettings Kubernetes { get; init; }

    public required KedaSettings Keda { get; init; }

    public required PolicySettings Policy { get; init; }

    public required StoreSettings Store { get; init; }

    public required PagesSettings Pages { get; init; }

    public required string ReconcileSchedule { get; init; }

    public required AuditSettings Audit { get; init; }

    /// <summary>All secrets as they were at the start. The parts use <see cref="LiveSecrets"/>.</summary>
    public required SecretSet Secrets { get; init; }

    /// <summary>Signs what we write into annotations. Null only with Insecure.</summary>
    public Secret? MemoryKey => Secrets[SecretRule.MemoryKey]?.First;

    /// <summary>Senders that prove themselves by a token of Entra; null: none.</summary>
    public EntraSettings? Entra { get; init; }

    /// <summary>How long Alertmanager's Watchdog may stay away before health says so; null: it never does.</summary>
    public TimeSpan? LongestSilence { get; init; }

    /// <summary>No keys are asked for.</summary>
    public bool Insecure { get; init; }

    /// <summary>A timer's schedule as its attribute names it ("%Reconcile:Schedule%"), or the expression itself.</summary>
    public string ScheduleOf(string expression) => expression switch
    {
        $"%{ReconcileScheduleName}%" => ReconcileSchedule,
        $"%{PagesScheduleName}%" => Pages.Schedule,
        _ => expression,
    };

    /// <param name="configuration">Where they stand.</param>
    /// <param name="exposure">Who can reach this process.</param>
    /// <param name="already">Faults that were found before, to be told with the others.</param>
    /// <exception cref="SettingsException">With every fault.</exception>
    public static ReactorSettings Load(IConfiguration configuration, Exposure exposure, params ReadOnlySpan<SettingsFault?> already)
    {
        var read = new SettingsReader(configuration);
        foreach (var fault in already)
        {
            if (fault is not null) read.Fault(fault.Name, fault.Found, fault.Expected);
        }

        read.Text(SecretsFolder.Setting);
        var secrets = SecretSet.Read(read);
        var settings = new ReactorSettings
        {
            ClusterName = read.Text("Cluster:Name") ?? "default",
            Kubernetes = KubernetesSettings.Read(read, secrets),
            Keda = new KedaSettings(read.Text("Keda:Namespace"), read.Text("Keda:OperatorDeployment")),
            Policy = new PolicySettings(
                read.ExistingFile("Policy:File"),
                read.Word("Policy:Environment", PolicyEnvironment.Production),
                read.Word("Policy:Mode", PolicyMode.Act)),
            Store = StoreSettings.Read(read, exposure, secrets),
            Pages = PagesOf(read, secrets),
            ReconcileSchedule = read.Schedule(ReconcileScheduleName, "*/30 * * * * *"),
            Audit = AuditSettings.Read(read, secrets),
            Secrets = secrets,
            Entra = EntraSettings.Read(read),
            Insecure = read.Flag("Insecure"),
        };
        settings = settings with { LongestSilence = SilenceOf(read, settings.Store) };
        if (settings.ClusterName.Length > 100 || Wire.Text.HasControl(settings.ClusterName))
            read.Fault("Cluster:Name", "a long or unprintable name", "at most 100 printable characters");
        CheckSecurity(read, settings, !secrets.Ring.IsEmpty, exposure);
        read.RefuseUnknown();
        return read.Faults.IsEmpty ? settings : throw new SettingsException(read.Faults);
    }

    /// <summary>Of several instances Alertmanager stays with one, and the others would call it silent: there it is said only when it was asked for.</summary>
    private static TimeSpan? SilenceOf(SettingsReader read, StoreSettings store)
    {
        const string Name = "Watchdog:LongestSilence";
        if (read.Text(Name) is not { } text)
            return store.Redis is null ? TimeSpan.FromMinutes(10) : null;
        if (text.Equals("off", StringComparison.OrdinalIgnoreCase))
            return null;
        if (Wire.Duration.TryParse(text, out var longest))
            return longest;
        read.Fault(Name, $"\"{text}\"", "a duration like 10m, or off");
        return null;
    }

    private static PagesSettings PagesOf(SettingsReader read, SecretSet secrets)
    {
        var (routingKey, url) = (secrets[SecretRule.PagerDutyRoutingKey]?.First, read.Url("Pages:PagerDuty:Url"));
        if (routingKey is null && url is not null)
            read.Fault("Pages:PagerDuty:Url", "a URL without Pages:PagerDuty:RoutingKey", "both, or neither: nothing would be paged there");
        else if (url is not null && !OutboundRules.Allows(url))
            read.Fault("Pages:PagerDuty:Url", "a link-local or metadata address", "PagerDuty's address");
        return new PagesSettings(
            secrets[SecretRule.SlackWebhookUrl]?.First,
            routingKey,
            url ?? PagerDuty,
            read.Schedule(PagesScheduleName, "*/10 * * * * *"))
        {
            Email = EmailReading.Read(read, secrets),
            Webhook = WebhookReading.Read(read, secrets),
            Links = LinkReading.Read(read),
            NobodyAccepted = NobodyOf(read),
        };
    }

    private static bool NobodyOf(SettingsReader read)
    {
        if (read.Text(NoPagesName) is not { } text)
            return false;
        if (!text.Equals("accepted", StringComparison.OrdinalIgnoreCase))
            read.Fault(NoPagesName, $"\"{Wire.Text.Clean(text, 63)}\"", "accepted, or no such setting");
        return true;
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
