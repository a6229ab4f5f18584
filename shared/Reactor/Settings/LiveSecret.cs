using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>A secret as it is at this moment. Ask at each use and keep no copy: then a new value counts without a restart.</summary>
public sealed class LiveSecret(Func<SecretPair?> now)
{
    /// <summary>The one to use. Null: none is set.</summary>
    public Secret? Now => now()?.First;

    /// <summary>One value, or two of a key that is being replaced, the one to use first; empty when none is set.</summary>
    public ImmutableArray<Secret> All => now()?.All ?? [];

    /// <summary>All of it, to compare: equal until a value changes.</summary>
    public SecretPair? Whole => now();

    [return: NotNullIfNotNull(nameof(value))]
    public static implicit operator LiveSecret?(SecretPair? value) => value is null ? null : new LiveSecret(() => value);

    [return: NotNullIfNotNull(nameof(value))]
    public static implicit operator LiveSecret?(Secret? value) => value is null ? null : new SecretPair(value);

    [return: NotNullIfNotNull(nameof(value))]
    public static implicit operator LiveSecret?(string? value) => value is null ? null : new Secret(value);

    public override string ToString() => "(secret)";
}
