using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;
using Sophia.Keda.Reactor.Access;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>The settings that are read once, at the start, as they stand now.</summary>
internal static class OtherSettings
{
    private static readonly ImmutableArray<string> Live = [.. SecretRule.All.Select(rule => rule.Name), .. Enum.GetValues<Role>().Select(KeySettings.NameOf)];

    private static readonly ImmutableArray<string> LiveByIndex = [.. SecretRule.All.Where(rule => rule.Two).Select(rule => rule.Name), .. Enum.GetValues<Role>().Select(KeySettings.NameOf)];

    /// <summary>With every name that stands where only settings do, also one that is none: the next start refuses it.</summary>
    public static ImmutableDictionary<string, string> Of(IConfiguration configuration)
    {
        var meant = IOnlySettings.NamesIn(configuration);
        return configuration.AsEnumerable()
            .Where(setting => !string.IsNullOrEmpty(setting.Value) && (IsOurs(setting.Key) || meant.Contains(setting.Key)) && !IsLive(setting.Key))
            .ToImmutableDictionary(setting => setting.Key, setting => setting.Value!, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Names only: a mistyped name may hold a secret.</summary>
    public static ImmutableArray<string> Differing(ImmutableDictionary<string, string> before, ImmutableDictionary<string, string> now) =>
    [
        .. before.Keys.Union(now.Keys, StringComparer.OrdinalIgnoreCase)
            .Where(name => before.GetValueOrDefault(name) != now.GetValueOrDefault(name)).Order(StringComparer.Ordinal),
    ];

    /// <summary>STATE alone in the environment is somebody else's; Insecure is the one setting of ours without a section. A removed one stops the next start.</summary>
    private static bool IsOurs(string name) => RemovedSettings.Of(name) is not null
        || (name.Split(':') is var parts
            && ReactorSettings.Sections.Contains(parts[0], StringComparer.OrdinalIgnoreCase)
            && (parts.Length > 1 || parts[0].Equals("Insecure", StringComparison.OrdinalIgnoreCase)));

    private static bool IsLive(string name) => Live.Contains(name, StringComparer.OrdinalIgnoreCase)
        || LiveByIndex.Any(live => name.StartsWith(live + ConfigurationPath.KeyDelimiter, StringComparison.OrdinalIgnoreCase));
}
