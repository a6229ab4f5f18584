using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Sophia.Keda.Reactor.Access;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>The keys valid now: read again whenever the configuration is reloaded, so that a key is replaced without a restart.</summary>
public sealed class LiveKeys : IDisposable
{
    private readonly IDisposable subscription;
    private volatile KeyRing current;

    public LiveKeys(IConfiguration configuration, ILogger<LiveKeys> log)
    {
        current = KeySettings.Load(configuration);
        subscription = ChangeToken.OnChange(configuration.GetReloadToken, () => Reload(configuration, log));
    }

    public KeyRing Current => current;

    public void Dispose() => subscription.Dispose();

    /// <summary>A half-written file must lock nobody out, and must open nothing either: the keys in use stay.</summary>
    private void Reload(IConfiguration configuration, ILogger log)
    {
        try
        {
            var next = KeySettings.Load(configuration);
            if (next.IsEmpty && !current.IsEmpty) log.LogError("The reloaded settings hold no key; the keys in use stay valid");
            else current = next;
        }
        catch (SettingsException fault)
        {
            log.LogError("The reloaded keys can't be used; the keys in use stay valid. {Fault}", fault.Message);
        }
    }
}
