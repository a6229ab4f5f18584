namespace Sophia.Keda.Reactor.Core;

/// <summary>What KEDA's CloudEventSource says of ScaledObjects (KEDA, apis/eventing/v1alpha1/cloudevent_types.go; the pauses since January 2026).</summary>
public static class KedaEventTypes
{
    /// <summary>
    /// KEDA could not reconcile it: bad spec, no scale target, a status that can't be written. Sent again at each try. A trigger source that
    /// is gone is another matter: KEDA sends no event for it, the probe sees it.
    /// </summary>
    public const string Failed = "keda.scaledobject.failed.v1";

    /// <summary>Ready now, and was not before.</summary>
    public const string Ready = "keda.scaledobject.ready.v1";

    public const string Paused = "keda.scaledobject.paused.v1";

    public const string Unpaused = "keda.scaledobject.unpaused.v1";

    public const string Removed = "keda.scaledobject.removed.v1";

    public static bool Known(string type) => type is Failed or Ready or Paused or Unpaused or Removed;
}
