using System.Collections.Immutable;
using Sophia.Keda.Reactor.Access;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>Keys:Sender, Keys:Viewer, Keys:Operator: one or two values each ("new,old", or :0 and :1). Both open, whichever is first.</summary>
internal static class KeySettings
{
    /// <summary>The keys as they stand there, each role on its own.</summary>
    public static ImmutableSortedDictionary<Role, ImmutableArray<Secret>> Read(SettingsReader read)
    {
        var keys = ImmutableSortedDictionary.CreateBuilder<Role, ImmutableArray<Secret>>();
        foreach (var role in Enum.GetValues<Role>())
        {
            var values = read.Values(NameOf(role));
            foreach (var (name, text) in values.Where(key => key.Text.Length < KeyRing.ShortestKey))
                read.Fault(name, $"a key of {text.Length} characters", $"at least {KeyRing.ShortestKey} characters");
            if (!values.IsEmpty) keys[role] = [.. values.Select(key => new Secret(key.Text))];
        }

        return keys.ToImmutable();
    }

    /// <summary>What only all roles together show.</summary>
    public static void Check(SettingsReader read, ImmutableSortedDictionary<Role, ImmutableArray<Secret>> keys)
    {
        var shared = keys.SelectMany(role => role.Value.Distinct().Select(key => (role.Key, Secret: key))).GroupBy(key => key.Secret)
            .Where(same => same.Count() > 1);
        foreach (var same in shared)
        {
            var names = string.Join(" and ", same.Select(key => NameOf(key.Key)));
            read.Fault(names, "the same key", "a key of its own for each role: else the narrower one grants the wider one");
        }
    }

    public static string NameOf(Role role) => $"Keys:{role}";
}
