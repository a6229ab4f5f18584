using Microsoft.Extensions.Configuration;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Functions.Standalone;

/// <summary>Settings that were given to the host itself, all of them meant for it.</summary>
/// <param name="settings">By name.</param>
/// <param name="where">How a fault says where an unknown one stands; empty where there is but one place.</param>
internal sealed class GivenSettings(IEnumerable<KeyValuePair<string, string?>> settings, string where = "")
    : ConfigurationProvider, IConfigurationSource, IOnlySettings
{
    public IEnumerable<string> Names => Data.Keys;

    public string Unknown => "a setting that nothing reads" + where;

    public bool HoldsHosts => true;

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public override void Load() => Data = new Dictionary<string, string?>(settings, StringComparer.OrdinalIgnoreCase);
}
