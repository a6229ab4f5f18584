namespace Sophia.Keda.Reactor.Settings;

/// <summary>Settings that were, and what to use instead: whoever still has one is told at the start, and does not believe that it is obeyed.</summary>
internal static class RemovedSettings
{
    /// <summary>A row a setting, for its values by index (Name:0) too; "Name:*" for all that is below.</summary>
    private static readonly (string Name, string Use)[] All =
    [
        ("Digest:*", "GET /api/kpis and the Grafana dashboard of infra/keda/monitoring"),
        ("Pages:PagerDuty:WebhookSecret", "POST /api/incidents/{id}/ack: what needs a human is repeated until it is acknowledged there"),
        ("Prometheus:*", "the recording rules and the Grafana dashboard of infra/keda/monitoring"),
    ];

    /// <summary>What a fault expects instead of it; null when it never was, or still is, a setting.</summary>
    public static string? Of(string name) => Array.Find(All, row => Covers(row.Name, name)) is { Use: { } use } ? Words(use) : null;

    /// <summary>Of settings and of keys of a policy file alike.</summary>
    public static string Words(string use) => $"nothing: removed in 0.9; use {use}";

    private static bool Covers(string row, string name) => row.EndsWith(":*", StringComparison.Ordinal)
        ? name.StartsWith(row[..^1], StringComparison.OrdinalIgnoreCase)
        : name.Equals(row, StringComparison.OrdinalIgnoreCase) || name.StartsWith(row + ":", StringComparison.OrdinalIgnoreCase);
}
