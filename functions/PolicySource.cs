using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Policies;
using Sophia.Keda.Reactor.Schedules;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Functions;

/// <summary>The policy by the settings: defaults, the environment's preset, the file; then what only a host can check.</summary>
internal static class PolicySource
{
    private static readonly string Unnamed = new Policy().Cluster;

    public static LoadedPolicy Load(ReactorSettings settings)
    {
        var file = settings.Policy.File;
        LoadedPolicy loaded;
        try
        {
            loaded = PolicyLoader.Load(file is null ? [] : [(file, File.ReadAllText(file))], settings.Policy.Environment.ToString().ToLowerInvariant());
        }
        catch (PolicyException fault)
        {
            throw new SettingsException([.. fault.Faults.Select(f => new SettingsFault("Policy:File", f, "a policy without faults"))]);
        }

        var named = loaded.Policy.Cluster != Unnamed;
        if (named && settings.ClusterName != Unnamed && settings.ClusterName != loaded.Policy.Cluster)
            throw new SettingsException([new SettingsFault("Cluster:Name", $"\"{settings.ClusterName}\", and cluster: {loaded.Policy.Cluster} in the policy file", "the same name in both, or only one of them")]);
        var policy = loaded.Policy with
        {
            Cluster = named ? loaded.Policy.Cluster : settings.ClusterName,
            ObserveOnly = loaded.Policy.ObserveOnly || settings.Policy.Mode == PolicyMode.Observe,
        };
        policy = policy.Paging(settings.Pages.Configured);
        CheckPace(settings, policy.HealthCheckInterval);
        CheckChannels(settings.Pages, policy);
        return loaded with { Policy = policy };
    }

    /// <summary>A breaker that moves workloads and can tell nobody is refused while somebody looks: at its start.</summary>
    private static void CheckChannels(PagesSettings pages, Policy policy)
    {
        if (!policy.AlertChannels.IsEmpty || policy.ObserveOnly || pages.NobodyAccepted)
            return;
        var found = policy.UnconfiguredChannels.IsEmpty
            ? "no channel, while Policy:Mode is act: nobody would be told of a trip"
            : $"none of the channels that alert_channels names ({string.Join(", ", policy.UnconfiguredChannels)}), while Policy:Mode is act: nobody would be told of a trip";
        throw new SettingsException([new SettingsFault("Pages", found, "Pages:Slack, Pages:PagerDuty, Pages:Email or Pages:Webhook; or Policy:Mode=observe; or Pages:None=accepted, where nobody is to be told")]);
    }

    /// <summary>Looks further apart than two intervals are gaps, and after a gap nothing counts as lasting: nothing would ever trip.</summary>
    private static void CheckPace(ReactorSettings settings, TimeSpan interval)
    {
        if (!Schedule.TryParse(settings.ReconcileSchedule, out var schedule))
            return; // told by the settings
        var first = schedule.After(DateTimeOffset.UnixEpoch);
        var pace = schedule.After(first) - first;
        if (pace > interval)
            throw new SettingsException([new SettingsFault("Reconcile:Schedule", $"a tick every {pace}", $"one at least every health_check_interval ({interval})")]);
    }
}
