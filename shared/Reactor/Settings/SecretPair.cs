using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>A secret that may be two values at once, so that it is replaced without a gap.</summary>
/// <param name="First">The one to use.</param>
/// <param name="Second">The one that is being replaced: still taken from others, and tried where the first is refused.</param>
public sealed record SecretPair(Secret First, Secret? Second = null)
{
    public ImmutableArray<Secret> All => Second is null ? [First] : [First, Second];
}
