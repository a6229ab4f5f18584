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
        CheckPace(settings, policy.HealthCheckInterval);
        return loaded with { Policy = policy };
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
