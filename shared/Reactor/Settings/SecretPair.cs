using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>The value of a secret; of the keys that must not change in one moment (<see cref="SecretRule.Two"/>), two while one replaces the other.</summary>
/// <param name="First">The one to use.</param>
/// <param name="Second">The one that is being replaced.</param>
public sealed record SecretPair(Secret First, Secret? Second = null)
{
    public ImmutableArray<Secret> All => Second is null ? [First] : [First, Second];
}
