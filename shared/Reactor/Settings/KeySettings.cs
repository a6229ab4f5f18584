using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;
using Sophia.Keda.Reactor.Access;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>Keys:Sender, Keys:Viewer, Keys:Operator: one or two values each ("old,new", or :0 and :1).</summary>
public static class KeySettings
{
    /// <summary>The keys as they stand now; throws with every fault, and then the keys in use should stay in use.</summary>
    public static KeyRing Load(IConfiguration configuration)
    {
        var read = new SettingsReader(configuration);
        var keys = Read(read);
        return read.Faults.IsEmpty ? new KeyRing(keys) : throw new SettingsException(read.Faults);
    }

    internal static Dictionary<Role, ImmutableArray<string>> Read(SettingsReader read)
    {
        var keys = Enum.GetValues<Role>().ToDictionary(role => role, role => read.List(NameOf(role)));
        foreach (var (role, values) in keys)
        {
            if (values.Length > KeyRing.KeysPerRole)
                read.Fault(NameOf(role), $"{values.Length} keys", $"at most {KeyRing.KeysPerRole}, the old one and the new one");
            foreach (var key in values.Where(key => key.Length < KeyRing.ShortestKey))
                read.Fault(NameOf(role), $"a key of {key.Length} characters", $"at least {KeyRing.ShortestKey} characters");
        }

        var shared = keys.SelectMany(role => role.Value.Distinct().Select(key => (role.Key, Text: key))).GroupBy(key => key.Text)
            .Where(same => same.Count() > 1);
        foreach (var same in shared)
        {
            var names = string.Join(" and ", same.Select(key => NameOf(key.Key)));
            read.Fault(names, "the same key", "a key of its own for each role: else the narrower one grants the wider one");
        }

        return keys;
    }

    private static string NameOf(Role role) => $"Keys:{role}";
}
