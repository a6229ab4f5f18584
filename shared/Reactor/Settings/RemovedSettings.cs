namespace Sophia.Keda.Reactor.Settings;

/// <summary>Settings that were, and what to use instead: whoever still has one is told at the start, and does not believe that it is obeyed.</summary>
internal static class RemovedSettings
{
    /// <summary>A row a setting, for its values by index (Name:0) too; "Name:*" for all that is below.</summary>
    private static readonly (string Name, string Use)[] All =
    [
        ("Audit:Schedule", "Pages:Schedule: one timer sends pages and keeps the audit trail"),
        ("Digest:*", "GET /api/kpis and the Grafana dashboard of infra/keda/monitoring"),
        ("Pages:PagerDuty:WebhookSecret", "POST /api/incidents/{id}/ack: what needs a human is repeated until it is acknowledged there"),
        ("Prometheus:*", "the recording rules and the Grafana dashboard of infra/keda/monitoring"),
    ];

    /// <summary>Instead of two values of a secret that is one.</summary>
    public const string OneValue = "one value: two at once were removed in 0.9; replace it in its file, and what the old one is refused for is tried again with the new one";

    /// <summary>What a fault expects instead of it; null when it never was, or still is, a setting.</summary>
    public static string? Of(string name) => Array.Find(All, row => Covers(row.Name, name)) is { Use: { } use } ? Words(use)
        : SecretRule.All.FirstOrDefault(rule => !rule.Two && name.StartsWith(rule.Name + ":", StringComparison.OrdinalIgnoreCase)) is { } secret ? $"in {secret.Name} {OneValue}"
        : null;

    /// <summary>Of settings and of keys of a policy file alike.</summary>
    public static string Words(string use) => $"nothing: removed in 0.9; use {use}";

    private static bool Covers(string row, string name) => row.EndsWith(":*", StringComparison.Ordinal)
        ? name.StartsWith(row[..^1], StringComparison.OrdinalIgnoreCase)
        : name.Equals(row, StringComparison.OrdinalIgnoreCase) || name.StartsWith(row + ":", StringComparison.OrdinalIgnoreCase);
}
