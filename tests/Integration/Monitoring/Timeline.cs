using System.Globalization;

namespace Sophia.Keda.Reactor.Integration.Tests.Monitoring;

/// <summary>The legs of one failure, each counted from the moment in which KEDA broke.</summary>
internal sealed class Timeline(Failure failure, DateTimeOffset broken)
{
    /// <summary>Prometheus first saw it: the rule was pending from then on.</summary>
    public TimeSpan? Detected { get; set; }

    /// <summary>The rule's `for` was over.</summary>
    public TimeSpan? Fired { get; set; }

    /// <summary>Alertmanager's notification reached the reactor.</summary>
    public TimeSpan? Alerted { get; set; }

    /// <summary>The reactor decided to trip, by the alert or by its own probe.</summary>
    public TimeSpan? Tripped { get; set; }

    public string Because { get; set; } = "";

    /// <summary>Every target concerned is on its fallback HPA.</summary>
    public TimeSpan? Fallback { get; set; }

    /// <summary>PagerDuty took the page.</summary>
    public TimeSpan? Paged { get; set; }

    /// <summary>From the mending to the resolve at the reactor.</summary>
    public TimeSpan? Resolved { get; set; }

    /// <summary>The first sign of it anywhere, from which "two minutes from detection" counts.</summary>
    public TimeSpan FirstSign => Detected < Tripped ? Detected!.Value : Tripped!.Value;

    public TimeSpan Since(DateTimeOffset at) => at - broken;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{failure.Name,-20} detected {S(Detected)}  fired {S(Fired)} (its own for: {S(Fired - Detected)})  alerted {S(Alerted)}  tripped {S(Tripped)}  fallback {S(Fallback)}  paged {S(Paged)}  | from detection {S(Fallback - FirstSign)}  | resolved {S(Resolved)} after mending  | {Because}");

    private static string S(TimeSpan? span) => span is { } s ? string.Create(CultureInfo.InvariantCulture, $"{s.TotalSeconds,6:0.0} s") : "-";
}
