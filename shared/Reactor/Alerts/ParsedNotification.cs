using System.Collections.Immutable;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Alerts;

/// <summary>What one Alertmanager notification says to this reactor.</summary>
public sealed record ParsedNotification
{
    public ImmutableArray<AlertSignal> Signals { get; init; } = [];

    /// <summary>Alerts that are not for us, each with its reason.</summary>
    public ImmutableArray<IgnoredAlert> Ignored { get; init; } = [];

    /// <summary>The Watchdog of this cluster was firing in it.</summary>
    public bool Watchdog { get; init; }

    /// <summary>How many alerts Alertmanager left out of the body: the probe must find them by looking.</summary>
    public int Truncated { get; init; }
}

/// <param name="Fingerprint">As sent, cleaned; empty when there was none.</param>
/// <param name="AlertName">As sent, cleaned; empty when there was none.</param>
/// <param name="Because">One sentence for people.</param>
/// <param name="Reason">The same for machines.</param>
public sealed record IgnoredAlert(string Fingerprint, string AlertName, string Because, Reason Reason);
