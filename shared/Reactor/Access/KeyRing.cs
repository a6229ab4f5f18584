using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Sophia.Keda.Reactor.Access;

/// <summary>
/// The keys of all roles, as hashes. Up to two for each role are valid at once, so that a key can be replaced without a gap.
/// </summary>
public sealed class KeyRing
{
    public const int ShortestKey = 16;
    public const int KeysPerRole = 2;

    private readonly ImmutableArray<(Caller Caller, byte[] Hash)> keys;

    public KeyRing(IReadOnlyDictionary<Role, ImmutableArray<string>> keys) => this.keys =
    [
        .. from role in keys.OrderBy(r => r.Key)
           from key in role.Value.Select((text, index) => (Text: text, Number: index + 1))
           select (new Caller($"key:{role.Key.ToString().ToLowerInvariant()}#{key.Number}", role.Key), Hash(key.Text)),
    ];

    public bool IsEmpty => keys.IsEmpty;

    /// <summary>
    /// Whose key this is. Always compares with every key, and hashes of equal length: the time taken tells nothing about how
    /// close a guess was.
    /// </summary>
    public Caller? Find(string presented)
    {
        var hash = Hash(presented);
        Caller? found = null;
        foreach (var key in keys)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, key.Hash)) found = key.Caller;
        }

        return found;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
