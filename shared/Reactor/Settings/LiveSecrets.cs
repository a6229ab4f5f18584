using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Sophia.Keda.Reactor.Access;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>
/// All secrets as they are now: read again whenever the configuration is reloaded, so that each is replaced without a restart. A value that
/// can't be used or has gone changes nothing: it must lock nobody out, and open nothing either.
/// </summary>
public sealed class LiveSecrets : IDisposable
{
    private readonly IConfiguration configuration;
    private readonly ILogger log;
    private readonly Lock sync = new();
    private readonly IDisposable subscription;
    private volatile SecretSet current;
    private ImmutableDictionary<string, string> others;

    public LiveSecrets(SecretSet atStart, IConfiguration configuration, ILogger<LiveSecrets> log)
    {
        (current, this.configuration, this.log) = (atStart, configuration, log);
        others = OtherSettings.Of(configuration);
        subscription = ChangeToken.OnChange(configuration.GetReloadToken, Reload);

        // What was changed since the start was read.
        Reload();
    }

    /// <summary>Some secret has another value now.</summary>
    public event EventHandler? Changed;

    public KeyRing Keys => current.Ring;

    public LiveSecret MemoryKey => Live(SecretRule.MemoryKey);

    public LiveSecret KubernetesToken => Live(SecretRule.KubernetesToken);

    public LiveSecret RedisPassword => Live(SecretRule.RedisPassword);

    public LiveSecret SlackWebhookUrl => Live(SecretRule.SlackWebhookUrl);

    public LiveSecret PagerDutyRoutingKey => Live(SecretRule.PagerDutyRoutingKey);

    public LiveSecret EventGridKey => Live(SecretRule.EventGridKey);


    public LiveSecret EmailPassword => Live(SecretRule.EmailPassword);

    public LiveSecret WebhookUrl => Live(SecretRule.WebhookUrl);

    public LiveSecret WebhookSecret => Live(SecretRule.WebhookSecret);

    public void Dispose() => subscription.Dispose();

    private LiveSecret Live(string name) => new(() => current[name]);

    private void Reload()
    {
        bool changed;
        lock (sync)
        {
            foreach (var fault in (configuration as IConfigurationRoot)?.Providers.OfType<ITellsReloadFault>().Select(p => p.ReloadFault).OfType<string>() ?? [])
                log.LogError("{Fault}; what was read before stays in use", fault);
            var before = current;
            current = new SecretSet(ReadKeys(), ReadPairs());
            TellOthers();
            changed = !current.Pairs.SequenceEqual(before.Pairs);
        }

        if (changed) Changed?.Invoke(this, EventArgs.Empty);
    }

    private ImmutableSortedDictionary<Role, ImmutableArray<Secret>> ReadKeys()
    {
        var read = new SettingsReader(configuration);
        var (before, found) = (current.Keys, KeySettings.Read(read));
        if (before.IsEmpty && !found.IsEmpty)
        {
            TellNextStart("Keys");
            return before;
        }

        var gone = before.Keys.Where(role => !found.ContainsKey(role)).ToList();
        var next = found.AddRange(gone.Select(role => KeyValuePair.Create(role, before[role])));
        KeySettings.Check(read, next);
        if (Refused(read)) return before;
        foreach (var role in gone) TellGone(KeySettings.NameOf(role));
        foreach (var role in found.Keys.Where(role => !found[role].SequenceEqual(before.GetValueOrDefault(role, []))))
            TellNew(KeySettings.NameOf(role), found[role].Length);
        return next;
    }

    private ImmutableSortedDictionary<string, SecretPair> ReadPairs()
    {
        var pairs = current.Pairs;
        foreach (var rule in SecretRule.All)
        {
            var read = new SettingsReader(configuration);
            var (before, found) = (current[rule.Name], rule.Read(read));
            if (Refused(read) || found == before) continue;
            if (found is null)
            {
                TellGone(rule.Name);
            }
            else if (before is null && !rule.MayAppear)
            {
                TellNextStart(rule.Name);
            }
            else
            {
                TellNew(rule.Name, found.All.Length);
                pairs = pairs.SetItem(rule.Name, found);
            }
        }

        return pairs;
    }

    private void TellOthers()
    {
        var now = OtherSettings.Of(configuration);
        foreach (var name in OtherSettings.Differing(others, now)) TellNextStart(name);
        others = now;
    }

    private bool Refused(SettingsReader read)
    {
        foreach (var fault in read.Faults) log.LogError("Reloaded settings can't be used, and what was in use stays: {Fault}", fault);
        return !read.Faults.IsEmpty;
    }

    private void TellNew(string name, int values) => log.LogInformation("{Setting} was reloaded; {Values} in use now", name, values == 1 ? "one value is" : "two values are");

    private void TellGone(string name) =>
        log.LogWarning("{Setting} is gone from the settings; its last value stays in use. To take it back, set another one or restart", name);

    private void TellNextStart(string name) => log.LogWarning("{Setting} was changed, which counts from the next start only", name);
}
