using System.Collections.Immutable;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>
/// Which value the other side takes. The first is tried first, until it was refused and the second taken; that one then stays the first to be
/// tried, until it is refused in its turn or the setting changes.
/// </summary>
internal sealed class TakenSecret(LiveSecret secret)
{
    private volatile Taken? last;

    /// <summary>In the order to try them; empty when none is set.</summary>
    public ImmutableArray<Secret> InOrder() => secret.Now switch
    {
        null => [],
        { Second: { } second } pair when last is { } taken && taken.Pair == pair && taken.Value == second => [second, pair.First],
        var pair => pair.All,
    };

    public void Took(Secret value) => last = secret.Now is { } pair ? new Taken(pair, value) : null;

    private sealed record Taken(SecretPair Pair, Secret Value);
}
