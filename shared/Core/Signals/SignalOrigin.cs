namespace Sophia.Keda.Reactor.Core;

/// <summary>
/// Who told us. It is kept in the panel: the version before this one does not know the member and passes it over, but a later member of
/// this enum would keep this version from reading the panel (see <see cref="Panel.ReadableSince"/>).
/// </summary>
public enum SignalOrigin
{
    /// <summary>Alertmanager's webhook. The initial value: what an older version stored says nothing and was this.</summary>
    Alertmanager,

    /// <summary>An action group of Azure Monitor.</summary>
    AzureMonitor,

    /// <summary>An event of KEDA's own (CloudEventSource), by itself or through Event Grid.</summary>
    KedaEvent,
}

public static class SignalOrigins
{
    /// <summary>As the audit trail and pages name it.</summary>
    public static string Name(SignalOrigin origin) => origin switch
    {
        SignalOrigin.Alertmanager => "alertmanager",
        SignalOrigin.AzureMonitor => "azure-monitor",
        SignalOrigin.KedaEvent => "keda",
        _ => throw new System.Diagnostics.UnreachableException($"origin {origin}"),
    };
}
