namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// What people are told of alerts that move nothing: slow scaling, empty answers, and trouble of the cluster that the probe does not see. However many
/// alerts say it, it is one notice for each cause, with a count: a thousand pages about one thing hide the one that matters.
/// </summary>
internal static class AlertNotices
{
    private const int Listed = 10;

    /// <summary>The versions before told each alert by itself, under these keys. Such a notice ends with its alert.</summary>
    private static readonly string[] Single = ["latency/", "contradicted/"];

    private static readonly Cause[] OnlyTold = [.. Enum.GetValues<Cause>().Where(Causes.PageOnly)];

    private static readonly Cause[] OfCluster = [.. Enum.GetValues<Cause>().Where(cause => Causes.Trips(cause) && Causes.ScopeOf(cause) == Scope.Cluster)];

    /// <summary>More of the same is said at once when it doubles, else only after so long.</summary>
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(5);

    /// <param name="draft">The decision.</param>
    /// <param name="agrees">What the probe sees of each cause that an alert counts for and no incident stands on; null when it sees nothing.</param>
    public static void Update(Draft draft, IReadOnlyDictionary<Cause, string?> agrees)
    {
        var counting = draft.Panel.Alerts.Values.Where(memory => memory.Counts && !IsOld(draft, memory)).ToLookup(memory => memory.Alert.Cause);
        EndOld(draft, agrees);
        foreach (var cause in OnlyTold)
            OnlyTell(draft, cause, [.. counting[cause]]);
        foreach (var cause in OfCluster)
            Contradicted(draft, cause, [.. counting[cause].Where(memory => !EvidenceFromAlerts.Stands(draft, memory))], agrees.GetValueOrDefault(cause));
    }

    /// <summary>Page only: people are told, nothing moves.</summary>
    private static void OnlyTell(Draft draft, Cause cause, List<AlertMemory> alerts)
    {
        var (key, did, youMay) = cause switch
        {
            Cause.ScalingLatencyHigh => (
                "latency",
                "Nothing was changed: slow scaling alone is no reason to leave KEDA.",
                "Look at KEDA's scaler latency and the HPA's events; trip by hand if waiting is worse: POST /api/breakers/trip."),
            Cause.ScalerEmpty => (
                "empty",
                "Nothing was changed: KEDA takes an empty answer for 0 and scales down to the minimum, and a source without work may be empty and well.",
                "Run the trigger's query yourself. If its series went away, keep the replicas: POST /api/breakers/trip with action freeze. If it may be empty, end the query with: or vector(0)."),
            _ => throw new System.Diagnostics.UnreachableException($"cause {cause}"),
        };
        if (alerts.Count == 0)
        {
            Notices.Resolve(draft, key, $"{Named(draft, cause)} is no longer firing.");
            return;
        }

        var targets = alerts.Select(memory => memory.Target).Distinct().Count();
        var where = alerts is [{ Target: { } only }] ? $" for {only}" : "";
        var many = alerts.Count > 1 ? $": {alerts.Count} alerts" + (targets > 1 ? $" for {targets} targets" : "") : where;
        Tell(draft, key, cause, $"{IncidentPages.Title(cause)}{many}", alerts, new NoticeWords
        {
            Happened = alerts.Count == 1 ? $"{EvidenceFromAlerts.Text(draft, alerts[0])}{where}." : $"{List(draft, alerts)}.",
            Did = did,
            Next = alerts.Count == 1 ? "Nothing, until the alert resolves or another cause appears." : "Nothing, until they resolve or another cause appears.",
            YouMay = youMay,
        });
    }

    private static void Contradicted(Draft draft, Cause cause, List<AlertMemory> alerts, string? sign)
    {
        var key = "disagreed/" + Causes.Slug(cause);
        if (alerts.Count == 0)
            Notices.Resolve(draft, key, $"{Named(draft, cause)} is no longer firing.");
        else if (sign is not null)
            Notices.Resolve(draft, key, $"The probe agrees now: {sign}.");

        // Whoever upgrades KEDA knows; should the alert outlive the window, it is told then.
        else if (draft.Seen is { } seen && Maintaining.Over(draft, cause, target: null) is null)
            Contradict(draft, cause, key, alerts, seen);
    }

    private static void Contradict(Draft draft, Cause cause, string key, List<AlertMemory> alerts, Observation seen)
    {
        var meant = cause == Cause.OperatorUnhealthy ? alerts.SelectMany(memory => Accusation.Meant(memory.Alert, draft.Panel.Signs, seen)).ToHashSet(StringComparer.Ordinal) : null;
        var mine = string.Concat(seen.Shards.Values.Prepend(seen.Operator)
                .Where(keda => (keda.Name.Length > 0 || !draft.Panel.Signs.OnlyShards) && meant?.Contains(keda.Name) is not false)
                .Select(keda => (keda.AvailableReplicas is { } replicas
                        ? $"operator Deployment {keda.Namespace}/{keda.Deployment} has {replicas} available replica(s), "
                        : "no operator Deployment was found, ")
                    + (keda.LeaseRenewTime is { } renewed ? $"its lease was renewed {Words.Clock(renewed, draft.Now)}, " : "no lease of it counts, ")))
            + $"external metrics API: {(seen.MetricsServer.Available ? "Available" : seen.MetricsServer.Reason)}";
        var first = alerts.MinBy(memory => memory.Alert.StartsAt)!;
        if (!draft.Panel.Notices.ContainsKey(key))
            draft.Audit(AuditKind.Decision, Reason.AlertContradicted, $"{first.Alert.AlertName} is contradicted by what is seen: {mine}");
        var count = alerts.Count > 1 ? $" ({alerts.Count} alerts)" : "";
        Tell(draft, key, cause, $"{first.Alert.AlertName} is contradicted by what the reactor sees{count}", alerts, new NoticeWords
        {
            Happened = $"{(first.Alert.Origin == SignalOrigin.AzureMonitor ? "Azure Monitor" : "Alertmanager")} says: {List(draft, alerts)}. The reactor sees: {mine}.",
            Did = "Nothing was changed: a late, wrong or forged alert must not move workloads.",
            Next = $"It looks again every {Words.Span(draft.Policy.HealthCheckInterval)} and trips at once when it sees the same.",
            YouMay = "If the alert is right, trip by hand: POST /api/breakers/trip with scope cluster.",
        });
    }

    private static void Tell(Draft draft, string key, Cause cause, string title, List<AlertMemory> alerts, NoticeWords words)
    {
        if (!draft.Panel.Notices.TryGetValue(key, out var told))
        {
            Notices.Open(draft, key, Severity.Warning, cause, title, words, alerts.Count);
            return;
        }

        var toldAt = told.ToldAt ?? told.Since;
        var more = alerts.Count > told.Alerts || alerts.Exists(memory => memory.Alert.ReceivedAt > toldAt);
        if (more && (alerts.Count >= 2 * told.Alerts || draft.Now - toldAt >= Between))
            Notices.Add(draft, key, title, words, alerts.Count);
    }

    private static void EndOld(Draft draft, IReadOnlyDictionary<Cause, string?> agrees)
    {
        foreach (var key in draft.Panel.Notices.Keys.Where(key => Array.Exists(Single, key.StartsWith)))
        {
            var memory = draft.Panel.Alerts.GetValueOrDefault(key[(key.IndexOf('/') + 1)..]);
            if (memory is not { Counts: true })
                Notices.Resolve(draft, key, $"{memory?.Alert.AlertName ?? "The alert"} is no longer firing.");
            else if (agrees.GetValueOrDefault(memory.Alert.Cause) is { } sign)
                Notices.Resolve(draft, key, $"The probe agrees now: {sign}.");
        }
    }

    private static bool IsOld(Draft draft, AlertMemory memory) => Array.Exists(Single, key => draft.Panel.Notices.ContainsKey(key + memory.Alert.Fingerprint));

    /// <summary>By the name that the last such alert had.</summary>
    private static string Named(Draft draft, Cause cause) =>
        draft.Panel.Alerts.Values.Where(memory => memory.Alert.Cause == cause).MaxBy(memory => memory.LastSeen)?.Alert.AlertName ?? "The alert";

    private static string List(Draft draft, List<AlertMemory> alerts)
    {
        var first = alerts.OrderBy(memory => memory.Alert.StartsAt).ThenBy(memory => memory.Alert.Fingerprint, StringComparer.Ordinal).Take(Listed);
        var listed = string.Join("; ", first.Select(memory => EvidenceFromAlerts.Text(draft, memory) + (memory.Target is { } target ? $" for {target}" : "")));
        return alerts.Count > Listed ? $"{listed}; and {alerts.Count - Listed} more" : listed;
    }
}
