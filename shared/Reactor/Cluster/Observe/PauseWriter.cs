using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Wire;

namespace Sophia.Keda.Reactor.Cluster;

/// <summary>Who set a ScaledObject's pause, as its managedFields say.</summary>
internal static class PauseWriter
{
    private const int LongestManager = 60;

    /// <summary>
    /// The field manager beside us that owns the pause; empty when none does. A write of the value that is there owns nothing and does not show,
    /// unless it is applied by the server. Whoever owns our incident's name too has put back a manifest that he read from the cluster: that pause is ours.
    /// </summary>
    public static string Beside(MetaDto? metadata) => (metadata?.ManagedFields ?? [])
        .Where(m => m is { Manager: { Length: > 0 } manager, FieldsV1.Metadata.Annotations: { Paused: not null, Incident: null } } && manager != Annotations.Manager)
        .MaxBy(m => m!.Time)?.Manager is { } other
            ? Text.Clean(other, LongestManager)
            : "";
}
