using Microsoft.Extensions.Configuration;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>A source in which every name was meant as a setting; the environment, where others have theirs too, is none.</summary>
public interface IOnlySettings
{
    IEnumerable<string> Names { get; }

    /// <summary>What a fault says was found where a name is no setting.</summary>
    string Unknown { get; }

    /// <summary>Whether the host's own settings (<see cref="HostsOwn"/>) may stand there too.</summary>
    bool HoldsHosts { get; }

    /// <summary>Every name in such a source.</summary>
    internal static HashSet<string> NamesIn(IConfiguration configuration) => configuration is IConfigurationRoot root
        ? new(root.Providers.OfType<IOnlySettings>().SelectMany(source => source.Names), StringComparer.OrdinalIgnoreCase)
        : [];
}
