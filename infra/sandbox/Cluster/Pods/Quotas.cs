using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Hpa;

namespace Sophia.Keda.Reactor.Sandbox.Cluster;

/// <summary>ResourceQuotas on the number of pods. Other resources stand in a quota's status with a use of 0 and limit nothing; scopes are not read.</summary>
public sealed class Quotas
{
    private static readonly string[] Counted = ["count/pods", "pods"];
    private readonly ObjectStore _store;
    private readonly Dictionary<string, int> _pods = [];

    public Quotas(ObjectStore store) => _store = store;

    /// <summary>How many of so many more pods may be made, and why not the next one.</summary>
    public (int Granted, string? Refusal) Take(string ns, int more)
    {
        var used = _pods.GetValueOrDefault(ns);
        var granted = more;
        string? refusal = null;
        foreach (var quota in Of(ns))
        {
            var limits = Limits(quota);
            var left = limits.Count == 0 ? more : Math.Max(0, limits.Min(l => l.Hard) - used);
            if (left >= granted)
                continue;
            granted = left;
            var full = limits.Where(l => l.Hard <= used + left).ToList();
            refusal = $"exceeded quota: {quota.Name}, requested: {Said(full, _ => 1)}, used: {Said(full, _ => used + left)}, limited: {Said(full, l => l.Hard)}";
        }

        Add(ns, granted);
        return (granted, refusal);
    }

    public void GiveBack(string ns, int pods) => Add(ns, -pods);

    /// <summary>A quota that is new or was changed gets its status.</summary>
    public void Follow(StoredObject quota)
    {
        if (!quota.Gone)
            Describe(quota);
    }

    private void Add(string ns, int pods)
    {
        if (pods == 0)
            return;
        _pods[ns] = _pods.GetValueOrDefault(ns) + pods;
        foreach (var quota in Of(ns).ToList())
            Describe(quota);
    }

    private IEnumerable<StoredObject> Of(string ns) => _store.All(Resources.Quotas).Where(q => q.Namespace == ns);

    private void Describe(StoredObject quota)
    {
        var hard = quota.Spec.Object("hard") ?? [];
        var used = new JsonObject();
        foreach (var (name, _) in hard)
            used[name] = Counted.Contains(name) ? _pods.GetValueOrDefault(quota.Namespace).ToString() : "0";
        var status = new JsonObject { ["hard"] = hard.DeepClone(), ["used"] = used };
        if (!Json.Same(quota.Status, status))
            _store.UpdateStatus(quota, d => d["status"] = status, "resourcequota-controller");
    }

    private static List<(string Name, int Hard)> Limits(StoredObject quota) =>
        [.. (quota.Spec.Object("hard") ?? []).Where(h => Counted.Contains(h.Key)).OrderBy(h => h.Key, StringComparer.Ordinal)
            .Select(h => (h.Key, (int)Math.Min(int.MaxValue, (Quantity.Milli(h.Value?.ToString()) ?? 0) / 1000)))];

    private static string Said(List<(string Name, int Hard)> limits, Func<(string Name, int Hard), int> value) =>
        string.Join(',', limits.Select(l => $"{l.Name}={value(l)}"));
}
