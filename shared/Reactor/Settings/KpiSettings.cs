using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Kpis;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>Where numbers come from that others measure, and when the digest is sent.</summary>
/// <param name="Prometheus">Null: nowhere.</param>
/// <param name="Queries">By their names in <see cref="PrometheusQueries"/>.</param>
/// <param name="Digest">Null: none is sent.</param>
public sealed record KpiSettings(Uri? Prometheus, ImmutableSortedDictionary<string, string> Queries, DigestSettings? Digest)
{
    private const string Url = "Prometheus:Url";
    private const string Cron = "Digest:Schedule";
    private const string Zone = "Digest:Zone";
    private const string Off = "off";

    internal static KpiSettings Read(SettingsReader read, SecretSet secrets, PolicyEnvironment environment)
    {
        var (url, token) = (read.PlainUrl(Url), secrets[SecretRule.PrometheusToken]);
        if (url is { Scheme: "http", IsLoopback: false } && token is not null)
            read.Fault(Url, "http, by which the token could be read along the way", "https, or no Prometheus:Token");
        var own = PrometheusQueries.Defaults.Keys
            .Select(name => (Name: name, Text: read.Text($"Prometheus:Queries:{name}")))
            .Where(query => query.Text is not null)
            .ToList();
        if (url is null && (own.Count > 0 || token is not null))
            read.Fault(Url, "nothing, and other settings of Prometheus", "its address, or none of them");
        var queries = own.Aggregate(PrometheusQueries.Defaults, (all, query) => all.SetItem(query.Name, query.Text!));
        return new KpiSettings(url, queries, DigestOf(read, environment));
    }

    private static DigestSettings? DigestOf(SettingsReader read, PolicyEnvironment environment)
    {
        var (cron, zone) = (read.Text(Cron) ?? (environment == PolicyEnvironment.Dev ? Off : "0 9 * * 1"), read.Text(Zone) ?? "Etc/UTC");
        if (cron == Off) return null;
        if (!CronExpression.TryParse(cron, out _)) read.Fault(Cron, $"\"{cron}\"", "five cron fields (\"0 9 * * 1\": minute hour day month weekday), or off");
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _)) read.Fault(Zone, $"\"{zone}\"", "an IANA time zone like Europe/Berlin");
        return new DigestSettings(cron, zone);
    }
}
