using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Resources of keda.sh and webhook configurations for them that are gone, not served, or somebody else's. None of them trips: HPAs go on
/// without them. People are told, since a pause may be refused, and KEDA may stop at its next restart.
/// </summary>
internal static class KedaRegistry
{
    private const string Key = "keda-registry";

    /// <summary>
    /// What is not as it should be. What was never seen well says nothing by being missing: not every KEDA has webhooks or ScaledJobs. What can't be
    /// told now stays as it was.
    /// </summary>
    public static IEnumerable<Registration> Amiss(Observation seen, ImmutableSortedDictionary<string, DateTimeOffset> alive, IEnumerable<Registration> before)
    {
        var unknown = seen.Registrations.Where(r => r.Standing == Standing.Unknown).ToList();
        foreach (var one in before.Where(b => unknown.Exists(u => u.Kind == b.Kind && (u.Name.Length == 0 || u.Name == b.Name))))
            yield return one;
        foreach (var one in seen.Registrations)
        {
            if (one.Standing is Standing.NotServed || (one.Standing is Standing.Gone or Standing.Taken && alive.ContainsKey(one.Key)))
                yield return one;
        }

        if (!seen.WebhooksExpected || unknown.Exists(u => u is { Kind: Registration.Webhook, Name: "" }))
            yield break;
        foreach (var key in alive.Keys.Where(k => k.StartsWith(Registration.Webhook + "/", StringComparison.Ordinal) && !seen.Registrations.Any(r => r.Key == k)))
        {
            yield return new Registration(Registration.Webhook, key[(Registration.Webhook.Length + 1)..], Standing.Gone)
            {
                What = "is gone, and KEDA's webhooks still run: nobody refuses a second ScaledObject or HPA on one workload",
            };
        }
    }

    public static void Note(Draft draft)
    {
        if (draft.Seen is null || !draft.Policy.Enabled)
            return;
        var lasting = draft.Panel.Signs.Amiss.Values.Where(a => draft.Now - a.Since > draft.Policy.UnhealthyFor).ToList();
        if (lasting.Count == 0)
        {
            if (draft.Panel.Signs.Amiss.IsEmpty)
                Notices.Resolve(draft, Key, "What KEDA registers with the API server is as it was.");
            return;
        }

        var title = lasting.Count == 1
            ? $"KEDA's {lasting[0].Seen.Kind} {lasting[0].Seen.Name} {Short(lasting[0].Seen)}"
            : $"{lasting.Count} registrations of KEDA's are gone or not served";
        if (draft.Panel.Notices.GetValueOrDefault(Key)?.Title == title)
            return;
        var refuses = lasting.Exists(a => a.Seen.Refuses);
        var said = string.Join(" ", lasting.Select(a =>
            $"{a.Seen.Kind} {a.Seen.Name} {a.Seen.What} (since {Words.Clock(a.Since, draft.Now)}{KedaHealth.WrittenBy(a.Seen.LastWriter, draft.Now)})."));
        draft.Audit(AuditKind.Decision, Reason.KedaNotRegistered, said);
        Notices.Say(draft, Key, refuses ? Severity.Error : Severity.Warning, cause: null, title, new NoticeWords
        {
            Happened = $"In cluster {draft.Policy.Cluster}: {said}",
            Did = "Nothing was changed: it alone is no reason to leave KEDA."
                + (refuses ? " But a trip would fail now: no ScaledObject can be paused as long as this lasts." : ""),
            Next = $"The reactor looks again every {Words.Span(draft.Policy.HealthCheckInterval)}, and trips as before when KEDA itself fails.",
            YouMay = string.Join(" ", lasting.Select(a => GivenBack(a.Seen)).Distinct()),
        });
    }

    /// <summary>How a human gives it back.</summary>
    public static string GivenBack(Registration one) =>
        $"Look at it: kubectl get {one.Kind.ToLowerInvariant()} {one.Name} -o yaml --show-managed-fields."
            + (one.GiveBack.Length > 0 ? $" Give it back: {one.GiveBack}." : " Give it back: apply the manifests of the KEDA release that runs, or helm upgrade with its version.");

    private static string Short(Registration one) => one.Standing switch
    {
        Standing.Gone => "is gone",
        Standing.Taken => "leads to somebody else",
        _ => "is not served",
    };
}
