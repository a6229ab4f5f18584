using System.Collections.Immutable;
using Sophia.Keda.Reactor.Access;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>All secrets at one moment.</summary>
public sealed class SecretSet
{
    internal SecretSet(ImmutableSortedDictionary<Role, ImmutableArray<Secret>> keys, ImmutableSortedDictionary<string, SecretPair> pairs) =>
        (Keys, Pairs, Ring) = (keys, pairs, new KeyRing(keys.ToDictionary(role => role.Key, role => role.Value.Select(key => key.Reveal()).ToImmutableArray())));

    public KeyRing Ring { get; }

    internal ImmutableSortedDictionary<Role, ImmutableArray<Secret>> Keys { get; }

    /// <summary>By the name of the setting; what is not set is not in it.</summary>
    internal ImmutableSortedDictionary<string, SecretPair> Pairs { get; }

    internal SecretPair? this[string name] => Pairs.GetValueOrDefault(name);

    internal static SecretSet Read(SettingsReader read)
    {
        var keys = KeySettings.Read(read);
        KeySettings.Check(read, keys);
        var pairs = ImmutableSortedDictionary.CreateBuilder<string, SecretPair>(StringComparer.Ordinal);
        foreach (var rule in SecretRule.All)
        {
            if (rule.Read(read) is { } pair) pairs[rule.Name] = pair;
        }

        return new SecretSet(keys, pairs.ToImmutable());
    }
}
