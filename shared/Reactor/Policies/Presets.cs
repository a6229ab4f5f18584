using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Policies;

/// <summary>The environments of the source documents' README.</summary>
internal static class Presets
{
    public const string Names = "dev, staging, production";

    /// <summary>The preset by its name or by what the source documents also call it; null for another word.</summary>
    public static string? Find(string name) => name switch
    {
        "dev" or "development" => "dev",
        "staging" => "staging",
        "production" or "prod" => "production",
        _ => null,
    };

    public static Policy Apply(string? name, Policy policy) => name switch
    {
        "dev" => policy with { Enabled = false },

        // An HPA can't reach five a minute; the changes of direction are what staging really trips on.
        "staging" => policy with { ScaleEventsPerMinute = 5, DirectionChangesIn5Min = 6 },
        "production" => policy with { ScaleEventsPerMinute = 3 },
        _ => policy,
    };
}
